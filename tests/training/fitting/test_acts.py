"""Tests of `trilane-train acts`: fitted with other shops' questions beside, and written beside the prompt."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.prompting.learnt_acts import acts_beside, read_acts
from training.cli import cli

DATA = Path(__file__).parents[3] / "data"
KEPT = 12


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A DATA with a trade to learn from and a dev trade, few questions each, which share the shipped models."""
    data = tmp_path / "data"
    for name in ("gym", "hotel"):
        shutil.copytree(DATA / "trades" / name, data / "trades" / name)
    (data / "trades" / "trades.toml").write_text('dev = ["hotel"]\n', encoding="utf-8")
    for name in ("shop.toml", "knowledge", "cases"):
        copy = shutil.copytree if (DATA / name).is_dir() else shutil.copyfile
        copy(DATA / name, data / name)
    for file in data.rglob("cases/*.jsonl"):
        file.write_text("\n".join(file.read_text("utf-8").splitlines()[:KEPT]) + "\n", encoding="utf-8")
    home = tmp_path / "var"
    home.mkdir()
    (home / "models").symlink_to(DATA.parent / "var" / "models")
    return {"TRILANE_DATA": str(data), "TRILANE_HOME": str(home)}


def acts(environment: dict[str, str], *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["acts", *arguments], env=environment)


def small_prompt(tmp_path: Path) -> Path:
    """A prompt of one act."""
    kept = Path(__file__).parents[2] / "kept" / "fd0808f" / "artefacts" / "prompted" / "prompt.toml"
    head = kept.read_text(encoding="utf-8").partition("[[replies]]")[0]
    reply = '[[replies]]\nname = "thanks"\ntext = "Gladly."\nexamples = ["thanks a lot", "ta", "cheers"]\n'
    file = tmp_path / "mine.toml"
    file.write_text(head + reply, encoding="utf-8")
    return file


def test_it_is_written_beside_the_prompt_and_says_what_it_takes(
    environment: dict[str, str], tmp_path: Path
) -> None:
    prompt = small_prompt(tmp_path)
    result = acts(environment, "--prompt", str(prompt))
    assert result.exit_code == 0, result.output
    assert "questions beside. Of " in result.output and "dev questions that an article answers" in result.output
    found = read_acts(acts_beside(prompt).read_bytes())
    assert found.vectors.shape == (3, 384) and found.weights.shape == (3, 2)


def test_a_prompt_without_examples_is_refused_in_a_sentence(environment: dict[str, str], tmp_path: Path) -> None:
    prompt = small_prompt(tmp_path)
    prompt.write_text(prompt.read_text("utf-8").replace('["thanks a lot", "ta", "cheers"]', "[]"), "utf-8")
    result = acts(environment, "--prompt", str(prompt))
    assert result.exit_code == 2 and "no examples of acts" in result.output
    assert "Traceback" not in result.output and not acts_beside(prompt).exists()
