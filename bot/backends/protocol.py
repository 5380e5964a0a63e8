"""What a backend is, and what it yields."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Literal, Protocol

from bot.dialogue import Dialogue

FinishReason = Literal["stop", "length", "cancelled", "handoff", "error"]
BACKENDS = ("finetuned", "prompt-tuned", "prompted")


@dataclass(frozen=True, slots=True)
class Source:
    """A help-centre passage that a reply rests on."""

    article: str
    title: str
    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of the reply's text."""

    text: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The last piece: how the reply ended, what it rests on, what the model read and wrote, in tokens."""

    finish_reason: FinishReason
    sources: tuple[Source, ...] = field(default=())
    prompt_tokens: int = 0
    completion_tokens: int = 0


Piece = Delta | Finished


class Backend(Protocol):
    """Anything that can answer a customer."""

    @property
    def name(self) -> str:
        """`finetuned`, `prompt-tuned` or `prompted`."""
        ...

    @property
    def artefact_sha256(self) -> str:
        """Which artefact answers; stored on every turn."""
        ...

    def answer(self, dialogue: Dialogue) -> AsyncGenerator[Piece, None]:
        """Yield the reply piece by piece, `Finished` last; closing the generator frees its place.

        Raises EngineBusy before the first piece, EngineFailed after it.
        """
        ...
