"""Tests on messages by somebody who saw none of the examples: what is a person's, nobody's, or a question."""

import asyncio
import json
from collections import Counter
from pathlib import Path

import pytest

from bot.answering.acts import Acts
from bot.dialogue import Dialogue, Turn, user_says
from bot.models.embedder import Embedder
from bot.prompting.template import read_prompt
from bot.settings import Settings
from bot.shop.profile import read_shop

MESSAGES = [json.loads(line) for line in (Path(__file__).parent / "unseen.jsonl").read_text("utf-8").splitlines()]
# Of each kind, so many are told with its decision at least.
TOLD = {
    "handoff": {"emergency": 0.75, "injury": 0.85, "takeover": 0.7, "bereavement": 0.7, "staff": 0.85},
    "decline": {"off-topic": 0.7, "manipulation": 0.78},
}
BEHIND_AN_ANSWER = [
    "thanks",
    "goodbye",
    "ok",
    "yes",
    "no",
    "laugh",
    "repeat",
    "explain",
    "misunderstood",
    "complaint",
    "abuse",
    "human",
]
MORE = {"handoff": {"records": 0.6, "legal": 0.6, "human": 0.85}}


@pytest.fixture(scope="module")
def decisions(settings: Settings, embedder: Embedder) -> dict[str, Counter[str]]:
    """How often what was decided for the messages of each kind; "question" where nothing was."""
    shop = read_shop(settings.shop_dir)
    acts = Acts(read_prompt(settings.data / "prompts" / "support.toml", shop), embedder, shop, settings.home)

    async def counted() -> dict[str, Counter[str]]:
        found: dict[str, Counter[str]] = {}
        for message in MESSAGES:
            reply = (await acts.hear(user_says(message["text"]))).reply
            found.setdefault(message["kind"], Counter())[reply.decision if reply else "question"] += 1
        return found

    return asyncio.run(counted())


@pytest.mark.parametrize("bounds", [TOLD, MORE])
def test_what_no_article_answers_is_told(
    bounds: dict[str, dict[str, float]], decisions: dict[str, Counter[str]]
) -> None:
    for decision, kinds in bounds.items():
        shares = {kind: decisions[kind][decision] / decisions[kind].total() for kind in kinds}
        assert all(share >= kinds[kind] for kind, share in shares.items()), shares


def test_what_is_no_question_is_told_in_the_words_of_another_author(
    settings: Settings, embedder: Embedder
) -> None:
    """Long and short, of shops that are in no example; thanks and the like behind an answer of the bot's."""
    shop = read_shop(settings.shop_dir)
    acts = Acts(read_prompt(settings.data / "prompts" / "support.toml", shop), embedder, shop, settings.home)
    file = Path(__file__).parent / "unseen-acts.jsonl"
    rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    answered = (Turn("user", "How long can I return it?"), Turn("assistant", "30 days.", decision="answer"))

    async def told() -> list[tuple[str, str]]:
        found = []
        for row in rows:
            before = answered if row["act"] in BEHIND_AN_ANSWER else ()
            reply = (await acts.hear(Dialogue((*before, Turn("user", row["text"]))))).reply
            at_once = reply is not None and not (reply.unless_answered and row["act"] == "question")
            found.append((row["act"], reply.act if reply and at_once else "question"))
        return found

    found = asyncio.run(told())
    acts_told = [name == act for act, name in found if act != "question"]
    kept = [name == "question" for act, name in found if act == "question"]
    assert sum(acts_told) / len(acts_told) >= 0.62 and sum(kept) / len(kept) >= 0.95


def test_danger_is_never_taken_for_nobodys_business(decisions: dict[str, Counter[str]]) -> None:
    assert decisions["emergency"]["decline"] <= 1, decisions["emergency"]


def test_what_an_article_answers_stays_a_question_though_it_is_near(
    decisions: dict[str, Counter[str]],
) -> None:
    policy = decisions["policy"]
    assert policy["question"] >= 0.97 * policy.total(), policy
