"""The local engine: one thread owns the model, asyncio talks to it through places."""

import asyncio
import threading
import time
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from concurrent.futures import Future
from contextlib import aclosing, asynccontextmanager

from bot.engine.local.core import Answer, Core, Job, Last, Plan
from bot.engine.local.peft_files import read_lora, read_soft_prompt
from bot.engine.local.render import Renderer
from bot.engine.local.rows import Row
from bot.engine.local.runner import Runner
from bot.engine.local.scheduler import Scheduler
from bot.engine.local.work import Given, Work, judge, weigh, write
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
)
from bot.errors import EngineBusy, EngineFailed
from bot.models.base import LoadedBase
from bot.releases.part import Artefact

# What one waits for the next place before any was given up, and the weight of the newest measurement.
FIRST_GUESS_S, NEWEST = 2.0, 0.2
LEAST_S = 0.25
# Ids of a step: while nobody speaks, and while others' words must not wait for long.
ALONE, BESIDE = 640, 128
ENDED = "the engine has ended; start the server again"


class LocalEngine:
    """Replies advance together; where there is no room for all, in the order of their admission.

    `cache_bytes` hold the keys and values of what is read now and of what was read before. Raises BaseUnusable for
    a base whose chat template cannot hold a conversation, or whose attention cannot be exchanged.
    """

    def __init__(
        self,
        base: LoadedBase,
        *,
        max_queued: int = 32,
        max_step_s: float = 60.0,
        cache_bytes: int = 3 << 28,
    ) -> None:
        self._renderer = Renderer(base)
        self._runner = Runner(base, cache_bytes)
        self._max_step_s = max_step_s
        # `_wake` guards all that follows but the core, which is the thread's own; the thread waits on it.
        self._wake = threading.Condition(threading.RLock())
        self._line: Scheduler[Row] = Scheduler(max_queued, alone=ALONE, beside=BESIDE)
        self._core = Core(self._runner, self._line, self._wake)
        self._new: deque[Job] = deque()
        self._dropped: deque[Job] = deque()
        # One that returns False is run again after the next step.
        self._errands: deque[Callable[[], bool]] = deque()
        self._step_began: float | None = None
        # When each place was taken and the last one was given up, and how long one waits for the next lately.
        self._taken_s: dict[int, float] = {}
        self._left_s = 0.0
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
                # By then another reply has probably given its place up.
                raise EngineBusy(self._line.waiting, round(1000 * max(self._reply_s, LEAST_S)))
            number = self._line.admit()
            self._taken_s[number] = time.monotonic()
        try:
            yield _LocalPlace(self, number)
        finally:
            with self._wake:
                taken_s, now_s = self._taken_s.pop(number), time.monotonic()
                if self._line.leave(number):
                    self._reply_s += NEWEST * (now_s - max(taken_s, self._left_s) - self._reply_s)
                self._left_s = now_s

    def tokens(self, text: str) -> int:
        """See Engine.tokens."""
        return len(self._renderer.plain(text))

    def load(self, artefact: Artefact) -> None:
        """See Engine.load."""
        read = read_soft_prompt if artefact.manifest.kind == "soft-prompt" else read_lora
        adapter = read(artefact, self._runner.base.model)
        self._between_steps(lambda: self._runner.adapters.add(artefact.sha256, adapter))

    def unload(self, sha256: str) -> None:
        """See Engine.unload. It waits for the replies that are being written with it."""
        self._between_steps(lambda: self._core.unload(sha256))

    def forget(self) -> None:
        """See Engine.forget."""
        self._between_steps(self._runner.cache.clear)

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

    def _between_steps(self, errand: Callable[[], bool | None]) -> None:
        """Run something on the model's thread until it is done, and wait for it."""
        done: Future[None] = Future()

        def run() -> bool:
            try:
                if errand() is False:
                    return False
            except Exception as error:
                done.set_exception(error)
            else:
                done.set_result(None)
            return True

        with self._wake:
            if self._ended:
                raise EngineFailed(ENDED)
            self._errands.append(run)
            self._wake.notify()
        done.result()

    def _work(self) -> None:
        while (plan := self._next()) is not None:
            found = self._core.compute(plan)
            with self._wake:
                self._step_began = None
            self._core.hand_over(found)

    def _next(self) -> Plan | None:
        """The next step when there is one; None when the engine closes and all is done."""
        while True:
            with self._wake:
                errands, new, dropped = list(self._errands), list(self._new), list(self._dropped)
                for waiting in (self._errands, self._new, self._dropped):
                    waiting.clear()
            # Outside of the lock: texts become tokens here.
            undone = [run for run in errands if not run()]
            for job in new:
                self._core.take(job)
            for job in dropped:
                self._core.drop(job)
            plan = self._core.plan()
            with self._wake:
                self._errands.extendleft(reversed(undone))
                if plan:
                    self._step_began = time.monotonic()
                    return plan
                if self._new or self._dropped or len(self._errands) > len(undone):
                    continue
                if self._closing and not self._core.busy:
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

    async def _answers(self, work: Work) -> AsyncGenerator[Given, None]:
        """What the work gives, up to the last; it is dropped when this is closed."""
        engine = self._engine
        loop = asyncio.get_running_loop()
        answers: asyncio.Queue[Answer] = asyncio.Queue()
        job = Job(self._number, work, lambda answer: _post(loop, answers, answer))
        with engine._wake:
            if engine._ended:
                raise EngineFailed(ENDED)
            engine._new.append(job)
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
            if not job.done:
                with engine._wake:
                    engine._dropped.append(job)
                    engine._wake.notify()


def _post(loop: asyncio.AbstractEventLoop, answers: asyncio.Queue[Answer], answer: Answer) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(answers.put_nowait, answer)
