"""What a backend is, and what the steps of an answer hand on to one another."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Protocol

from bot.answer import FinishReason, Piece
from bot.dialogue import Dialogue
from bot.engine.protocol import Place
from bot.retrieval.articles import Passage
from bot.retrieval.context import Context


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

    @property
    def release_sha256(self) -> str:
        """The release that it is a part of: all that answers together; stored on every turn."""
        ...

    def answer(self, dialogue: Dialogue) -> AsyncGenerator[Piece, None]:
        """Yield the reply piece by piece, `Finished` last; closing the generator frees its place.

        Raises EngineBusy before the first piece, EngineFailed after it.
        """
        ...


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a reply that may be said, and the passage that it rests on (None: it claims nothing)."""

    text: str
    passage: Passage | None = None


@dataclass(frozen=True, slots=True)
class End:
    """How the reply ended, and what the model read for it, in tokens."""

    finish_reason: FinishReason
    read_tokens: int


class Strategy(Protocol):
    """How one backend finds its sentences; what comes before and after is the pipeline's."""

    @property
    def in_scope_only(self) -> bool:
        """Whether a question that the help centre is not about is handed over before anything is written."""
        ...

    def sentences(
        self, place: Place, dialogue: Dialogue, context: Context
    ) -> AsyncGenerator[Sentence | End, None]:
        """The sentences of the reply, each as soon as it may be said; `End` last. `place` is the reply's own."""
        ...
