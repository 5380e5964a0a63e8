"""What the store takes and gives: frozen values."""

from dataclasses import dataclass
from typing import Literal

from bot.answer import FinishReason, Source
from bot.dialogue import Role, Turn

ArmSource = Literal["chosen", "experiment"]


@dataclass(frozen=True, slots=True)
class Conversation:
    """One visitor's exchange; `backend_choice` is a backend's name or `auto`."""

    id: str
    visitor_id: str
    backend_choice: str
    last_seq: int


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """A turn with what belongs to it."""

    id: str
    role: Role
    text: str
    finish_reason: FinishReason | None
    sources: tuple[Source, ...]
    rating: Literal["up", "down"] | None

    def as_turn(self) -> Turn:
        """The value that backends and training read."""
        return Turn(self.role, self.text, tuple(dict.fromkeys(source.article for source in self.sources)))


@dataclass(frozen=True, slots=True)
class NewRun:
    """A run that is about to begin, with the arm that will answer."""

    id: str
    message_id: str
    backend: str
    artefact_sha256: str
    arm_source: ArmSource
    experiment: str | None


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
