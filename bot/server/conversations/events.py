"""What happens in a conversation, as plain values; server/ws/ alone turns them into frames.

An `Event` belongs to the conversation: its `seq` is the last one's plus one, it is remembered and replayed.
A `Notice` is for those who listen at this moment.
"""

from dataclasses import dataclass

from bot.dialogue import Role
from bot.store.values import Outcome, StoredTurn


@dataclass(frozen=True, slots=True)
class MessageAdded:
    """Somebody said something."""

    seq: int
    message_id: str
    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class RunBegan:
    """A reply is being written; `message_id` is the id that it will have."""

    seq: int
    run_id: str
    message_id: str


@dataclass(frozen=True, slots=True)
class RunWrote:
    """A piece of a reply; `offset` is its place in the whole text, in code points."""

    seq: int
    run_id: str
    offset: int
    text: str


@dataclass(frozen=True, slots=True)
class RunEnded:
    """A reply is complete, or as complete as it gets."""

    seq: int
    run_id: str
    message_id: str
    outcome: Outcome


Event = MessageAdded | RunBegan | RunWrote | RunEnded


@dataclass(frozen=True, slots=True)
class RunFailed:
    """Why a reply ended early."""

    run_id: str
    error: BaseException


@dataclass(frozen=True, slots=True)
class Erased:
    """The conversation was erased on request; nothing follows."""


Notice = RunFailed | Erased


@dataclass(frozen=True, slots=True)
class Accepted:
    """A customer's message is stored; `duplicate` where it had been before."""

    client_msg_id: str
    message_id: str
    duplicate: bool


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A reply so far."""

    run_id: str
    message_id: str
    text: str


@dataclass(frozen=True, slots=True)
class History:
    """The whole conversation so far."""

    turns: tuple[StoredTurn, ...]
    unfinished: Unfinished | None
