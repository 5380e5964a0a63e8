"""The store in SQLite keeps the contract."""

from contextlib import AbstractContextManager
from pathlib import Path

from bot.store.protocol import Archive, Store
from bot.store.sqlite.archive import open_archive
from bot.store.sqlite.store import SqliteStore
from tests.bot.store.contract import StoreContract


class TestSqliteStore(StoreContract):
    async def open(self, place: Path) -> Store:
        return await SqliteStore.open(place / "chat.db")

    async def crash(self, store: Store) -> None:
        # Every write was on disk when it returned; a clean close adds nothing to it.
        await store.close()

    def archive(self, place: Path) -> AbstractContextManager[Archive]:
        return open_archive(place / "chat.db")
