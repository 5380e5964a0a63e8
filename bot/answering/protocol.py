"""What a backend is."""

from collections.abc import AsyncGenerator
from typing import Protocol

from bot.answer import Piece
from bot.dialogue import Dialogue


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
