"""One process serves a database at a time; commands beside it go on."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.errors import StoreUnusable
from bot.store.lock import ServingLock
from bot.store.sqlite.archive import open_archive
from bot.store.sqlite.store import SqliteStore
from bot.store.values import NewRun

# Says that it serves, and goes on doing so until its input ends.
SERVE = """
import asyncio, sys
from pathlib import Path
from bot.store.sqlite.store import SqliteStore

async def serve():
    await SqliteStore.open(Path(sys.argv[1]))
    print("serving", flush=True)
    sys.stdin.read()

asyncio.run(serve())
"""


def start_serving(database: Path) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(database)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "serving\n"
    return process


async def test_a_second_server_is_refused_with_the_first_ones_process_until_that_is_dead(tmp_path: Path) -> None:
    database = tmp_path / "chat.db"
    with start_serving(database) as first:
        with pytest.raises(StoreUnusable, match=f"process {first.pid} serves it already"):
            await SqliteStore.open(database)
        (tmp_path / "other.db").symlink_to(database)
        with pytest.raises(StoreUnusable, match=f"process {first.pid} "):
            await SqliteStore.open(tmp_path / "other.db")
        first.kill()
    store = await SqliteStore.open(database)
    assert (tmp_path / "chat.db.lock").read_text(encoding="ascii") == f"{os.getpid()}\n"
    await store.close()


async def test_commands_beside_a_server_are_not_refused_and_its_replies_go_on(tmp_path: Path) -> None:
    database = tmp_path / "chat.db"
    server = await SqliteStore.open(database)
    conversation = await server.create_conversation("ann", "prompted")
    run = NewRun("r", "a", "prompted", "sha", "chosen", None)
    await server.begin_run(conversation.id, run, "m", "Hi", 2)
    beside = await SqliteStore.open_beside(database)
    await beside.create_conversation("bob", "prompted")
    await beside.close()
    with open_archive(database) as archive:
        assert [one.visitor_id for one in archive.conversations()] == ["ann", "bob"]
    assert [turn.role for turn in await server.turns(conversation.id)] == ["user"]
    with pytest.raises(StoreUnusable):
        ServingLock.take(database)
    await server.close()
    ServingLock.take(database).release()


def names(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


def rights(*paths: Path) -> set[int]:
    return {path.stat().st_mode & 0o777 for path in paths}


async def test_what_lies_in_home_is_its_owners_alone(tmp_path: Path) -> None:
    home = tmp_path / "new" / "home"
    store = await SqliteStore.open(home / "chat.db")
    await store.create_conversation("ann", "prompted")
    assert names(home) == {"chat.db", "chat.db-wal", "chat.db-shm", "chat.db.lock"}
    assert rights(*(home / name for name in names(home))) == {0o600}
    assert rights(home, home.parent) == {0o700}
    await store.close()


async def test_nothing_is_put_beside_a_strangers_file(tmp_path: Path) -> None:
    (tmp_path / "notes.db").write_bytes(b"Dear diary" * 100)
    with pytest.raises(StoreUnusable):
        await SqliteStore.open(tmp_path / "notes.db")
    assert names(tmp_path) == {"notes.db"}
