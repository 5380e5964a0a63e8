"""An engine that writes what it was told to: for tests of everything around the model."""

import re
import threading
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

from bot.engine.protocol import (
    Capabilities,
    Generation,
    Health,
    Judgements,
    Judging,
    Output,
    Place,
    Reading,
    Scores,
    Scoring,
    Stopped,
    StopReason,
    Text,
)
from bot.releases.part import Artefact


class ScriptedEngine:
    """Writes the same text after every prompt and finds all texts equally probable; a word is a token.

    It is its own place in the line; `asked` are the requests for text, oldest first;
    `forgotten` and `closed` are set by `forget` and `close`.
    """

    def __init__(self, text: str, reason: StopReason = "stop") -> None:
        self._text, self._reason = text, reason
        self.asked: list[Generation] = []
        self.forgotten, self.closed = threading.Event(), threading.Event()

    @asynccontextmanager
    async def admit(self) -> AsyncIterator[Place]:
        """There is always a place."""
        yield self

    async def stream(self, request: Generation) -> AsyncGenerator[Output, None]:
        """The script."""
        self.asked.append(request)
        read = sum(self.tokens(turn.text) for turn in request.prompt.dialogue.turns)
        yield Reading(request.prompt.dialogue, read)
        for word in re.findall(r"\s*\S+|\s+", self._text):
            yield Text(word)
        yield Stopped(self._reason, read, self.tokens(self._text))

    async def score(self, request: Scoring) -> Scores:
        """Nothing is more probable than anything else."""
        return Scores(tuple((0.0,) * len(request.texts) for _ in request.prompts), 1)

    async def judge(self, request: Judging) -> Judgements:
        """Nothing is more of an answer than anything else."""
        return Judgements((0.0,) * len(request.marks), 1)

    def tokens(self, text: str) -> int:
        """Words."""
        return len(text.split())

    def load(self, artefact: Artefact) -> None:
        """It needs none."""

    def unload(self, sha256: str) -> None:
        """It has none."""

    def forget(self) -> None:
        """It remembers nothing but that it was told."""
        self.forgotten.set()

    def capabilities(self) -> Capabilities:
        """No adapters, and room for 2,048 words."""
        return Capabilities((), 2048, "float32", "cpu")

    def health(self) -> Health:
        """Alive, with nobody waiting."""
        return Health(True, 0)

    def close(self) -> None:
        """There is nothing to end."""
        self.closed.set()
