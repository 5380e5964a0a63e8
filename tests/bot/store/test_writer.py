"""Writes wait for other writers, share commits, and are acknowledged when they are on disk."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from sqlite_utils import Database

from bot.errors import StoreBusy, StoreFailed
from bot.store.sqlite.connection import connect
from bot.store.sqlite.store import SqliteStore
from bot.store.sqlite.writer import Writer
from tests.bot.store.contract import outcome, run_named

PATIENCE_S = 20


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "chat.db"


@pytest.fixture
async def writer(database: Path) -> AsyncIterator[Writer]:
    """One that tries for a fiftieth of a second at a time."""
    made = await Writer.open(lambda: connect(database), attempt_s=0.02)
    yield made
    await made.close()


@pytest.fixture
def other(database: Path) -> Iterator[sqlite3.Connection]:
    """Another program at the same database."""
    connect(database).close()
    connection = sqlite3.connect(database, timeout=PATIENCE_S, isolation_level=None)
    yield connection
    connection.close()


def add(name: str) -> Callable[[Database], str]:
    """A job that stores a visitor."""

    def work(db: Database) -> str:
        # A deferred transaction that has read cannot wait for another writer any more.
        db.execute("SELECT COUNT(*) FROM visitors").fetchone()
        db.execute("INSERT INTO visitors VALUES (?, '')", [name])
        return name

    return work


def visitors(connection: sqlite3.Connection) -> list[str]:
    return [row[0] for row in connection.execute("SELECT id FROM visitors ORDER BY rowid")]


async def test_a_write_waits_for_another_writer_as_long_as_its_patience(
    writer: Writer, other: sqlite3.Connection
) -> None:
    other.execute("BEGIN IMMEDIATE")
    other.execute("INSERT INTO visitors VALUES ('other', '')")
    waiting = asyncio.create_task(writer.write(add("patient")))
    # That this one gives up proves that both were tried.
    with pytest.raises(StoreBusy):
        await writer.write(add("hasty"), patience_s=0)
    assert not waiting.done()
    other.execute("COMMIT")
    assert await waiting == "patient"
    assert visitors(other) == ["other", "patient"]


async def test_reads_do_not_wait_for_a_writer_and_no_message_is_lost(database: Path) -> None:
    store = await SqliteStore.open(database)
    conversation = await store.create_conversation("ann", "prompted")
    other = sqlite3.connect(database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    asking = asyncio.create_task(store.begin_run(conversation.id, run_named("r1"), "m1", "Hi", 2))
    assert await store.turns(conversation.id) == []
    assert await store.conversation(conversation.id) == conversation
    assert not asking.done()
    other.execute("COMMIT")
    await asking
    other.execute("BEGIN IMMEDIATE")
    ending = asyncio.create_task(store.finish_run(conversation.id, run_named("r1"), outcome("Hello."), 5))
    assert len(await store.turns(conversation.id)) == 1
    other.execute("ROLLBACK")
    other.close()
    await ending
    assert [turn.text for turn in await store.turns(conversation.id)] == ["Hi", "Hello."]
    await store.close()


async def test_what_waits_shares_one_commit(writer: Writer, other: sqlite3.Connection) -> None:
    statements: list[str] = []
    await writer.write(lambda db: db.conn.set_trace_callback(statements.append))
    other.execute("BEGIN IMMEDIATE")
    waiting = [asyncio.create_task(writer.write(add(f"v{number}"))) for number in range(64)]
    with pytest.raises(StoreBusy):
        await writer.write(add("hasty"), patience_s=0)
    statements.clear()
    other.execute("COMMIT")
    assert len(await asyncio.gather(*waiting)) == 64
    assert statements.count("COMMIT") == 1
    assert visitors(other) == [f"v{number}" for number in range(64)]


async def test_nothing_is_acknowledged_before_it_is_committed(writer: Writer) -> None:
    armed, committing, go_on = threading.Event(), threading.Event(), threading.Event()

    def watch(statement: str) -> None:
        # SQLite calls this before it runs the statement.
        if statement == "COMMIT" and armed.is_set():
            committing.set()
            assert go_on.wait(PATIENCE_S)

    await writer.write(lambda db: db.conn.set_trace_callback(watch))
    armed.set()
    writing = asyncio.create_task(writer.write(add("ann")))
    assert await asyncio.to_thread(committing.wait, PATIENCE_S)
    for _ in range(10):
        await asyncio.sleep(0)
    assert not writing.done()
    go_on.set()
    await writing


async def test_one_that_fails_fails_alone(writer: Writer, other: sqlite3.Connection) -> None:
    def fail(db: Database) -> None:
        db.execute("INSERT INTO visitors VALUES ('half', '')")
        raise KeyError("a fault of ours")

    other.execute("BEGIN IMMEDIATE")
    good = [asyncio.create_task(writer.write(add(name))) for name in ("ann", "bob")]
    twice = asyncio.create_task(writer.write(add("ann")))
    bad = asyncio.create_task(writer.write(fail))
    with pytest.raises(StoreBusy):
        await writer.write(add("hasty"), patience_s=0)
    other.execute("COMMIT")
    assert await asyncio.gather(*good) == ["ann", "bob"]
    with pytest.raises(StoreFailed, match="UNIQUE"):
        await twice
    with pytest.raises(KeyError, match="a fault of ours"):
        await bad
    assert visitors(other) == ["ann", "bob"]


async def test_what_does_not_fit_on_the_disk_fails_alone(writer: Writer, other: sqlite3.Connection) -> None:
    await writer.write(lambda db: db.execute("PRAGMA max_page_count = 30").fetchone())
    other.execute("BEGIN IMMEDIATE")
    huge = asyncio.create_task(writer.write(add("x" * 1_000_000)))
    beside = [asyncio.create_task(writer.write(add(name))) for name in ("ann", "bob")]
    with pytest.raises(StoreBusy):
        await writer.write(add("hasty"), patience_s=0)
    other.execute("COMMIT")
    with pytest.raises(StoreFailed, match="full"):
        await huge
    assert await asyncio.gather(*beside) == ["ann", "bob"]
    assert visitors(other) == ["ann", "bob"]


async def test_what_waits_is_stored_before_the_end(database: Path) -> None:
    writer = await Writer.open(lambda: connect(database))
    writing = [asyncio.create_task(writer.write(add(f"v{number}"))) for number in range(8)]
    await asyncio.sleep(0)
    await writer.close()
    await asyncio.gather(*writing)
    other = sqlite3.connect(database)
    assert len(visitors(other)) == 8
    other.close()


def test_a_commit_waits_for_the_disk(database: Path) -> None:
    db = connect(database)
    # 2 is FULL: SQLite's documentation of PRAGMA synchronous.
    assert db.execute("PRAGMA synchronous").fetchone() == (2,)
    db.close()
