"""Tests of the fixed replies, on the shipped prompt."""

from pathlib import Path

import pytest

from bot.answering.acts import Acts
from bot.models.embedder import Embedder
from bot.prompting.template import read_prompt
from bot.schemas import read_cases
from bot.settings import Settings
from bot.shop.profile import read_shop

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def acts(settings: Settings, embedder: Embedder) -> Acts:
    return Acts(read_prompt(settings.data / "prompts" / "support.toml", read_shop(settings.shop_dir)), embedder)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("hello!!", "greeting"),
        ("great, thanks for the help", "thanks"),
        ("ok thank you, bye", "thanks"),
        ("are you a human?", "identity"),
        ("let me speak to a person", "human"),
        ("I hurt myself badly with your stove, there is a fire", "emergency"),
        ("?", "clarify"),
    ],
)
async def test_what_needs_no_search_gets_its_fixed_reply(acts: Acts, text: str, name: str) -> None:
    reply = await acts.reply_to(text)
    assert reply is not None and reply.name == name


async def test_no_question_of_dev_gets_a_fixed_reply(acts: Acts) -> None:
    for case in read_cases([ROOT / "data" / "cases" / "dev.jsonl"]):
        if case.kind in ("fact", "follow-up"):
            assert await acts.reply_to(case.dialogue.turns[-1].text) is None, case.id
