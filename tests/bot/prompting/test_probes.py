"""Tests of the probes beside a prompt: what they tell, of which embeddings, and that a wrong file is named."""

import json
import shutil
from pathlib import Path

import pytest

from bot.answering.acts import Acts
from bot.errors import ArtefactInvalid
from bot.models.embedder import Embedder
from bot.prompting.probes import PROBES, probes_beside
from bot.prompting.template import PromptConfig, read_prompt
from bot.settings import Settings
from bot.shop.profile import read_shop
from tests.bot.answering.test_own_case import OWN_CASES, QUESTIONS

DATA = Path(__file__).parents[3] / "data"
SHIPPED = DATA / "prompts" / "support.toml"
ELSEWHERE = [
    "what's a good pub near the station",
    "can you write my essay about the tudors",
    "who won the match last night",
    "my laptop fan is so loud, which one should I buy",
    "will it rain in Leeds on Sunday",
]


def read(file: Path) -> PromptConfig:
    return read_prompt(file, read_shop(DATA))


async def scores(prompt: PromptConfig, embedder: Embedder, home: Path, *texts: str) -> list[dict[str, float]]:
    """What the probes say of each text."""
    acts = Acts(prompt, embedder, read_shop(DATA), home)
    found = [await acts.margins(text) for text in texts]
    return [{name: score for name, score in one.items() if name in PROBES} for one in found]


async def test_they_tell_own_cases_and_other_business_from_questions(
    settings: Settings, embedder: Embedder
) -> None:
    found = await scores(read(SHIPPED), embedder, settings.home, *OWN_CASES, *ELSEWHERE, *QUESTIONS)
    own, elsewhere = found[: len(OWN_CASES)], found[len(OWN_CASES) : len(OWN_CASES) + len(ELSEWHERE)]
    questions = found[-len(QUESTIONS) :]
    for name, kind, share in (("people_probe", own, 0.7), ("foreign_probe", elsewhere, 0.9)):
        pairs = [one[name] > other[name] for one in kind for other in questions]
        assert sum(pairs) / len(pairs) > share


async def test_they_say_nothing_of_another_models_embeddings(
    settings: Settings, embedder: Embedder, tmp_path: Path
) -> None:
    file = Path(shutil.copyfile(SHIPPED, tmp_path / "mine.toml"))
    assert await scores(read(file), embedder, settings.home, "hello?") == [{}]
    fitted = json.loads(probes_beside(SHIPPED).read_text(encoding="utf-8"))
    probes_beside(file).write_text(json.dumps(fitted | {"embedding": "another"}), encoding="utf-8")
    assert await scores(read(file), embedder, settings.home, "hello?") == [{}]
    shutil.copyfile(probes_beside(SHIPPED), probes_beside(file))
    assert [sorted(one) for one in await scores(read(file), embedder, settings.home, "hello?")] == [sorted(PROBES)]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ('{"embedding": "x"', "JSON"),
        ('{"embedding": "x", "people_probe": {"bias": 0.0}}', "people_probe"),
        (
            '{"embedding": "x", "people_probe": {"bias": 0, "weights": [1]}, '
            '"foreign_probe": {"bias": 0, "weights": [1, 2]}}',
            "as many weights",
        ),
    ],
)
def test_a_wrong_file_is_named(written: str, said: str, tmp_path: Path) -> None:
    file = Path(shutil.copyfile(SHIPPED, tmp_path / "mine.toml"))
    probes_beside(file).write_text(written, encoding="utf-8")
    with pytest.raises(ArtefactInvalid, match=f"mine.probes.json: .*{said}"):
        read(file)


def test_the_served_ones_are_those_beside_the_prompt_and_of_the_bundled_model(embedder: Embedder) -> None:
    served = DATA / "releases" / "prompted" / "prompt.toml"
    assert probes_beside(SHIPPED).read_bytes() == probes_beside(served).read_bytes()
    probes = read(SHIPPED).probes
    assert probes and probes.embedding == embedder.identity
