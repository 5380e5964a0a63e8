"""All requests advance together: who is read next, one pass, and what each makes of what was found. No threads."""

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from bot.engine.local.rows import Found, Next, Row
from bot.engine.local.runner import Runner
from bot.engine.local.scheduler import Scheduler
from bot.engine.local.work import Given, Work
from bot.engine.protocol import Judgements, Scores, Stopped
from bot.errors import EngineFailed, TrilaneError
from bot.logs import told

log = logging.getLogger(__name__)

FAILED = "the model failed while answering; the server's log has the cause"

Answer = Given | EngineFailed
# With one of these a request is done.
Last = Stopped | Scores | Judgements
Plan = list[tuple[Row, int]]


@dataclass(eq=False, slots=True)
class Job:
    """A request of the place `number`, and who hears of it.

    `rows` are what it waits for, in the order of its asking, and `found` what was found of those that are done.
    """

    number: int
    work: Work
    post: Callable[[Answer], None]
    rows: list[Row] = field(default_factory=list)
    found: dict[Row, Found] = field(default_factory=dict)
    done: bool = False


class Core:
    """`line` is shared with those who take places, and used under `lock`; all else belongs to one thread."""

    def __init__(self, runner: Runner, line: Scheduler[Row], lock: AbstractContextManager[object]) -> None:
        self.runner, self._line, self._lock = runner, line, lock
        self._jobs: dict[Row, Job] = {}
        self._leaving: set[str] = set()

    @property
    def busy(self) -> bool:
        """Whether a request waits for rows."""
        return bool(self._jobs)

    def take(self, job: Job) -> None:
        """Begin with a request."""
        self._go_on(job)

    def drop(self, job: Job) -> None:
        """Nobody waits for it any more; what was read of it is remembered."""
        if not job.done:
            self._close(job)

    def plan(self) -> Plan:
        """The rows of the next step; none where nothing is asked for."""
        failed: list[tuple[Row, EngineFailed]] = []

        def begin(row: Row) -> bool:
            try:
                if row.adapter in self._leaving:
                    raise EngineFailed("its adapter is being taken out of service; ask again")
                return self.runner.begin(row)
            except EngineFailed as error:
                failed.append((row, error))
                return False

        while True:
            with self._lock:
                plan = self._line.plan(begin)
            if not failed:
                return plan
            self.hand_over(failed)
            failed.clear()

    def compute(self, plan: Plan) -> list[tuple[Row, Found | EngineFailed]]:
        """One step; where it fails, each row is tried alone, so that one request's fault is its own."""
        try:
            return self.runner.step(plan)
        except Exception as error:
            if len(plan) == 1:
                # The thread must outlive any one request; the caller gets the failure, the log its cause.
                log.error("a request failed in the engine: %s", told(error))
                return [(plan[0][0], error if isinstance(error, EngineFailed) else EngineFailed(FAILED))]
        return [found for one in plan for found in self.compute([one])]

    def hand_over(self, results: Sequence[tuple[Row, Found | EngineFailed]]) -> None:
        """Let each request go on from what was found for it, where all that it waits for is."""
        for row, found in results:
            job = self._jobs.get(row)
            if job is None:
                continue
            if isinstance(found, EngineFailed):
                self._fail(job, found, row)
                continue
            job.found[row] = found
            if not isinstance(row.want, Next):
                # Its memory is others' while the rest of the request is read.
                self._release([row])
            if len(job.found) == len(job.rows):
                self._go_on(job)

    def unload(self, sha256: str) -> bool:
        """Forget an adapter; False while a reply is written with it, which is written to its end."""
        if any(row.adapter == sha256 for row in self.runner.rows):
            self._leaving.add(sha256)
            return False
        self._leaving.discard(sha256)
        self.runner.adapters.remove(sha256)
        self.runner.cache.forget(sha256)
        return True

    def _go_on(self, job: Job) -> None:
        """Give what was found to a request, pass on its answers, and queue the rows that it asks for next."""
        found = [job.found.pop(row) for row in job.rows]
        try:
            # A generator begins with None.
            asked = job.work.send(found) if job.rows else next(job.work)
            while not isinstance(asked, list):
                if isinstance(asked, Last):
                    self._close(job)
                    job.post(asked)
                    return
                job.post(asked)
                asked = next(job.work)
        except TrilaneError as error:
            # It says itself what is wrong, and the way out.
            self._fail(job, EngineFailed(str(error)))
            return
        except Exception as error:
            log.error("a request failed in the engine: %s", told(error))
            self._fail(job, EngineFailed(FAILED))
            return
        self._release([row for row in job.rows if row not in asked])
        new = [row for row in asked if row not in job.rows]
        job.rows = asked
        self._jobs.update(dict.fromkeys(new, job))
        with self._lock:
            self._line.submit(job.number, new)

    def _fail(self, job: Job, error: EngineFailed, row: Row | None = None) -> None:
        self._close(job, row)
        job.post(error)

    def _close(self, job: Job, failed: Row | None = None) -> None:
        job.done = True
        job.work.close()
        if failed is not None:
            self.runner.end(failed, failed=True)
        self._release(job.rows)
        job.rows = []

    def _release(self, rows: Sequence[Row]) -> None:
        """These are done; their places may have gone meanwhile."""
        numbers = {job.number for row in rows if (job := self._jobs.pop(row, None)) is not None}
        with self._lock:
            for number in numbers:
                self._line.withdraw(number, rows)
        for row in rows:
            self.runner.end(row)
