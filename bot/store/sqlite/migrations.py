"""The schema as numbered migrations that are never edited, and the only ways to open a database.

The tables are plain, to be read in Datasette: foreign keys, UTC ISO timestamps, JSON where a list stands.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from bot.errors import StoreUnusable

APPLICATION_ID = int.from_bytes(b"TriL", "big")
migrations = Migrations("trilane")


@migrations(name="0001_conversations")
def conversations(db: Database) -> None:
    """Visitors, conversations, turns, runs and feedback."""
    statements = """
    CREATE TABLE visitors (id TEXT PRIMARY KEY, created_at TEXT NOT NULL);
    CREATE TABLE conversations (
        id TEXT PRIMARY KEY,
        visitor_id TEXT NOT NULL REFERENCES visitors(id),
        backend_choice TEXT NOT NULL,
        last_seq INTEGER NOT NULL DEFAULT 0,
        created_at TEXT NOT NULL
    );
    CREATE TABLE runs (
        id TEXT PRIMARY KEY,
        conversation_id TEXT NOT NULL REFERENCES conversations(id),
        message_id TEXT NOT NULL,
        backend TEXT NOT NULL,
        arm_source TEXT NOT NULL CHECK (arm_source IN ('chosen', 'experiment')),
        experiment TEXT,
        artefact_sha256 TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('running', 'finished')),
        finish_reason TEXT,
        prompt_tokens INTEGER,
        completion_tokens INTEGER,
        ttft_ms INTEGER,
        duration_ms INTEGER,
        started_at TEXT NOT NULL,
        finished_at TEXT
    );
    CREATE TABLE turns (
        id TEXT PRIMARY KEY,
        conversation_id TEXT NOT NULL REFERENCES conversations(id),
        position INTEGER NOT NULL,
        role TEXT NOT NULL,
        text TEXT NOT NULL,
        client_msg_id TEXT,
        run_id TEXT REFERENCES runs(id),
        backend TEXT,
        artefact_sha256 TEXT,
        finish_reason TEXT,
        sources TEXT NOT NULL DEFAULT '[]',
        created_at TEXT NOT NULL,
        UNIQUE (conversation_id, client_msg_id),
        UNIQUE (conversation_id, position)
    );
    CREATE TABLE feedback (
        turn_id TEXT PRIMARY KEY REFERENCES turns(id),
        rating TEXT NOT NULL CHECK (rating IN ('up', 'down')),
        reasons TEXT NOT NULL,
        comment TEXT NOT NULL,
        backend TEXT NOT NULL,
        artefact_sha256 TEXT NOT NULL,
        created_at TEXT NOT NULL,
        updated_at TEXT NOT NULL
    );
    CREATE INDEX conversations_visitor ON conversations (visitor_id);
    CREATE INDEX runs_conversation ON runs (conversation_id);
    CREATE INDEX runs_experiment ON runs (experiment, backend)
    """
    for statement in statements.split(";"):
        db.execute(statement)


NAMES = {"0001_conversations"}


def refuse_strangers(db: Database, path: Path) -> None:
    """Raise StoreUnusable for a database of another program, or of a newer Trilane."""
    (marker,) = db.execute("PRAGMA application_id").fetchone()
    if marker != APPLICATION_ID and (marker or db.table_names()):
        raise StoreUnusable(path, "it belongs to another program; choose another file with TRILANE_DATABASE")
    newer = sorted({migration.name for migration in migrations.applied(db)} - NAMES)
    if newer:
        raise StoreUnusable(path, f"it was written by a newer Trilane ({', '.join(newer)}); update this one")


def connect(path: Path) -> Database:
    """Open for writing, creating the file and bringing an older one up to date. Raises StoreUnusable."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path)
    except (OSError, sqlite3.Error) as error:
        raise StoreUnusable(path, f"it cannot be opened for writing: {error}") from error
    try:
        db = Database(connection)
        refuse_strangers(db, path)
        db.execute("PRAGMA journal_mode = WAL").fetchone()
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("PRAGMA foreign_keys = ON")
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        migrations.apply(db)
    except sqlite3.Error as error:
        connection.close()
        raise StoreUnusable(path, f"it cannot be used: {error}") from error
    except StoreUnusable:
        connection.close()
        raise
    return db


@contextmanager
def reading(path: Path) -> Iterator[Database]:
    """Open read-only, as training and reports do beside a running server. Raises StoreUnusable."""
    if not path.is_file():
        raise StoreUnusable(path, "there is no such file")
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    try:
        db = Database(connection)
        refuse_strangers(db, path)
        if migrations.pending(db):
            raise StoreUnusable(path, "it holds no conversations of this version; start the server once")
        yield db
    except sqlite3.Error as error:
        raise StoreUnusable(path, f"it cannot be read: {error}") from error
    finally:
        connection.close()
