"""The conversations that Trilane itself had."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.store.sqlite.connection import reading
from training.exports.conversation import Conversation, Message, utc


def read_database(path: Path) -> Iterator[Conversation]:
    """Every conversation of the store with its turns that were finished, oldest first.

    Replies that failed or were cancelled are no messages. Raises StoreUnusable.
    """
    sql = (
        "SELECT role, text, sources, turns.created_at AS at, rating FROM turns "
        "LEFT JOIN feedback ON turn_id = id WHERE conversation_id = ? AND TRIM(text) != '' "
        "AND COALESCE(finish_reason, 'stop') NOT IN ('error', 'cancelled') ORDER BY position"
    )
    with reading(path) as db:
        conversations = "SELECT id, visitor_id FROM conversations ORDER BY created_at, id"
        for conversation_id, visitor in db.execute(conversations).fetchall():
            messages = tuple(_message(row) for row in db.query(sql, [conversation_id]))
            if messages:
                yield Conversation(messages, conversation_id, visitor)


def _message(row: dict[str, Any]) -> Message:
    articles = tuple(dict.fromkeys(source["article"] for source in json.loads(row["sources"])))
    return Message(row["role"], row["text"], utc(row["at"]), row["role"], articles=articles, rating=row["rating"])
