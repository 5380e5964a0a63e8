"""Conversations and their turns."""

import json
from collections.abc import Collection, Iterator
from dataclasses import asdict
from typing import Any

from sqlite_utils import Database

from bot.answer import Choice, Source
from bot.dialogue import Dialogue
from bot.errors import ConversationErased
from bot.store.values import Conversation, PastConversation, StoredTurn, now

TURNS = """
SELECT id, role, text, finish_reason, sources, rating, decision, learn, turns.created_at, choices, act FROM turns
LEFT JOIN feedback ON turn_id = id WHERE conversation_id = ? ORDER BY position
"""


def insert(db: Database, table: str, row: dict[str, Any]) -> None:
    """One row, inside the caller's transaction; names come from these modules only."""
    names, places = ", ".join(row), ", ".join("?" * len(row))
    db.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", list(row.values()))  # noqa: S608


def create(db: Database, conversation: Conversation) -> None:
    """A conversation, and its visitor where they are new."""
    db.execute("INSERT OR IGNORE INTO visitors VALUES (?, ?)", [conversation.visitor_id, now()])
    insert(db, "conversations", asdict(conversation) | {"created_at": now()})


def read(db: Database, conversation_id: str) -> Conversation | None:
    """One conversation, or None."""
    sql = "SELECT id, visitor_id, backend_choice, last_seq FROM conversations WHERE id = ?"
    return next((Conversation(**row) for row in db.query(sql, [conversation_id])), None)


def erased(db: Database, conversation_ids: Collection[str]) -> set[str]:
    """Which of these are gone."""
    sql = "SELECT id FROM conversations WHERE id IN (SELECT value FROM json_each(?))"
    there = db.execute(sql, [json.dumps(sorted(conversation_ids))]).fetchall()
    return set(conversation_ids) - {row[0] for row in there}


def raise_last_seq(db: Database, conversation_id: str, last_seq: int) -> None:
    """Remember the newest frame's number, which never goes back. Raises ConversationErased."""
    sql = "UPDATE conversations SET last_seq = MAX(last_seq, ?) WHERE id = ?"
    if db.execute(sql, [last_seq, conversation_id]).rowcount == 0:
        raise ConversationErased


def append_turn(db: Database, conversation_id: str, turn: dict[str, Any]) -> None:
    """The next turn of the conversation."""
    sql = "SELECT COALESCE(MAX(position) + 1, 0) FROM turns WHERE conversation_id = ?"
    (position,) = db.execute(sql, [conversation_id]).fetchone()
    place = {"conversation_id": conversation_id, "position": position, "created_at": now()}
    insert(db, "turns", turn | place)


def read_turns(db: Database, conversation_id: str) -> list[StoredTurn]:
    """The conversation's turns with their ratings, oldest first."""
    return [
        StoredTurn(
            **row
            | {
                "sources": tuple(Source(**source) for source in json.loads(row["sources"])),
                "choices": tuple(Choice(**choice) for choice in json.loads(row["choices"])),
            }
        )
        for row in db.query(TURNS, [conversation_id])
    ]


def read_dialogue(db: Database, conversation_id: str) -> Dialogue:
    """What a backend answers: every turn but replies that are empty or failed."""
    turns = [turn for turn in read_turns(db, conversation_id) if turn.text and turn.finish_reason != "error"]
    return Dialogue(tuple(turn.as_turn() for turn in turns), conversation_id)


def message_id(db: Database, conversation_id: str, client_msg_id: str) -> str | None:
    """The id of the message that has the client's own id."""
    sql = "SELECT id FROM turns WHERE conversation_id = ? AND client_msg_id = ?"
    row = db.execute(sql, [conversation_id, client_msg_id]).fetchone()
    return row[0] if row else None


def answered(db: Database, conversation_id: str, message: str) -> bool:
    """Whether a reply that did not fail, or another message, follows."""
    sql = (
        "SELECT 1 FROM turns WHERE conversation_id = ? AND (role = 'user' OR finish_reason != 'error') "
        "AND position > (SELECT position FROM turns WHERE id = ?)"
    )
    return db.execute(sql, [conversation_id, message]).fetchone() is not None


def past(db: Database) -> Iterator[PastConversation]:
    """Every conversation with its turns, oldest first."""
    for conversation_id, visitor_id in db.execute(
        "SELECT id, visitor_id FROM conversations ORDER BY created_at, rowid"
    ).fetchall():
        yield PastConversation(conversation_id, visitor_id, tuple(read_turns(db, conversation_id)))
