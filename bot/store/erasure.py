"""Takes people and conversations out of a database, and marks them so that nothing is learnt from them again."""

from collections.abc import Collection
from pathlib import Path

from bot.store.sqlite.archive import open_archive
from bot.store.sqlite.store import SqliteStore
from bot.store.tombstones import TOMBSTONES, TRILANE, bury, mark_of, visitor_marks
from bot.store.values import Belongings


def find(database: Path, visitors: Collection[str], conversations: Collection[str]) -> Belongings:
    """What a database holds of them, without changing it. Raises StoreUnusable."""
    with open_archive(database) as archive:
        return archive.belongings(visitors, conversations)


async def erase(
    database: Path, home: Path, visitors: Collection[str], conversations: Collection[str]
) -> Belongings:
    """Erase them, beside a running server or without one; their marks stay in `home`.

    Raises StoreUnusable, StoreBusy.
    """
    store = await SqliteStore.open_beside(database)
    try:
        known = find(database, visitors, conversations)
        marks = [mark for visitor in visitors for mark in visitor_marks(TRILANE, visitor)]
        marks += [mark_of("conversation", one) for one in {*known.conversations, *conversations}]
        # Marked first: whatever stops this, what is left is never learnt from.
        bury(home / TOMBSTONES, marks)
        return await store.erase(visitors, conversations)
    finally:
        await store.close()
