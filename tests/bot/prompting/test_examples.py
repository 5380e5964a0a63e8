"""Tests of the examples beside a prompt: they join the prompt's own, and a wrong line is named."""

import shutil
from pathlib import Path

import pytest

from bot.errors import ArtefactInvalid
from bot.prompting.examples import beside, read_examples
from bot.prompting.template import PromptConfig, read_prompt
from bot.shop.profile import read_shop

DATA = Path(__file__).parents[3] / "data"


def read(file: Path) -> PromptConfig:
    return read_prompt(file, read_shop(DATA))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The shipped prompt without examples beside it."""
    return Path(shutil.copyfile(DATA / "prompts" / "support.toml", tmp_path / "mine.toml"))


def test_examples_come_behind_those_of_the_prompt(file: Path) -> None:
    alone = read(file)
    lines = ['{"act": "thanks", "text": "ta, love"}', "", '{"act": "question", "text": "ta, love, and the fee?"}']
    beside(file).write_text("\n".join(line for line in lines if line) + "\n", encoding="utf-8")
    both = read(file)
    thanks = next(reply.examples for reply in both.replies if reply.name == "thanks")
    assert thanks[-1] == "ta, love"
    assert thanks[:-1] == next(reply.examples for reply in alone.replies if reply.name == "thanks")
    assert both.acts.questions == (*alone.acts.questions, "ta, love, and the fee?")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"act": "thanks"}', "line 2: text"),
        ('{"act": "thanx", "text": "ta"}', "line 2: there is no reply named 'thanx'"),
        ('{"act": "thanks", "text": "ta"', "line 2: it is not JSON"),
    ],
)
def test_a_wrong_line_is_named(line: str, said: str, file: Path) -> None:
    beside(file).write_text('{"act": "thanks", "text": "ta"}\n' + line + "\n", encoding="utf-8")
    with pytest.raises(ArtefactInvalid, match=f"mine.examples.jsonl: {said}"):
        read(file)


def test_the_shipped_ones_are_of_replies_that_stand_in_the_prompt_each_once() -> None:
    prompts, served = DATA / "prompts" / "support.toml", DATA / "releases" / "prompted" / "prompt.toml"
    data = beside(prompts).read_bytes()
    assert data == beside(served).read_bytes()
    found = read_examples(data, [reply.name for reply in read(prompts).replies])
    assert all(len(set(texts)) == len(texts) for texts in found.values())
    assert len(found["off-topic"]) > 300 and len(found["question"]) > 1000
