"""The only ways to open a database: for writing, and for reading beside a running server."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlite_utils import Database

from bot.errors import StoreUnusable
from bot.files import make_private
from bot.store.sqlite.migrations import NAMES, migrations

APPLICATION_ID = int.from_bytes(b"TriL", "big")
# How long one attempt waits for another writer.
BUSY_S = 5.0


def refuse_strangers(db: Database, path: Path) -> None:
    """Raise StoreUnusable for a database of another program, or of a newer Trilane."""
    (marker,) = db.execute("PRAGMA application_id").fetchone()
    if marker != APPLICATION_ID and (marker or db.table_names()):
        raise StoreUnusable(path, "it belongs to another program; choose another file with TRILANE_DATABASE")
    newer = sorted({migration.name for migration in migrations.applied(db)} - NAMES)
    if newer:
        raise StoreUnusable(path, f"it was written by a newer Trilane ({', '.join(newer)}); update this one")


def open_ours(path: Path) -> Database:
    """Open for writing a database that is ours, or a new and empty one. Raises StoreUnusable."""
    try:
        make_private(path.parent)
        # What SQLite puts beside the file gets the same rights as the file.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        connection = sqlite3.connect(path, timeout=BUSY_S)
    except (OSError, sqlite3.Error) as error:
        raise StoreUnusable(path, f"it cannot be opened for writing: {error}") from error
    try:
        db = Database(connection)
        refuse_strangers(db, path)
    except sqlite3.Error as error:
        connection.close()
        raise StoreUnusable(path, f"it cannot be used: {error}") from error
    except StoreUnusable:
        connection.close()
        raise
    return db


def connect(path: Path) -> Database:
    """Open for writing, creating the file and bringing an older one up to date. Raises StoreUnusable."""
    db = open_ours(path)
    try:
        db.execute("PRAGMA journal_mode = WAL").fetchone()
        # A commit is on the disk when it returns, whatever becomes of the power.
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA foreign_keys = ON")
        db.execute("PRAGMA secure_delete = ON").fetchone()
        if migrations.pending(db):
            migrate(db)
            # Earlier versions left it to everybody's eyes.
            path.chmod(0o600)
    except (OSError, sqlite3.Error) as error:
        db.close()
        raise StoreUnusable(path, f"it cannot be used: {error}") from error
    return db


def connect_reader(path: Path) -> Database:
    """Another connection to a database that is open for writing; it never waits for a writer."""
    connection = sqlite3.connect(path, timeout=BUSY_S)
    connection.execute("PRAGMA query_only = ON")
    return Database(connection)


def migrate(db: Database) -> None:
    """Bring it up to date, or leave it as it was; another process may be about to do the same."""
    db.execute("BEGIN IMMEDIATE")
    with db.conn:
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        migrations.apply(db)


def _connect_read_only(path: Path) -> sqlite3.Connection:
    """Read beside a server, or where nothing can be written, not even SQLite's own files beside the database."""
    name = path.resolve()
    try:
        # SQLite only says that it cannot open it.
        name.open("rb").close()
    except OSError as error:
        raise StoreUnusable(path, f"it cannot be read ({error.strerror}); read it as its owner") from error
    connection = sqlite3.connect(f"{name.as_uri()}?mode=ro", uri=True, timeout=BUSY_S)
    try:
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()
        return connection
    except sqlite3.Error as error:
        connection.close()
        # The low byte of an extended code is its kind.
        if getattr(error, "sqlite_errorcode", 0) & 0xFF not in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
            raise
    log = name.with_name(f"{name.name}-wal")
    if log.exists() and log.stat().st_size:
        raise StoreUnusable(
            path,
            f"it was not closed, and what is newest in it cannot be read where its folder cannot be written; copy "
            f"{name.name} and {log.name} to a folder of your own",
        )
    # Without a log nobody is writing, so that what lies there is whole.
    return sqlite3.connect(f"{name.as_uri()}?mode=ro&immutable=1", uri=True)


@contextmanager
def reading(path: Path) -> Iterator[Database]:
    """Open read-only, as training and reports do beside a running server. Raises StoreUnusable.

    Of a database that an older Trilane left, a copy is brought up to date and read.
    """
    if not path.is_file():
        raise StoreUnusable(path, "there is no such file")
    try:
        connection = _connect_read_only(path)
    except sqlite3.Error as error:
        raise StoreUnusable(path, f"it cannot be read: {error}") from error
    copy = sqlite3.connect("")
    try:
        db = Database(connection)
        refuse_strangers(db, path)
        pending = {migration.name for migration in migrations.pending(db)}
        if pending == NAMES:
            raise StoreUnusable(path, "it holds no conversations; start the server once")
        if pending:
            connection.backup(copy)
            db = Database(copy)
            migrate(db)
        yield db
    except sqlite3.Error as error:
        raise StoreUnusable(path, f"it cannot be read: {error}") from error
    finally:
        connection.close()
        copy.close()
