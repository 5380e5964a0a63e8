"""The local engine: one thread owns the model, asyncio talks to it through places."""

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from concurrent.futures import Future
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass

from bot.engine.local.cache import PrefixCache
from bot.engine.local.peft_files import read_lora, read_soft_prompt
from bot.engine.local.render import Renderer
from bot.engine.local.runner import Runner
from bot.engine.local.scheduler import Scheduler
from bot.engine.local.work import judge, weigh, write
from bot.engine.protocol import (
    Capabilities,
    Generation,
    Health,
    Judgements,
    Judging,
    Output,
    Place,
    Scores,
    Scoring,
    Stopped,
)
from bot.errors import EngineBusy, EngineFailed, TrilaneError
from bot.logs import told
from bot.models.base import LoadedBase
from bot.releases.part import Artefact

log = logging.getLogger(__name__)

# What a reply is taken to cost before any was measured, and the weight of the newest measurement.
FIRST_GUESS_S, NEWEST = 2.0, 0.2
LEAST_S = 0.25
ENDED = "the engine has ended; start the server again"

Given = Output | Scores | Judgements
Answer = Given | EngineFailed
# With one of these a request is done.
Last = Stopped | Scores | Judgements


@dataclass(eq=False, slots=True)
class _Job:
    """Work on its way through the thread, and who hears of it."""

    steps: Iterator[Given | None]
    post: Callable[[Answer], None]


class LocalEngine:
    """Works for one reply at a time, in the order of admission.

    Raises BaseUnusable for a base whose chat template cannot hold a conversation.
    """

    def __init__(
        self,
        base: LoadedBase,
        *,
        max_queued: int = 32,
        max_step_s: float = 60.0,
        prefix_cache_bytes: int = 1 << 28,
        passage_cache_bytes: int = 1 << 29,
    ) -> None:
        self._renderer = Renderer(base)
        self._runner = Runner(base, PrefixCache(prefix_cache_bytes), PrefixCache(passage_cache_bytes))
        self._max_step_s = max_step_s
        # `_wake` guards all that follows; the thread waits on it.
        self._wake = threading.Condition()
        self._line: Scheduler[_Job] = Scheduler(max_queued)
        self._errands: deque[Callable[[], None]] = deque()
        self._step_began: float | None = None
        # Seconds of the thread that each place has had, and that a whole reply has lately.
        self._spent_s: dict[int, float] = {}
        self._reply_s = FIRST_GUESS_S
        self._closing = self._ended = False
        self._thread = threading.Thread(target=self._work, name="engine", daemon=True)
        self._thread.start()

    @asynccontextmanager
    async def admit(self) -> AsyncIterator[Place]:
        """See Engine.admit."""
        with self._wake:
            if self._closing:
                raise EngineFailed(ENDED)
            if self._line.full:
                # By then the reply that is being written has probably given its place up.
                raise EngineBusy(self._line.waiting, round(1000 * max(self._reply_s, LEAST_S)))
            number = self._line.admit()
        try:
            yield _LocalPlace(self, number)
        finally:
            with self._wake:
                self._line.leave(number)
                if (spent_s := self._spent_s.pop(number, None)) is not None:
                    self._reply_s += NEWEST * (spent_s - self._reply_s)

    def tokens(self, text: str) -> int:
        """See Engine.tokens."""
        return len(self._renderer.plain(text))

    def load(self, artefact: Artefact) -> None:
        """See Engine.load."""
        read = read_soft_prompt if artefact.manifest.kind == "soft-prompt" else read_lora
        adapter = read(artefact, self._runner.base.model)
        self._between_steps(lambda: self._runner.adapters.add(artefact.sha256, adapter))

    def unload(self, sha256: str) -> None:
        """See Engine.unload."""

        def forget() -> None:
            self._runner.adapters.remove(sha256)
            for cache in (self._runner.prefixes, self._runner.passages):
                cache.drop(sha256)

        self._between_steps(forget)

    def forget(self) -> None:
        """See Engine.forget."""

        def clear() -> None:
            for cache in (self._runner.prefixes, self._runner.passages):
                cache.clear()

        self._between_steps(clear)

    def capabilities(self) -> Capabilities:
        """See Engine.capabilities."""
        base = self._runner.base
        dtype = str(base.dtype).removeprefix("torch.")
        return Capabilities(self._runner.adapters.names, self._runner.max_context, dtype, str(base.device))

    def health(self) -> Health:
        """See Engine.health."""
        with self._wake:
            step_s = 0.0 if self._step_began is None else time.monotonic() - self._step_began
            alive = self._thread.is_alive() and step_s <= self._max_step_s
            return Health(alive, self._line.waiting, step_s)

    def close(self) -> None:
        """See Engine.close."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        # A step that hangs is not waited for.
        self._thread.join(self._max_step_s)

    def _between_steps(self, errand: Callable[[], None]) -> None:
        """Run something on the model's thread, and wait for it."""
        done: Future[None] = Future()

        def run() -> None:
            try:
                errand()
            except Exception as error:
                done.set_exception(error)
            else:
                done.set_result(None)

        with self._wake:
            if self._ended:
                raise EngineFailed(ENDED)
            self._errands.append(run)
            self._wake.notify()
        done.result()

    def _work(self) -> None:
        while (taken := self._take()) is not None:
            number, job = taken
            answer: Answer | None
            try:
                answer = next(job.steps)
                ended = isinstance(answer, Last)
            except TrilaneError as error:
                # It says itself what is wrong, and the way out.
                answer, ended = EngineFailed(str(error)), True
            except Exception as error:
                # The thread must outlive any one request; the caller gets the failure, the log its cause.
                log.error("a request failed in the engine: %s", told(error))
                answer = EngineFailed("the model failed while answering; the server's log has the cause")
                ended = True
            with self._wake:
                if number in self._spent_s and self._step_began is not None:
                    self._spent_s[number] += time.monotonic() - self._step_began
                self._step_began = None
                if ended:
                    self._line.withdraw(number, job)
            if answer is not None:
                job.post(answer)

    def _take(self) -> tuple[int, _Job] | None:
        """The next step's place and work, when there is one; None when the engine closes and all is done."""
        with self._wake:
            while True:
                while self._errands:
                    self._errands.popleft()()
                if (taken := self._line.next()) is not None:
                    self._step_began = time.monotonic()
                    self._spent_s.setdefault(taken[0], 0.0)
                    return taken
                if self._closing:
                    self._ended = True
                    return None
                self._wake.wait()


