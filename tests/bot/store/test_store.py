"""The database: what it refuses, what it mends."""

import sqlite3
from pathlib import Path

import pytest

from bot.errors import StoreUnusable
from bot.store.sqlite.archive import check_database, open_archive
from bot.store.sqlite.connection import APPLICATION_ID, connect
from bot.store.sqlite.store import SqliteStore
from bot.store.values import NewRun, Outcome


def run_named(name: str) -> NewRun:
    return NewRun(name, f"reply-{name}", "prompted", "sha", "chosen", None)


def outcome(text: str) -> Outcome:
    return Outcome(text, "stop", (), 1, 1, 1, 2)


def execute(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


async def refusal(path: Path) -> str:
    """What the server says; training and reports refuse the same file."""
    with pytest.raises(StoreUnusable) as writing:
        await SqliteStore.open(path)
    with pytest.raises(StoreUnusable), open_archive(path) as archive:
        archive.arms("first")
    return str(writing.value)


async def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    path.write_bytes(b"Dear diary, today" * 100)
    assert "not a database" in await refusal(path)
    assert path.read_bytes() == b"Dear diary, today" * 100


async def test_a_database_of_another_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    execute(path, "CREATE TABLE orders (id INTEGER)")
    before = path.read_bytes()
    assert "another program" in await refusal(path)
    assert path.read_bytes() == before


async def test_a_database_with_another_marker_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "fossil.db"
    execute(path, f"PRAGMA application_id = {APPLICATION_ID + 1}", "PRAGMA user_version = 1")
    assert "another program" in await refusal(path)


async def test_a_database_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "chat.db"
    connect(path).close()
    execute(
        path,
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) "
        "VALUES ('trilane', '9999_future', '2030-01-01')",
    )
    assert "newer Trilane (9999_future)" in await refusal(path)


async def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert "cannot be opened" in await refusal(tmp_path / "file" / "chat.db")
    assert "cannot be opened" in await refusal(Path("/proc/trilane/chat.db"))


def test_a_missing_database_is_not_created_by_reading_it(tmp_path: Path) -> None:
    with pytest.raises(StoreUnusable, match="no such file"), open_archive(tmp_path / "chat.db"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_the_connection_is_in_wal_mode_with_foreign_keys(tmp_path: Path) -> None:
    db = connect(tmp_path / "new" / "chat.db")
    assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert db.execute("PRAGMA foreign_keys").fetchone() == (1,)
    with pytest.raises(sqlite3.IntegrityError):
        db.execute("INSERT INTO conversations VALUES ('c', 'nobody', 'auto', 0, '')")
    db.close()


async def test_a_run_of_a_dead_process_is_closed_and_its_numbers_are_not_reused(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path / "chat.db")
    conversation = await store.create_conversation("v", "prompted")
    await store.begin_run(conversation.id, run_named("r1"), "m1", "Hi", 2)
    await store.close()
    store = await SqliteStore.open(tmp_path / "chat.db")
    after = await store.conversation(conversation.id)
    await store.close()
    assert after is not None
    assert after.last_seq > 4096
    db = connect(tmp_path / "chat.db")
    assert db.execute("SELECT state, finish_reason FROM runs").fetchall() == [("finished", "error")]
    replies = "SELECT id, text, finish_reason, run_id FROM turns WHERE role = 'assistant'"
    assert db.execute(replies).fetchall() == [("reply-r1", "", "error", "r1")]
    db.close()


def test_the_doctor_is_told_what_a_database_holds_without_making_one(tmp_path: Path) -> None:
    path = tmp_path / "new" / "chat.db"
    assert check_database(path).endswith("to be created")
    assert list(tmp_path.iterdir()) == []
    connect(path).close()
    assert "0 conversations, 0 ratings" in check_database(path)
    with pytest.raises(StoreUnusable, match="cannot be written"):
        check_database(path / "chat.db")
