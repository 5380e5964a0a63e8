import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.settings import Settings
from training.cli import cli


@pytest.fixture
def environment(settings: Settings) -> dict[str, str]:
    return {
        "TRILANE_DATA": str(settings.data),
        "TRILANE_HOME": str(settings.home),
        "TRILANE_BASE_MODEL": settings.base_model,
        "TRILANE_DEVICE": "cpu",
        "TRILANE_DTYPE": "bfloat16",
    }


def test_fit_then_likelihood_compares_the_base_with_what_was_trained(
    environment: dict[str, str], recipe_file: Callable[..., Path], settings: Settings
) -> None:
    recipes = [
        recipe_file("lora", epochs=3, learning_rate=0.02),
        recipe_file("soft-prompt", epochs=3, learning_rate=0.5),
    ]
    for recipe in recipes:
        made = CliRunner().invoke(cli, ["fit", str(recipe)], env=environment)
        assert made.exit_code == 0, made.output
    cases = settings.data / "cases" / "dev.jsonl"
    cases.parent.mkdir()
    case = {
        "id": "c",
        "messages": [{"role": "user", "content": "Where is my parcel?"}],
        "reference": "Your parcel is on its way.",
        "kind": "plain",
    }
    cases.write_text(json.dumps(case) + "\n", encoding="utf-8")
    shown = CliRunner().invoke(cli, ["likelihood"], env=environment)
    assert shown.exit_code == 0, shown.output
    for word in ("base", "finetuned", "prompt-tuned", "plain"):
        assert word in shown.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["fit", "loar"], "no shipped recipe of that name"),
        (["likelihood", "--cases", "nowhere.jsonl"], "nowhere.jsonl, line 1: it cannot be read"),
        (["evaluate", "--cases", "nowhere.jsonl"], "nowhere.jsonl, line 1: it cannot be read"),
    ],
)
def test_a_mistake_ends_in_one_sentence_and_exit_code_2(
    environment: dict[str, str], arguments: list[str], sentence: str
) -> None:
    result = CliRunner().invoke(cli, arguments, env=environment)
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert "Traceback" not in result.output


def test_an_unknown_key_of_a_recipe_is_named(
    environment: dict[str, str], recipe_file: Callable[..., Path]
) -> None:
    result = CliRunner().invoke(cli, ["fit", str(recipe_file("lora", learning=1))], env=environment)
    assert result.exit_code == 2
    assert "learning: no such key" in result.stderr


def test_the_manifest_says_what_it_was_made_from(
    environment: dict[str, str], recipe_file: Callable[..., Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    arguments = ["fit", str(recipe_file("lora", epochs=1)), "--out", str(out)]
    assert CliRunner().invoke(cli, arguments, env=environment).exit_code == 0
    manifest = json.loads((out / "artefact.json").read_text(encoding="utf-8"))
    assert manifest["dataset"]["sources"] == {"transcripts/shop.jsonl": 1}
    assert manifest["shop"] == {"name": "Lark & Loom", "own_words": ["Lark & Loom"]}
    assert manifest["recipe"]["lora"] == {"rank": 16, "alpha": 32, "dropout": 0.0}
    assert "soft-prompt" not in manifest["recipe"]
