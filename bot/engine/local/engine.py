"""The local engine: one thread owns the model, asyncio talks to it through queues."""

import asyncio
import logging
import queue
import threading
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from dataclasses import dataclass, field

from bot.engine.local.runner import Decoder
from bot.engine.protocol import Capabilities, Generation, Health, Scoring, Stopped, StopReason, Text
from bot.errors import EngineBusy, EngineFailed

log = logging.getLogger(__name__)

Answer = Text | Stopped | list[float] | EngineFailed


@dataclass(eq=False)
class _Job:
    """A request on its way through the thread; `cancelled` is set from the event loop."""

    request: Generation | Scoring
    post: Callable[[Answer], None]
    cancelled: threading.Event = field(default_factory=threading.Event)


class LocalEngine:
    """Answers requests one after another."""

    def __init__(self, decoder: Decoder, decode: Callable[[Sequence[int]], str], max_queued: int) -> None:
        self._decoder, self._decode = decoder, decode
        self._jobs: queue.Queue[_Job | None] = queue.Queue(maxsize=max_queued)
        self._thread = threading.Thread(target=self._work, name="engine", daemon=True)
        self._thread.start()

    async def stream(self, request: Generation) -> AsyncGenerator[Text | Stopped, None]:
        """See Engine.stream."""
        job, answers = self._submit(request)
        try:
            while True:
                answer = await answers.get()
                if isinstance(answer, EngineFailed):
                    raise answer
                if isinstance(answer, Text | Stopped):
                    yield answer
                if isinstance(answer, Stopped):
                    return
        finally:
            job.cancelled.set()

    async def score(self, request: Scoring) -> Sequence[float]:
        """See Engine.score."""
        job, answers = self._submit(request)
        try:
            answer = await answers.get()
        finally:
            job.cancelled.set()
        if isinstance(answer, EngineFailed):
            raise answer
        if not isinstance(answer, list):
            raise EngineFailed("the engine answered a scoring request with text")
        return answer

    def capabilities(self) -> Capabilities:
        """See Engine.capabilities."""
        base = self._decoder.base
        return Capabilities(
            self._decoder.adapters.names,
            self._decoder.adapters.soft_rows,
            self._decoder.max_context,
            str(base.dtype).removeprefix("torch."),
            str(base.device),
        )

    def health(self) -> Health:
        """See Engine.health."""
        return Health(self._thread.is_alive(), self._jobs.qsize())

    def close(self) -> None:
        """Let the thread finish what is queued, then end."""
        self._jobs.put(None)
        self._thread.join()

    def _submit(self, request: Generation | Scoring) -> tuple[_Job, asyncio.Queue[Answer]]:
        loop = asyncio.get_running_loop()
        answers: asyncio.Queue[Answer] = asyncio.Queue()
        job = _Job(request, lambda answer: _post(loop, answers, answer))
        try:
            self._jobs.put_nowait(job)
        except queue.Full:
            raise EngineBusy(self._jobs.qsize()) from None
        return job, answers

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            if job.cancelled.is_set():
                continue
            try:
                if isinstance(job.request, Scoring):
                    job.post(self._decoder.score(job.request))
                else:
                    for answer in self._generate(job, job.request):
                        job.post(answer)
            except Exception:
                # The thread must outlive any one request; the caller gets the failure, the log its cause.
                log.exception("a request failed in the engine")
                job.post(EngineFailed("the model failed while answering; the server's log has the cause"))

    def _generate(self, job: _Job, request: Generation) -> Iterator[Answer]:
        ids: list[int] = []
        said = ""
        for token in self._decoder.generate(request):
            if job.cancelled.is_set():
                return
            ids.append(token)
            text = self._decode(ids)
            # A character whose bytes are not all there yet decodes to U+FFFD: wait for the rest.
            if not text.endswith("\ufffd"):
                yield Text(text[len(said) :])
                said = text
        if (rest := self._decode(ids)[len(said) :]).strip("\ufffd"):
            yield Text(rest)
        reason: StopReason = "length" if len(ids) >= request.max_new_tokens else "stop"
        yield Stopped(reason, len(request.prompt), len(ids))


def _post(loop: asyncio.AbstractEventLoop, answers: asyncio.Queue[Answer], answer: Answer) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(answers.put_nowait, answer)
