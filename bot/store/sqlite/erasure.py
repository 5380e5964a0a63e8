"""Erasure: every text of a person goes, and no byte of it is left in the file; numbers without a name remain."""

import json
import sqlite3
import time
from collections.abc import Collection

from sqlite_utils import Database

from bot.errors import StoreBusy
from bot.store.sqlite.conversations import insert
from bot.store.sqlite.writer import is_busy
from bot.store.values import Belongings, new_id

THEIRS = """
SELECT id FROM conversations
WHERE visitor_id IN (SELECT value FROM json_each(?)) OR id IN (SELECT value FROM json_each(?))
ORDER BY created_at, rowid
"""
COUNTS = """
SELECT COUNT(*), COUNT(rating) FROM turns LEFT JOIN feedback ON turn_id = turns.id
WHERE conversation_id IN (SELECT value FROM json_each(?))
"""
# A visitor counts once in an arm: with what is erased only where nothing of them is left there.
UNITS = """
SELECT visitor_id, arm_source, experiment, runs.backend, runs.artefact_sha256, runs.release_sha256,
       SUBSTR(MIN(started_at), 1, 10) AS day,
       NOT EXISTS (
           SELECT 1 FROM runs AS other JOIN conversations AS c ON c.id = other.conversation_id
           WHERE c.visitor_id = conversations.visitor_id AND other.state = 'finished'
           AND other.arm_source = runs.arm_source AND other.experiment IS runs.experiment
           AND other.backend = runs.backend AND other.artefact_sha256 = runs.artefact_sha256
           AND other.release_sha256 IS runs.release_sha256
           AND c.id NOT IN (SELECT value FROM json_each(:ids))
       ) AS visitors,
       SUM(finish_reason NOT IN ('error', 'cancelled')) AS answers,
       SUM(finish_reason = 'error') AS failed,
       SUM(finish_reason = 'cancelled') AS cancelled,
       SUM(finish_reason NOT IN ('error', 'cancelled') AND rating IS NOT NULL) AS rated,
       SUM(finish_reason NOT IN ('error', 'cancelled') AND rating IS 'up') AS helpful
FROM runs
JOIN conversations ON conversations.id = runs.conversation_id
LEFT JOIN feedback ON feedback.turn_id = runs.message_id
WHERE state = 'finished' AND conversations.id IN (SELECT value FROM json_each(:ids))
GROUP BY visitor_id, arm_source, experiment, runs.backend, runs.artefact_sha256, runs.release_sha256
"""
# In the order of the foreign keys.
DELETIONS = (
    "DELETE FROM feedback WHERE turn_id IN "
    "(SELECT id FROM turns WHERE conversation_id IN (SELECT value FROM json_each(:ids)))",
    "DELETE FROM turns WHERE conversation_id IN (SELECT value FROM json_each(:ids))",
    "DELETE FROM runs WHERE conversation_id IN (SELECT value FROM json_each(:ids))",
    "DELETE FROM conversations WHERE id IN (SELECT value FROM json_each(:ids))",
)
VISITORS = "DELETE FROM visitors WHERE NOT EXISTS (SELECT 1 FROM conversations WHERE visitor_id = visitors.id)"


def belongings(db: Database, visitors: Collection[str], conversations: Collection[str]) -> Belongings:
    """What the store holds of these visitors and conversations."""
    named = [json.dumps(sorted(visitors)), json.dumps(sorted(conversations))]
    ids = [row[0] for row in db.execute(THEIRS, named).fetchall()]
    turns, ratings = db.execute(COUNTS, [json.dumps(ids)]).fetchone()
    return Belongings(tuple(ids), turns, ratings)


def erase(db: Database, visitors: Collection[str], conversations: Collection[str]) -> Belongings:
    """Delete them, inside the caller's transaction; a unit without a name remains of each visitor."""
    found = belongings(db, visitors, conversations)
    ids = {"ids": json.dumps(found.conversations)}
    units: dict[str, str] = {}
    for row in list(db.query(UNITS, ids)):
        unit = units.setdefault(row.pop("visitor_id"), new_id())
        insert(db, "erased_units", {"id": unit, **row})
    for deletion in DELETIONS:
        db.execute(deletion, ids)
    db.execute(VISITORS)
    return found


def scrub(db: Database, patience_s: float) -> None:
    """Write the file anew without what was deleted, and empty the log beside it; outside of a transaction.

    Raises StoreBusy where other programs read or write for longer than `patience_s`.
    """
    began_s = time.monotonic()
    vacuumed = False
    # Each try waits for a lock as long as the connection's busy time-out.
    while True:
        try:
            if not vacuumed:
                db.execute("VACUUM")
                vacuumed = True
            (busy, *_) = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if not busy:
                return
        except sqlite3.OperationalError as error:
            if not is_busy(error):
                raise
        if time.monotonic() - began_s > patience_s:
            raise StoreBusy(time.monotonic() - began_s)
