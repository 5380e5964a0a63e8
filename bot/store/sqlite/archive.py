"""The store as reports, training and the doctor see it: read-only, beside a running server or without one."""

import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlite_utils import Database

from bot.errors import StoreUnusable
from bot.store.sqlite import conversations, erasure, reports
from bot.store.sqlite.connection import reading
from bot.store.values import ArmCounts, Belongings, PastConversation


class SqliteArchive:
    """See bot.store.protocol.Archive."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def arms(self, experiment: str) -> list[ArmCounts]:
        """Counts of an experiment's arms."""
        return reports.arms(self._db, experiment)

    def belongings(self, visitors: Collection[str], conversations: Collection[str]) -> Belongings:
        """What there is of somebody."""
        return erasure.belongings(self._db, visitors, conversations)

    def conversations(self) -> Iterator[PastConversation]:
        """Every conversation, oldest first."""
        return conversations.past(self._db)


@contextmanager
def open_archive(path: Path) -> Iterator[SqliteArchive]:
    """Read a database without changing it. Raises StoreUnusable."""
    with reading(path) as db:
        yield SqliteArchive(db)


def check_database(path: Path) -> str:
    """What is in the database, in one line, without changing it. Raises StoreUnusable where it cannot serve."""
    nearest = next(place for place in (path, *path.absolute().parents) if place.exists())
    if (nearest != path and not nearest.is_dir()) or not os.access(nearest, os.W_OK):
        raise StoreUnusable(path, f"{nearest} cannot be written")
    if nearest != path:
        return f"{path}, to be created"
    with reading(path) as db:
        counted = (db.table(name).count for name in ("conversations", "feedback"))
        return "{}, {} conversations, {} ratings".format(path, *counted)
