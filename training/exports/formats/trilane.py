"""The conversations that Trilane itself had."""

from collections.abc import Iterator
from pathlib import Path

from bot.store.learnable import MarkedTurn, learnable
from bot.store.sqlite.archive import open_archive
from bot.store.tombstones import Tombstones
from training.exports.conversation import ExportedConversation, ExportedMessage, utc


def read_database(path: Path) -> Iterator[ExportedConversation]:
    """Every conversation of the store with the turns that training may see, oldest first. Raises StoreUnusable.

    Those of erased people are among them: ingest leaves them out of every export, and counts them.
    """
    with open_archive(path) as archive:
        for one in learnable(archive.conversations(), Tombstones([])):
            messages = tuple(_message(marked) for marked in one.turns if marked.mark != "left out")
            if messages:
                yield ExportedConversation(messages, one.id, one.visitor_id)


def _message(marked: MarkedTurn) -> ExportedMessage:
    turn = marked.turn
    return ExportedMessage(
        turn.role,
        turn.text,
        utc(turn.created_at),
        turn.role,
        articles=turn.articles,
        rating=turn.rating,
        context_only=marked.context_only,
    )
