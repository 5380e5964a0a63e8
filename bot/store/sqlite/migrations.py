"""The schema as numbered migrations that are never edited.

The tables are plain, to be read in Datasette: foreign keys, UTC ISO timestamps, JSON where a list stands.
"""

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

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


@migrations(name="0002_releases")
def releases(db: Database) -> None:
    """What a turn was answered from, what the bot did, what may be learnt, and what a running reply has shown.

    `runs.shown` is NULL again when the reply is a turn. `turns.learn` is an agent's word: 1, 0, or NULL where
    nobody said. `erased_units` is what remains of an erased visitor: a random id, and counts for each arm.
    """
    statements = """
    ALTER TABLE runs ADD COLUMN release_sha256 TEXT;
    ALTER TABLE runs ADD COLUMN shown TEXT;
    ALTER TABLE turns ADD COLUMN release_sha256 TEXT;
    ALTER TABLE turns ADD COLUMN decision TEXT;
    ALTER TABLE turns ADD COLUMN learn INTEGER CHECK (learn IN (0, 1));
    ALTER TABLE feedback ADD COLUMN release_sha256 TEXT;
    CREATE INDEX runs_running ON runs (conversation_id) WHERE state = 'running';
    CREATE TABLE erased_units (
        id TEXT NOT NULL,
        day TEXT NOT NULL,
        arm_source TEXT NOT NULL,
        experiment TEXT,
        backend TEXT NOT NULL,
        artefact_sha256 TEXT NOT NULL,
        release_sha256 TEXT,
        visitors INTEGER NOT NULL,
        answers INTEGER NOT NULL,
        failed INTEGER NOT NULL,
        cancelled INTEGER NOT NULL,
        rated INTEGER NOT NULL,
        helpful INTEGER NOT NULL
    )
    """
    for statement in statements.split(";"):
        db.execute(statement)


@migrations(name="0003_decisions")
def decisions(db: Database) -> None:
    """What a reply offered to choose from, and the fixed reply that it gave."""
    db.execute("ALTER TABLE turns ADD COLUMN choices TEXT NOT NULL DEFAULT '[]'")
    db.execute("ALTER TABLE turns ADD COLUMN act TEXT")


NAMES = {"0001_conversations", "0002_releases", "0003_decisions"}
