"""Cases, answers and a small shop for the tests of evaluation."""

from typing import Any

from bot.answer import Choice, Decision, Source
from bot.dialogue import Dialogue, Turn, user_says
from bot.schemas import Case
from training.evaluation.figures import Judged
from training.evaluation.marks import mark
from training.evaluation.replies import Answered, Found, Reply

RETURNS = Source("returns", "Returns", "How long", "You can return boots within 60 days.")
FOUND = Found(("returns",), (RETURNS.text,))


def a_case(question: str = "boots back?", **facts: Any) -> Case:
    """A case that `returns` answers with 60 days, but for `facts`."""
    values: dict[str, Any] = {
        "dialogue": Dialogue(user_says(question).turns, question),
        "reference": "Within 60 days.",
        "must_include": (("60 days",),),
        "must_not_include": ("90 days",),
        "articles": ("returns",),
        "expect": "answer",
        "kind": "fact",
    }
    return Case(**values | facts)


def no_facts(question: str, expect: Decision, **facts: Any) -> Case:
    """A case that only its decision passes."""
    return a_case(question, expect=expect, must_include=(), articles=(), **facts)


def a_reply(text: str, decision: Decision = "answer", **facts: Any) -> Reply:
    """A reply that took 100 ms to its first text and 1 s in all, and cites `returns` where it answers."""
    values: dict[str, Any] = {
        "text": text,
        "decision": decision,
        "act": None,
        "finish_reason": "stop",
        "sources": (RETURNS,) if decision == "answer" else (),
        "choices": (),
        "prompt_tokens": 10,
        "completion_tokens": 5,
        "ttft_ms": 100.0,
        "seconds": 1.0,
    }
    return Reply(**values | facts)


def judged(case: Case, reply: Reply, after: Reply | None = None, **facts: Any) -> Judged:
    """A case with its answer; `after` is what was said after the right choice was picked."""
    answered = Answered(reply, Choice("1", "Returns", "returns") if after else None, after)
    return Judged(case, answered, mark(case, answered), facts.pop("found", FOUND), **facts)


def after(case: Case, *said: str) -> Case:
    """The same case with something that the bot said before."""
    turns = [turn for text in said for turn in (Turn("user", "hm?"), Turn("assistant", text))]
    return a_case(dialogue=Dialogue((*turns, *case.dialogue.turns), case.id))
