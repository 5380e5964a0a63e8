"""The store in one SQLite file: one thread writes, another one reads, so that no read waits for a lock."""

import asyncio
import sqlite3
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from sqlite_utils import Database

from bot.dialogue import Dialogue
from bot.errors import StoreFailed, StoreUnusable
from bot.store.lock import ServingLock
from bot.store.sqlite import conversations, erasure, feedback, runs
from bot.store.sqlite.connection import connect, connect_reader, open_ours
from bot.store.sqlite.writer import FOREVER_S, PATIENCE_S, Writer
from bot.store.values import Belongings, Conversation, NewRun, Outcome, Rating, StoredTurn, new_id

T = TypeVar("T")


def lock_for_serving(path: Path) -> ServingLock:
    """Refuse a second server, and a database that cannot be served. Raises StoreUnusable."""
    # First of all, so that nothing is put beside a stranger's file.
    open_ours(path).close()
    lock = ServingLock.take(path)
    try:
        connect(path).close()
    except StoreUnusable:
        lock.release()
        raise
    return lock


class SqliteStore:
    """See bot.store.protocol.Store for what each method promises."""

    def __init__(
        self, writer: Writer, reader: ThreadPoolExecutor, db: Database, lock: ServingLock | None = None
    ) -> None:
        self._writer, self._reader, self._db, self._lock = writer, reader, db, lock

    @classmethod
    async def open(cls, path: Path, lock: ServingLock | None = None) -> "SqliteStore":
        """Open or create the database to serve it; runs that a dead process left behind end with `error`.

        `lock` is one that was taken before, to refuse a second server early. It is let go with the store.
        Raises StoreUnusable.
        """
        lock = lock or lock_for_serving(path)
        try:
            store = await cls.open_beside(path)
        except BaseException:
            lock.release()
            raise
        store._lock = lock
        try:
            await store._writer.write(runs.recover)
        except BaseException:
            await store.close()
            raise
        return store

    @classmethod
    async def open_beside(cls, path: Path) -> "SqliteStore":
        """Open it for a command beside a running server, whose runs go on. Raises StoreUnusable."""
        writer = await Writer.open(lambda: connect(path))
        reader = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store-reader")
        try:
            db = await asyncio.get_running_loop().run_in_executor(reader, connect_reader, path)
        except BaseException:
            reader.shutdown(wait=False)
            await writer.close()
            raise
        return cls(writer, reader, db)

    async def close(self) -> None:
        """Store what is waiting, close both connections and let another process serve."""
        await self._read(lambda db: db.close())
        self._reader.shutdown()
        await self._writer.close()
        if self._lock is not None:
            self._lock.release()

    async def _read(self, work: Callable[[Database], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._reader, work, self._db)
        except sqlite3.Error as error:
            raise StoreFailed(str(error)) from error

    async def create_conversation(self, visitor_id: str, backend_choice: str) -> Conversation:
        """Begin a conversation."""
        conversation = Conversation(new_id(), visitor_id, backend_choice, 0)
        await self._writer.write(lambda db: conversations.create(db, conversation))
        return conversation

    async def conversation(self, conversation_id: str) -> Conversation | None:
        """The conversation, or None."""
        return await self._read(lambda db: conversations.read(db, conversation_id))

    async def turns(self, conversation_id: str) -> list[StoredTurn]:
        """Oldest first."""
        return await self._read(lambda db: conversations.read_turns(db, conversation_id))

    async def message_id(self, conversation_id: str, client_msg_id: str) -> str | None:
        """The id of a message that was stored."""
        return await self._read(lambda db: conversations.message_id(db, conversation_id, client_msg_id))

    async def answered(self, conversation_id: str, message_id: str) -> bool:
        """Whether a reply that did not fail, or another message, follows."""
        return await self._read(lambda db: conversations.answered(db, conversation_id, message_id))

    async def erased(self, conversation_ids: Collection[str]) -> set[str]:
        """Which of these are gone."""
        return await self._read(lambda db: conversations.erased(db, conversation_ids))

    async def begin_run(
        self, conversation_id: str, run: NewRun, client_msg_id: str, text: str, last_seq: int
    ) -> tuple[str, Dialogue]:
        """Store a message and the run that will answer it."""
        message = {"id": new_id(), "role": "user", "text": text, "client_msg_id": client_msg_id}

        def work(db: Database) -> tuple[str, Dialogue]:
            runs.begin(db, conversation_id, run, last_seq)
            conversations.append_turn(db, conversation_id, message)
            return message["id"], conversations.read_dialogue(db, conversation_id)

        return await self._writer.write(work)

    async def begin_again(self, conversation_id: str, run: NewRun, last_seq: int) -> Dialogue:
        """Store another run for the newest message."""

        def work(db: Database) -> Dialogue:
            runs.begin(db, conversation_id, run, last_seq)
            return conversations.read_dialogue(db, conversation_id)

        return await self._writer.write(work)

    async def show(self, run_id: str, text: str, last_seq: int) -> None:
        """Keep the text so far of a running reply."""
        await self._writer.write(lambda db: runs.show(db, run_id, text, last_seq))

    async def finish_run(self, conversation_id: str, run: NewRun, outcome: Outcome, last_seq: int) -> None:
        """Store the reply and close the run."""
        await self._writer.write(
            lambda db: runs.finish(db, conversation_id, run, outcome, last_seq), patience_s=FOREVER_S
        )

    async def erase(self, visitors: Collection[str], conversations: Collection[str]) -> Belongings:
        """Take people and conversations out."""
        erased = await self._writer.write(lambda db: erasure.erase(db, visitors, conversations))
        await self._writer.alone(lambda db: erasure.scrub(db, PATIENCE_S))
        return erased

    async def rate(
        self, conversation_id: str, turn_id: str, rating: Rating, reasons: list[str], comment: str
    ) -> bool:
        """Store a thumb."""
        return await self._writer.write(
            lambda db: feedback.rate(db, conversation_id, turn_id, rating, reasons, comment)
        )
