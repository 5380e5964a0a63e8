"""One thread writes: every job that waits goes into one transaction, so that all of them share one fsync.

A job is a function of the database. It runs in a savepoint of its own, so that one that fails fails alone, and its
future is resolved after the commit, never before: who awaited it knows that the change is on disk.
"""

import asyncio
import math
import sqlite3
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from sqlite_utils import Database

from bot.errors import StoreBusy, StoreFailed

T = TypeVar("T")
# One attempt at the write lock; between two attempts newer jobs join, and those whose patience ended leave.
ATTEMPT_S = 1.0
PATIENCE_S = 30.0
FOREVER_S = math.inf


@dataclass
class Job:
    """Work for the next transaction; it gives up waiting for another process's lock after `patience_s`."""

    work: Callable[[Database], Any]
    patience_s: float
    asked_s: float
    done: "Future[Any]"

    @property
    def waited_s(self) -> float:
        """Since it was asked for."""
        return time.monotonic() - self.asked_s


def is_busy(error: sqlite3.Error) -> bool:
    """Whether another process holds the lock; the low byte of an extended code is its kind."""
    code = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


class Writer:
    """Owns the connection that writes, in the only thread of `executor`."""

    def __init__(self, executor: ThreadPoolExecutor, db: Database) -> None:
        self._executor, self._db = executor, db
        self._waiting: deque[Job] = deque()
        self._longest_patience_s = FOREVER_S

    @classmethod
    async def open(cls, connect: Callable[[], Database], attempt_s: float = ATTEMPT_S) -> "Writer":
        """Connect in the thread that will write."""
        executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store-writer")

        def connected() -> Database:
            db = connect()
            db.execute(f"PRAGMA busy_timeout = {round(attempt_s * 1000)}").fetchone()
            return db

        try:
            return cls(executor, await asyncio.get_running_loop().run_in_executor(executor, connected))
        except BaseException:
            executor.shutdown(wait=False)
            raise

    async def write(self, work: Callable[[Database], T], patience_s: float = PATIENCE_S) -> T:
        """Do the work and return when it is on disk.

        Raises StoreBusy where another process kept the lock for longer than `patience_s`, StoreFailed where
        SQLite refused, and whatever `work` raises; nothing of it is stored then.
        """
        job = Job(work, patience_s, time.monotonic(), Future())
        self._waiting.append(job)
        # Whichever comes first takes all that wait; the others find nothing to do.
        self._executor.submit(self._commit_waiting)
        result: T = await asyncio.wrap_future(job.done)
        return result

    async def alone(self, work: Callable[[Database], T]) -> T:
        """Do work that SQLite takes outside of a transaction only. Raises what `work` raises, StoreFailed."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._executor, work, self._db)
        except sqlite3.Error as error:
            raise StoreFailed(str(error)) from error

    async def close(self) -> None:
        """Write what waits, for as long as a message would wait, and close the connection."""
        self._longest_patience_s = PATIENCE_S
        await asyncio.get_running_loop().run_in_executor(self._executor, self._close)
        self._executor.shutdown()

    def _close(self) -> None:
        self._commit_waiting()
        self._db.close()

    def _take(self) -> list[Job]:
        taken = []
        while self._waiting:
            job = self._waiting.popleft()
            if job.done.set_running_or_notify_cancel():
                taken.append(job)
        return taken

    def _commit_waiting(self) -> None:
        jobs = self._take()
        while jobs:
            try:
                self._db.execute("BEGIN IMMEDIATE")
            except sqlite3.Error as error:
                jobs = self._still_patient(jobs, error) + self._take()
            else:
                jobs = self._commit(jobs + self._take())

    def _commit(self, jobs: list[Job]) -> list[Job]:
        """Do the jobs and commit them; returns those that must be done again."""
        answers = []
        for job in jobs:
            answer = self._attempt(job)
            if not self._db.conn.in_transaction:
                # SQLite gives a whole transaction up where the disk is full: the others begin again without this.
                answer()
                return [other for other in jobs if other is not job]
            answers.append(answer)
        try:
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            self._db.conn.rollback()
            answers = [partial(_fail, job, error) for job in jobs]
        for answer in answers:
            answer()
        return []

    def _still_patient(self, jobs: list[Job], error: sqlite3.Error) -> list[Job]:
        patient = []
        for job in jobs:
            if is_busy(error) and job.waited_s < min(job.patience_s, self._longest_patience_s):
                patient.append(job)
            else:
                _fail(job, error)
        return patient

    def _attempt(self, job: Job) -> Callable[[], None]:
        """Do the work in a savepoint; returns what tells its caller, once the commit is through."""
        try:
            with self._db.atomic():
                result = job.work(self._db)
        except Exception as error:
            return partial(_fail, job, error)
        return partial(job.done.set_result, result)


def _fail(job: Job, error: Exception) -> None:
    if isinstance(error, sqlite3.Error):
        kind = StoreBusy(job.waited_s) if is_busy(error) else StoreFailed(str(error))
        kind.__cause__ = error
        error = kind
    job.done.set_exception(error)
