"""An engine that gives a score again where another backend has asked for it just before, and the time it took.

Backends search alike, and most of an answer's time is that. What was computed once is not waited for again, and
counts as if it had been.
"""

import time
from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Generic, TypeVar

from bot.engine.protocol import (
    Capabilities,
    Engine,
    Generation,
    Health,
    Judgements,
    Judging,
    Output,
    Place,
    Scores,
    Scoring,
)
from bot.releases.part import Artefact

# A case and the choice after it ask for a dozen at most.
MOST = 64

Asked = TypeVar("Asked")
Given = TypeVar("Given")


class Remembering:
    """One engine, whose scores and judgements are remembered by their requests; text is always written anew."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._scores: Remembered[Scoring, Scores] = Remembered()
        self._judgements: Remembered[Judging, Judgements] = Remembered()

    def clock(self) -> float:
        """Seconds, which go on as if nothing were remembered."""
        return time.perf_counter() + self._scores.spared_s + self._judgements.spared_s

    @asynccontextmanager
    async def admit(self) -> AsyncIterator[Place]:
        """See Engine.admit."""
        async with self._engine.admit() as place:
            yield _Place(place, self._scores, self._judgements)

    def tokens(self, text: str) -> int:
        """See Engine.tokens."""
        return self._engine.tokens(text)

    def load(self, artefact: Artefact) -> None:
        """See Engine.load."""
        self._engine.load(artefact)

    def unload(self, sha256: str) -> None:
        """See Engine.unload; what was scored with it stays true of it."""
        self._engine.unload(sha256)

    def forget(self) -> None:
        """See Engine.forget."""
        self._scores.clear()
        self._judgements.clear()
        self._engine.forget()

    def capabilities(self) -> Capabilities:
        """See Engine.capabilities."""
        return self._engine.capabilities()

    def health(self) -> Health:
        """See Engine.health."""
        return self._engine.health()

    def close(self) -> None:
        """See Engine.close."""
        self._engine.close()


class Remembered(Generic[Asked, Given]):
    """The newest requests with what was given for them; `spared_s` is what asking again would have taken."""

    def __init__(self) -> None:
        self._known: OrderedDict[Asked, tuple[Given, float]] = OrderedDict()
        self.spared_s = 0.0

    async def get(self, request: Asked, ask: Callable[[Asked], Awaitable[Given]]) -> Given:
        """What was given for this request, or is now."""
        if (known := self._known.get(request)) is not None:
            given, took_s = known
            self.spared_s += took_s
            return given
        began = time.perf_counter()
        given = await ask(request)
        self._known[request] = given, time.perf_counter() - began
        if len(self._known) > MOST:
            self._known.popitem(last=False)
        return given

    def clear(self) -> None:
        """Forget all of them."""
        self._known.clear()


class _Place:
    """A reply's place in the line."""

    def __init__(
        self, place: Place, scores: Remembered[Scoring, Scores], judgements: Remembered[Judging, Judgements]
    ) -> None:
        self._place, self._scores, self._judgements = place, scores, judgements

    def stream(self, request: Generation) -> AsyncGenerator[Output, None]:
        """See Place.stream."""
        return self._place.stream(request)

    async def score(self, request: Scoring) -> Scores:
        """See Place.score."""
        return await self._scores.get(request, self._place.score)

    async def judge(self, request: Judging) -> Judgements:
        """See Place.judge."""
        return await self._judgements.get(request, self._place.judge)
