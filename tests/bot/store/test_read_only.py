"""A database where nothing can be written: it is read, or the reason is one sentence."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.errors import StoreUnusable
from bot.store.sqlite.archive import open_archive
from bot.store.sqlite.store import SqliteStore
from tests.bot.store.contract import exchange, outcome, run_named

KEPT = Path(__file__).parents[2] / "kept" / "fd0808f" / "chat.db"
NOBODY = 65534


@pytest.fixture
def locked_folder() -> Iterator[Path]:
    """A folder that everybody may enter, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="trilane-read-only-"))
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


@contextmanager
def as_nobody() -> Iterator[None]:
    """Rights mean nothing to root: as somebody to whom they do."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """All that is in the folder may be read, and nothing may be written."""
    for file in folder.iterdir():
        file.chmod(0o444)
    folder.chmod(0o555)
    with as_nobody():
        yield


async def serve(folder: Path) -> SqliteStore:
    """A store with one answered question."""
    store = await SqliteStore.open(folder / "chat.db")
    conversation = await store.create_conversation("ann", "auto")
    await exchange(store, conversation.id, 1, outcome("Yes."), "up", run_named("r1", "spring"))
    return store


def visitors(database: Path) -> list[str]:
    with open_archive(database) as archive:
        return [one.visitor_id for one in archive.conversations()]


async def test_a_database_that_was_closed_is_read(locked_folder: Path) -> None:
    store = await serve(locked_folder)
    await store.close()
    with read_only(locked_folder), open_archive(locked_folder / "chat.db") as archive:
        (arm,) = archive.arms("spring")
    assert (arm.answers, arm.helpful) == (1, 1)


def test_an_older_database_is_read(locked_folder: Path) -> None:
    shutil.copy(KEPT, locked_folder / "chat.db")
    with read_only(locked_folder):
        assert len(visitors(locked_folder / "chat.db")) == 4


async def test_a_database_that_is_being_served_is_read_with_what_is_newest(locked_folder: Path) -> None:
    store = await serve(locked_folder)
    with read_only(locked_folder):
        assert visitors(locked_folder / "chat.db") == ["ann"]
    await store.close()


async def test_a_database_without_its_index_is_refused_with_the_way_out(
    locked_folder: Path, tmp_path: Path
) -> None:
    store = await serve(tmp_path)
    for name in ("chat.db", "chat.db-wal"):
        shutil.copy(tmp_path / name, locked_folder / name)
    await store.close()
    with read_only(locked_folder), pytest.raises(StoreUnusable, match=r"copy chat\.db and chat\.db-wal to a"):
        visitors(locked_folder / "chat.db")
    # As it says.
    shutil.copytree(locked_folder, tmp_path / "own", copy_function=shutil.copyfile)
    (tmp_path / "own").chmod(0o755)
    assert visitors(tmp_path / "own" / "chat.db") == ["ann"]


def test_a_file_that_may_not_be_read_is_refused(locked_folder: Path) -> None:
    shutil.copy(KEPT, locked_folder / "chat.db")
    (locked_folder / "chat.db").chmod(0)
    with as_nobody(), pytest.raises(StoreUnusable, match=r"Permission denied\); read it as its owner"):
        visitors(locked_folder / "chat.db")
