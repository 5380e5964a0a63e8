"""A message of several questions: each is decided by itself; what can be answered is, and the rest is named."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.answer import Decision
from bot.answering.decide import Verdict, decide
from bot.dialogue import Dialogue
from bot.prompting.deciding import DecideSection
from bot.retrieval.context import Context
from bot.retrieval.questions import Part


@dataclass(frozen=True, slots=True)
class Found:
    """A question of a message, what was found for it, and how far above questions each act scores for it."""

    part: Part
    context: Context
    acts: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decided:
    """What is answered of a message, each question by itself, and what is done with the `rest`, if any.

    The verdict is about what is still open: it offers or hands over the rest where only a part is answered.
    """

    answered: tuple[Found, ...]
    verdict: Verdict
    rest: tuple[Part, ...] = ()
    rest_decision: Decision | None = None


def decide_all(whole: Found, parts: Sequence[Found], dialogue: Dialogue, rules: DecideSection) -> Decided:
    """Each question by itself where one of them can be answered; else the message as a whole."""
    verdicts = [(part, decide(part.context, dialogue, rules, part.acts)) for part in parts]
    answered = [(part, verdict) for part, verdict in verdicts if verdict.decision == "answer"]
    if not answered:
        verdict = decide(whole.context, dialogue, rules, whole.acts)
        return Decided((whole,) if verdict.decision == "answer" else (), verdict)
    said = tuple(part for part, _ in answered)
    surest = min((verdict for _, verdict in answered), key=lambda verdict: verdict.probability)
    left = [(part, verdict) for part, verdict in verdicts if verdict.decision != "answer"]
    if not left:
        return Decided(said, surest)
    rest = _together([verdict for _, verdict in left])
    open_ = surest if rest.decision == "decline" else rest
    return Decided(said, open_, tuple(found.part for found, _ in left), rest.decision)


def _together(verdicts: Sequence[Verdict]) -> Verdict:
    """One decision for all that is not answered; where they differ a person is the one who can help with each."""
    first, *others = verdicts
    if not others or all(verdict.decision == "decline" for verdict in verdicts):
        return first
    return Verdict("handoff", min(verdict.probability for verdict in verdicts))
