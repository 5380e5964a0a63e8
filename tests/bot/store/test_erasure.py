"""Erasure leaves no byte in the files, a mark in HOME, and a running server alone."""

import sqlite3
from pathlib import Path

import pytest

from bot.errors import StoreBusy
from bot.store.erasure import erase, find
from bot.store.sqlite.connection import connect
from bot.store.sqlite.erasure import scrub
from bot.store.sqlite.store import SqliteStore
from bot.store.tombstones import TOMBSTONES, Tombstones
from bot.store.values import Belongings, Conversation
from tests.bot.store.contract import exchange, outcome, run_named

SECRETS = (b"called Zarathustra", b"Zarathustra likes it", b"a comment on Zarathustra", b"Zarathustra is shown")


async def chat(store: SqliteStore, visitor: str, secret: str) -> Conversation:
    """Many turns, so that they fill pages of their own."""
    conversation = await store.create_conversation(visitor, "auto")
    for number in range(40):
        run = run_named(f"{visitor}{number}", "spring")
        await store.begin_run(conversation.id, run, f"m{number}", f"My cat is called {secret}. " * 20, 2)
        await store.show(run.id, f"{secret} is shown", 3)
        await store.finish_run(conversation.id, run, outcome(f"{secret} likes it. " * 20), 4)
        await store.rate(conversation.id, run.message_id, "up", [secret], f"a comment on {secret}")
    return conversation


def kept(folder: Path) -> bytes:
    """Every byte of every file."""
    return b"".join(file.read_bytes() for file in folder.iterdir() if file.is_file())


def log_bytes(database: Path) -> int:
    """The length of the log beside it."""
    return database.with_name(f"{database.name}-wal").stat().st_size


async def test_no_byte_is_left_beside_a_running_server(tmp_path: Path) -> None:
    database = tmp_path / "chat.db"
    server = await SqliteStore.open(database)
    conversation = await chat(server, "ann-who-asked", "Zarathustra")
    other = await chat(server, "bob", "Findus")
    before = kept(tmp_path)
    assert all(secret in before for secret in SECRETS)
    assert find(database, ["ann-who-asked"], []) == Belongings((conversation.id,), 80, 40)
    erased = await erase(database, tmp_path / "home", ["ann-who-asked"], [])
    assert erased == Belongings((conversation.id,), 80, 40)
    after = kept(tmp_path)
    assert b"Zarathustra" not in after
    assert b"ann-who-asked" not in after
    assert conversation.id.encode() not in after
    assert b"Findus" in after
    assert log_bytes(database) == 0
    # The server goes on, and knows what is gone.
    assert await server.erased([conversation.id, other.id]) == {conversation.id}
    assert len(await server.turns(other.id)) == 80
    await exchange(server, other.id, 99, outcome("Miaow."))
    await server.close()
    stones = Tombstones([tmp_path / "home" / TOMBSTONES])
    assert stones.cover(f"trilane:{conversation.id}", [])
    assert not stones.cover(f"trilane:{other.id}", [])


async def test_what_an_earlier_version_deleted_goes_from_the_file_too(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path / "chat.db")
    conversation = await chat(store, "bob", "Findus")
    await store.close()
    # Without `secure_delete`, SQLite only forgets where a row was.
    older = sqlite3.connect(tmp_path / "chat.db")
    older.execute("PRAGMA secure_delete = OFF").fetchone()
    older.executemany("INSERT INTO visitors VALUES (?, '')", [(f"Zarathustra {number}",) for number in range(500)])
    older.commit()
    older.execute("DELETE FROM visitors WHERE id LIKE 'Zarathustra%'")
    older.commit()
    older.close()
    assert b"Zarathustra" in kept(tmp_path)
    await erase(tmp_path / "chat.db", tmp_path / "home", [], [conversation.id])
    assert b"Zarathustra" not in kept(tmp_path)


async def test_what_remains_has_no_name_no_text_and_no_time(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path / "chat.db")
    conversation = await chat(store, "ann", "Zarathustra")
    await store.erase([], [conversation.id])
    await store.close()
    db = connect(tmp_path / "chat.db")
    (unit,) = db.query("SELECT * FROM erased_units")
    tables = ("visitors", "conversations", "turns", "runs", "feedback")
    assert {table: db.table(table).count for table in tables} == dict.fromkeys(tables, 0)
    db.close()
    assert len(unit.pop("day")) == len("2026-01-31")
    assert unit.pop("id") not in ("ann", conversation.id)
    assert unit == {
        "arm_source": "experiment",
        "experiment": "spring",
        "backend": "prompted",
        "artefact_sha256": "a" * 64,
        "release_sha256": "r" * 64,
        "visitors": 1,
        "answers": 40,
        "failed": 0,
        "cancelled": 0,
        "rated": 40,
        "helpful": 40,
    }


def test_a_reader_who_never_ends_is_told_of(tmp_path: Path) -> None:
    db = connect(tmp_path / "chat.db")
    db.execute("PRAGMA busy_timeout = 1").fetchone()
    db.execute("INSERT INTO visitors VALUES ('ann', '')")
    other = sqlite3.connect(tmp_path / "chat.db", isolation_level=None)
    other.execute("BEGIN")
    other.execute("SELECT * FROM visitors").fetchall()
    with pytest.raises(StoreBusy):
        scrub(db, patience_s=0)
    other.execute("COMMIT")
    scrub(db, patience_s=0)
    other.close()
    db.close()
