"""Which turns may be learnt from."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.answer import Decision
from bot.store.learnable import Mark, learnable, mark
from bot.store.tombstones import Tombstones, mark_of
from bot.store.values import PastConversation, StoredTurn

ASKED = StoredTurn("q", "user", "How long?", None, (), None)
ANSWER = StoredTurn("a", "assistant", "30 days.", "stop", (), None, decision="answer")
NO_ANSWERS: tuple[Decision, ...] = ("offer", "ask", "handoff", "decline", "act")
AGENT = StoredTurn("h", "agent", "I'll send a label.", None, (), None)


@pytest.mark.parametrize(
    ("turn", "marked"),
    [
        (ANSWER, "context"),
        (replace(ANSWER, rating="up"), "learnt"),
        (replace(ANSWER, rating="up", decision=None), "learnt"),
        (replace(ANSWER, rating="up", finish_reason="length"), "learnt"),
        (replace(ANSWER, rating="down"), "left out"),
        (replace(ANSWER, rating="up", finish_reason="cancelled"), "left out"),
        (replace(ANSWER, rating="up", finish_reason="error"), "left out"),
        (replace(ANSWER, rating="up", text=" \n"), "left out"),
        (replace(ANSWER, rating="up", finish_reason="handoff"), "context"),
        *[(replace(ANSWER, rating="up", decision=word), "context") for word in NO_ANSWERS],
        # How one customer's order stands.
        (replace(ANSWER, rating="up", act="order-status"), "context"),
        (replace(ANSWER, learn=1, act="order-status"), "context"),
        (replace(ANSWER, learn=1), "learnt"),
        (replace(ANSWER, learn=0, rating="up"), "context"),
        (replace(ANSWER, learn=1, rating="down"), "left out"),
        (replace(ANSWER, learn=1, finish_reason="cancelled"), "left out"),
        (AGENT, "learnt"),
        (replace(AGENT, learn=1), "learnt"),
        (replace(AGENT, learn=0), "context"),
        (replace(AGENT, rating="down"), "left out"),
        (ASKED, "context"),
        (replace(ASKED, role="system"), "context"),
        (replace(ASKED, text=""), "left out"),
    ],
)
def test_an_answer_is_learnt_where_somebody_vouched_for_it(turn: StoredTurn, marked: Mark) -> None:
    assert mark(turn) == marked


def test_every_turn_has_its_mark_and_only_answers_can_be_context_only() -> None:
    turns = (ASKED, replace(ANSWER, rating="down"), ASKED, ANSWER, ASKED, replace(ANSWER, rating="up"), AGENT)
    (conversation,) = learnable([PastConversation("c", "v", turns)], Tombstones([]))
    assert tuple(one.turn for one in conversation.turns) == turns
    assert [one.mark for one in conversation.turns] == [
        "context", "left out", "context", "context", "context", "learnt", "learnt",
    ]  # fmt: skip
    assert [one.context_only for one in conversation.turns] == [False, False, False, True, False, False, False]


@pytest.mark.parametrize(
    "erased", [("visitor", "trilane:Ann"), ("conversation", "c1"), ("conversation", "trilane:c1")]
)
def test_nothing_of_the_erased_is_there(tmp_path: Path, erased: tuple[str, str]) -> None:
    stones = Tombstones([])
    stones.marks.add(mark_of(*erased))
    stones.write(tmp_path / "tombstones.jsonl")
    said = [PastConversation("c1", "Ann", (ASKED, AGENT)), PastConversation("c2", "Bob", (ASKED, AGENT))]
    (left,) = learnable(said, Tombstones([tmp_path / "tombstones.jsonl"]))
    assert left.visitor_id == "Bob"
