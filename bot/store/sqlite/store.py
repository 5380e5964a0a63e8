"""What was said, by whom and how it was liked: one thread owns the database."""

import asyncio
import json
import os
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlite_utils import Database

from bot.answer import Source
from bot.dialogue import Dialogue
from bot.errors import StoreUnusable
from bot.store.sqlite.migrations import connect, reading
from bot.store.values import Conversation, NewRun, Outcome, StoredTurn

__all__ = [
    "Conversation",
    "NewRun",
    "Outcome",
    "Store",
    "StoredTurn",
    "check_database",
    "helpful_dialogues",
    "new_id",
]
T = TypeVar("T")
SEQ_GAP = 1_000_000


def new_id() -> str:
    """Unguessable: whoever knows a visitor's id may read the visitor's conversations."""
    return secrets.token_urlsafe(16)


def now() -> str:
    """UTC, ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class Store:
    """Async methods over one connection, which lives in one thread."""

    def __init__(self, executor: ThreadPoolExecutor, db: Database) -> None:
        self._executor, self._db = executor, db

    @classmethod
    async def open(cls, path: Path) -> "Store":
        """Open or create the database; runs that a dead process left behind become finished with `error`.

        Raises StoreUnusable.
        """
        executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")
        try:
            db = await asyncio.get_running_loop().run_in_executor(executor, connect, path)
            store = cls(executor, db)
            await store._call(store._recover)
        except BaseException:
            executor.shutdown(wait=False)
            raise
        return store

    async def close(self) -> None:
        """Finish what is queued and close the connection."""
        await self._call(lambda db: db.conn.close())
        self._executor.shutdown()

    async def _call(self, work: Callable[[Database], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work, self._db)

    @staticmethod
    def _recover(db: Database) -> None:
        with db.atomic():
            # Deltas of a dead run were numbered but not stored: a gap keeps their numbers from being reused.
            db.execute(
                "UPDATE conversations SET last_seq = last_seq + ? "
                "WHERE id IN (SELECT conversation_id FROM runs WHERE state = 'running')",
                [SEQ_GAP],
            )
            # What they had written is lost; that they failed is not.
            dead = "SELECT id AS run_id, conversation_id, message_id, backend, artefact_sha256 FROM runs "
            for run in list(db.query(f"{dead} WHERE state = 'running'")):
                conversation_id, message_id = run.pop("conversation_id"), run.pop("message_id")
                lost = {"id": message_id, "role": "assistant", "text": "", "finish_reason": "error"}
                append_turn(db, conversation_id, lost | run)
            db.execute(
                "UPDATE runs SET state = 'finished', finish_reason = 'error', finished_at = ? "
                "WHERE state = 'running'",
                [now()],
            )

    async def create_conversation(self, visitor_id: str, backend_choice: str) -> Conversation:
        """Begin a conversation, and know the visitor from now on."""
        conversation = Conversation(new_id(), visitor_id, backend_choice, 0)

        def work(db: Database) -> None:
            with db.atomic():
                db.execute("INSERT OR IGNORE INTO visitors VALUES (?, ?)", [visitor_id, now()])
                insert(db, "conversations", asdict(conversation) | {"created_at": now()})

        await self._call(work)
        return conversation

    async def conversation(self, conversation_id: str) -> Conversation | None:
        """The conversation, or None where there is no such one."""

        def work(db: Database) -> Conversation | None:
            sql = "SELECT id, visitor_id, backend_choice, last_seq FROM conversations WHERE id = ?"
            return next((Conversation(**row) for row in db.query(sql, [conversation_id])), None)

        return await self._call(work)

    async def turns(self, conversation_id: str) -> list[StoredTurn]:
        """Oldest first."""
        return await self._call(lambda db: read_turns(db, conversation_id))

    async def message_id(self, conversation_id: str, client_msg_id: str) -> str | None:
        """The id of the customer's message that was stored under the client's own id, if it was."""

        def work(db: Database) -> str | None:
            sql = "SELECT id FROM turns WHERE conversation_id = ? AND client_msg_id = ?"
            row = db.execute(sql, [conversation_id, client_msg_id]).fetchone()
            return row[0] if row else None

        return await self._call(work)

    async def begin_run(
        self, conversation_id: str, run: NewRun, client_msg_id: str, text: str, last_seq: int
    ) -> tuple[str, Dialogue]:
        """Store the customer's message and the run that will answer it.

        Returns the message's id and the dialogue to answer; replies that failed are left out of it.
        """
        message_id = new_id()

        def work(db: Database) -> Dialogue:
            with db.atomic():
                append_turn(
                    db,
                    conversation_id,
                    {"id": message_id, "role": "user", "text": text, "client_msg_id": client_msg_id},
                )
                insert_run(db, conversation_id, run, last_seq)
            return read_dialogue(db, conversation_id)

        return message_id, await self._call(work)

    async def begin_again(self, conversation_id: str, run: NewRun, last_seq: int) -> Dialogue:
        """Store another run for the newest message, whose reply failed; returns the dialogue to answer."""

        def work(db: Database) -> Dialogue:
            with db.atomic():
                insert_run(db, conversation_id, run, last_seq)
            return read_dialogue(db, conversation_id)

        return await self._call(work)

    async def answered(self, conversation_id: str, message_id: str) -> bool:
        """Whether a reply that did not fail, or another message, follows the customer's message."""

        def work(db: Database) -> bool:
            sql = (
                "SELECT 1 FROM turns WHERE conversation_id = ? AND (role = 'user' OR finish_reason != 'error') "
                "AND position > (SELECT position FROM turns WHERE id = ?)"
            )
            return db.execute(sql, [conversation_id, message_id]).fetchone() is not None

        return await self._call(work)

    async def finish_run(self, conversation_id: str, run: NewRun, outcome: Outcome, last_seq: int) -> None:
        """Store the reply, whole or cut short, and close the run."""

        def work(db: Database) -> None:
            with db.atomic():
                reply = {
                    "id": run.message_id,
                    "role": "assistant",
                    "text": outcome.text,
                    "run_id": run.id,
                    "backend": run.backend,
                    "artefact_sha256": run.artefact_sha256,
                    "finish_reason": outcome.finish_reason,
                    "sources": json.dumps([asdict(source) for source in outcome.sources], ensure_ascii=False),
                }
                append_turn(db, conversation_id, reply)
                db.execute(
                    "UPDATE runs SET state = 'finished', finish_reason = ?, prompt_tokens = ?, "
                    "completion_tokens = ?, ttft_ms = ?, duration_ms = ?, finished_at = ? WHERE id = ?",
                    [
                        outcome.finish_reason,
                        outcome.prompt_tokens,
                        outcome.completion_tokens,
                        outcome.ttft_ms,
                        outcome.duration_ms,
                        now(),
                        run.id,
                    ],
                )
                set_last_seq(db, conversation_id, last_seq)

        await self._call(work)

    async def rate(
        self, conversation_id: str, turn_id: str, rating: str, reasons: list[str], comment: str
    ) -> bool:
        """Store a thumb with the arm it is about; a later one replaces it.

        False where the conversation has no such reply.
        """

        def work(db: Database) -> bool:
            with db.atomic():
                at = now()
                stored = db.execute(
                    "INSERT INTO feedback SELECT id, ?, ?, ?, backend, artefact_sha256, ?, ? FROM turns "
                    "WHERE id = ? AND conversation_id = ? AND role = 'assistant' "
                    "ON CONFLICT (turn_id) DO UPDATE SET rating = excluded.rating, "
                    "reasons = excluded.reasons, comment = excluded.comment, updated_at = excluded.updated_at",
                    [rating, json.dumps(reasons, ensure_ascii=False), comment, at, at, turn_id, conversation_id],
                )
                return stored.rowcount == 1

        return await self._call(work)


