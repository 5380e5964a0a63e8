"""Thumbs."""

import json

from sqlite_utils import Database

from bot.store.values import Rating, now


def rate(
    db: Database, conversation_id: str, turn_id: str, rating: Rating, reasons: list[str], comment: str
) -> bool:
    """A thumb with the arm it is about; a later one replaces it. False where there is no such reply."""
    at = now()
    stored = db.execute(
        "INSERT INTO feedback (turn_id, rating, reasons, comment, backend, artefact_sha256, release_sha256, "
        "created_at, updated_at) SELECT id, ?, ?, ?, backend, artefact_sha256, release_sha256, ?, ? FROM turns "
        "WHERE id = ? AND conversation_id = ? AND role = 'assistant' "
        "ON CONFLICT (turn_id) DO UPDATE SET rating = excluded.rating, "
        "reasons = excluded.reasons, comment = excluded.comment, updated_at = excluded.updated_at",
        [rating, json.dumps(reasons, ensure_ascii=False), comment, at, at, turn_id, conversation_id],
    )
    return stored.rowcount == 1