class _LocalPlace:
    """One reply's place; everything but the steps themselves happens on the event loop."""

    def __init__(self, engine: LocalEngine, number: int) -> None:
        self._engine, self._number = engine, number

    async def stream(self, request: Generation) -> AsyncGenerator[Output, None]:
        """See Place.stream."""
        engine = self._engine
        async with aclosing(self._answers(write(request, engine._runner, engine._renderer))) as answers:
            async for answer in answers:
                if not isinstance(answer, Scores | Judgements):
                    yield answer

    async def score(self, request: Scoring) -> Scores:
        """See Place.score."""
        engine = self._engine
        async with aclosing(self._answers(weigh(request, engine._runner, engine._renderer))) as answers:
            async for answer in answers:
                if isinstance(answer, Scores):
                    return answer
        raise EngineFailed("the engine gave no scores; the server's log has the cause")

    async def judge(self, request: Judging) -> Judgements:
        """See Place.judge."""
        engine = self._engine
        async with aclosing(self._answers(judge(request, engine._runner, engine._renderer))) as answers:
            async for answer in answers:
                if isinstance(answer, Judgements):
                    return answer
        raise EngineFailed("the engine gave no judgements; the server's log has the cause")

    async def _answers(self, steps: Iterator[Given | None]) -> AsyncGenerator[Given, None]:
        """What the steps give, up to the last; the work is dropped when this is closed."""
        engine = self._engine
        loop = asyncio.get_running_loop()
        answers: asyncio.Queue[Answer] = asyncio.Queue()
        job = _Job(steps, lambda answer: _post(loop, answers, answer))
        with engine._wake:
            if engine._ended:
                raise EngineFailed(ENDED)
            engine._line.submit(self._number, job)
            engine._wake.notify()
        try:
            while True:
                answer = await answers.get()
                if isinstance(answer, EngineFailed):
                    raise answer
                yield answer
                if isinstance(answer, Last):
                    return
        finally:
            with engine._wake:
                engine._line.withdraw(self._number, job)


def _post(loop: asyncio.AbstractEventLoop, answers: asyncio.Queue[Answer], answer: Answer) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(answers.put_nowait, answer)
