"""A backend that says what it was told to: for tests of everything around the model."""

import asyncio
from collections.abc import AsyncGenerator, Sequence

from bot.answer import Choice, Decision, Delta, Finished, Piece, Source
from bot.dialogue import Dialogue


class Scripted:
    """Yields `pieces`, waiting for `gate` before each one after the first, then finishes or fails."""

    def __init__(
        self,
        name: str,
        pieces: Sequence[str],
        *,
        sources: tuple[Source, ...] = (),
        gate: asyncio.Event | None = None,
        failure: Exception | None = None,
        decision: Decision = "answer",
        choices: tuple[Choice, ...] = (),
    ) -> None:
        self._name, self._pieces, self._sources = name, tuple(pieces), sources
        self._gate, self._failure, self._decision = gate, failure, decision
        self._choices = choices
        self.asked: list[Dialogue] = []
        self.closed_early = 0

    @property
    def name(self) -> str:
        """The name it was given."""
        return self._name

    @property
    def artefact_sha256(self) -> str:
        """Not an artefact, and says so."""
        return f"scripted-{self._name}"

    @property
    def release_sha256(self) -> str:
        """All scripts are of one."""
        return "scripted"

    async def answer(self, dialogue: Dialogue) -> AsyncGenerator[Piece, None]:
        """The script."""
        self.asked.append(dialogue)
        finished = False
        try:
            for index, text in enumerate(self._pieces):
                if index and self._gate:
                    await self._gate.wait()
                yield Delta(text)
            if self._failure:
                raise self._failure
            finished = True
            yield Finished("stop", self._sources, 1, len(self._pieces), self._decision, self._choices)
        finally:
            self.closed_early += not finished
