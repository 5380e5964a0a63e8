"""Which of the turns that were said may be learnt from. This is the only place that says so.

Of the bot's own answers, one is learnt where a customer rated it up or an agent confirmed or edited it. A human
agent's answer is learnt unless it was marked. Everything else that was said is context: it is read and carries no
loss. What a customer rated down, stopped, or never got whole is left out, and so is everything of the erased.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from bot.store.tombstones import TRILANE, Tombstones, visitor_marks
from bot.store.values import PastConversation, StoredTurn

Mark = Literal["learnt", "context", "left out"]
# A fixed reply, an offer, a question or a handover is not what a model should learn to write.
ANSWERS = (None, "answer")


@dataclass(frozen=True, slots=True)
class MarkedTurn:
    """A turn, and what training may do with it."""

    turn: StoredTurn
    mark: Mark

    @property
    def context_only(self) -> bool:
        """Whether it is an answer that must carry no loss."""
        return self.mark == "context" and self.turn.role in ("assistant", "agent")


@dataclass(frozen=True, slots=True)
class MarkedConversation:
    """A conversation with a mark on every turn, oldest first."""

    id: str
    visitor_id: str
    turns: tuple[MarkedTurn, ...]


def mark(turn: StoredTurn) -> Mark:
    """Whether a turn is learnt from."""
    if not turn.text.strip() or turn.rating == "down" or turn.finish_reason in ("error", "cancelled"):
        return "left out"
    if turn.role == "agent":
        return "context" if turn.learn == 0 else "learnt"
    if turn.role != "assistant" or turn.finish_reason == "handoff" or turn.decision not in ANSWERS:
        return "context"
    # An answer to an act is how an order stands: one customer's own, and true for a day.
    if turn.act is not None:
        return "context"
    if turn.learn is not None:
        return "learnt" if turn.learn else "context"
    return "learnt" if turn.rating == "up" else "context"


def learnable(conversations: Iterable[PastConversation], tombstones: Tombstones) -> Iterator[MarkedConversation]:
    """Every conversation whose people did not ask to be taken out, each turn with its mark."""
    for one in conversations:
        if not tombstones.cover(f"{TRILANE}:{one.id}", visitor_marks(TRILANE, one.visitor_id)):
            yield MarkedConversation(
                one.id, one.visitor_id, tuple(MarkedTurn(turn, mark(turn)) for turn in one.turns)
            )