def insert(db: Database, table: str, row: dict[str, Any]) -> None:
    """One row, inside the caller's transaction; names come from this module only."""
    names, places = ", ".join(row), ", ".join("?" * len(row))
    db.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", list(row.values()))  # noqa: S608


def append_turn(db: Database, conversation_id: str, turn: dict[str, Any]) -> None:
    """The next turn of the conversation."""
    sql = "SELECT COALESCE(MAX(position) + 1, 0) FROM turns WHERE conversation_id = ?"
    (position,) = db.execute(sql, [conversation_id]).fetchone()
    place = {"conversation_id": conversation_id, "position": position, "created_at": now()}
    insert(db, "turns", turn | place)


def insert_run(db: Database, conversation_id: str, run: NewRun, last_seq: int) -> None:
    """A run that begins now."""
    begun = {"conversation_id": conversation_id, "state": "running", "started_at": now()}
    insert(db, "runs", asdict(run) | begun)
    set_last_seq(db, conversation_id, last_seq)


def read_dialogue(db: Database, conversation_id: str) -> Dialogue:
    """What a backend answers: every turn but replies that are empty or failed."""
    turns = [turn for turn in read_turns(db, conversation_id) if turn.text and turn.finish_reason != "error"]
    return Dialogue(tuple(turn.as_turn() for turn in turns), conversation_id)


def set_last_seq(db: Database, conversation_id: str, last_seq: int) -> None:
    """Remember the newest frame's number."""
    db.execute("UPDATE conversations SET last_seq = ? WHERE id = ?", [last_seq, conversation_id])


def read_turns(db: Database, conversation_id: str) -> list[StoredTurn]:
    """The conversation's turns with their ratings, oldest first."""
    sql = (
        "SELECT id, role, text, finish_reason, sources, rating FROM turns "
        "LEFT JOIN feedback ON turn_id = id WHERE conversation_id = ? ORDER BY position"
    )
    return [
        StoredTurn(**row | {"sources": tuple(Source(**source) for source in json.loads(row["sources"]))})
        for row in db.query(sql, [conversation_id])
    ]


def helpful_dialogues(path: Path) -> Iterator[Dialogue]:
    """Every reply that a customer found helpful, as a dialogue that ends with it.

    The dialogue's id is the conversation's, so that a split by conversation keeps them together.
    Raises StoreUnusable.
    """
    sql = (
        "SELECT turns.conversation_id, turns.id FROM feedback JOIN turns ON turns.id = feedback.turn_id "
        "WHERE feedback.rating = 'up' AND turns.finish_reason IN ('stop', 'length') AND turns.text != '' "
        "ORDER BY turns.created_at, turns.id"
    )
    with reading(path) as db:
        for conversation_id, turn_id in list(db.execute(sql).fetchall()):
            turns = read_turns(db, conversation_id)
            end = next(place for place, turn in enumerate(turns) if turn.id == turn_id)
            said = tuple(turn.as_turn() for turn in turns[: end + 1] if turn.text)
            yield Dialogue(said, conversation_id)


def check_database(path: Path) -> str:
    """What is in the database, in one line, without changing it. Raises StoreUnusable where it cannot serve."""
    nearest = next(place for place in (path, *path.absolute().parents) if place.exists())
    if (nearest != path and not nearest.is_dir()) or not os.access(nearest, os.W_OK):
        raise StoreUnusable(path, f"{nearest} cannot be written")
    if nearest != path:
        return f"{path}, to be created"
    with reading(path) as db:
        conversations, ratings = (db.table(name).count for name in ("conversations", "feedback"))
        return f"{path}, {conversations} conversations, {ratings} ratings"
