"""What the store takes and gives: frozen values."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from bot.answer import Choice, Decision, FinishReason, Source
from bot.dialogue import Role, Turn

ArmSource = Literal["chosen", "experiment"]
Rating = Literal["up", "down"]


def new_id() -> str:
    """Unguessable: whoever knows a visitor's id may read the visitor's conversations."""
    return secrets.token_urlsafe(16)


def now() -> str:
    """UTC, ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


@dataclass(frozen=True, slots=True)
class Conversation:
    """One visitor's exchange; `backend_choice` is a backend's name or `auto`."""

    id: str
    visitor_id: str
    backend_choice: str
    last_seq: int


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """A turn with what belongs to it.

    `decision` is what the bot did with the message that this turn replies to, `choices` what it offered, `act` the
    fixed reply it gave. `learn` is an agent's word on it: 1 to learn from it, 0 not to, None where nobody said.
    """

    id: str
    role: Role
    text: str
    finish_reason: FinishReason | None
    sources: tuple[Source, ...]
    rating: Rating | None
    decision: Decision | None = None
    learn: int | None = None
    created_at: str = ""
    choices: tuple[Choice, ...] = ()
    act: str | None = None

    def as_turn(self) -> Turn:
        """The value that backends and training read."""
        return Turn(
            self.role, self.text, self.articles, decision=self.decision, choices=self.choices, act=self.act
        )

    @property
    def articles(self) -> tuple[str, ...]:
        """The slugs of the articles that it states facts from, each once."""
        return tuple(dict.fromkeys(source.article for source in self.sources))


@dataclass(frozen=True, slots=True)
class NewRun:
    """A run that is about to begin, with the arm that will answer."""

    id: str
    message_id: str
    backend: str
    artefact_sha256: str
    arm_source: ArmSource
    experiment: str | None
    release_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended; `ttft_ms` is None where no text came."""

    text: str
    finish_reason: FinishReason
    sources: tuple[Source, ...]
    prompt_tokens: int
    completion_tokens: int
    ttft_ms: int | None
    duration_ms: int
    decision: Decision | None = None
    choices: tuple[Choice, ...] = ()
    act: str | None = None


@dataclass(frozen=True, slots=True)
class ArmCounts:
    """What an experiment's arm, a backend with what it answered from, did for its visitors.

    An answer is a run that ended by itself: it neither failed nor was stopped. `rated` and `helpful` are answers.
    """

    backend: str
    artefact_sha256: str
    release_sha256: str | None
    visitors: int
    answers: int
    failed: int
    rated: int
    helpful: int


@dataclass(frozen=True, slots=True)
class Belongings:
    """What a store holds of somebody: their conversations' ids, and how many turns and ratings are in them."""

    conversations: tuple[str, ...]
    turns: int
    ratings: int


@dataclass(frozen=True, slots=True)
class PastConversation:
    """A conversation with everything said in it, oldest first; a reply that is being written is not there yet."""

    id: str
    visitor_id: str
    turns: tuple[StoredTurn, ...]
