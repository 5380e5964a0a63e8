"""The index of a help centre on disk: built once for each state of the articles and the embedder."""

import hashlib
import logging
import sqlite3
from pathlib import Path

from sqlite_utils import Database

from bot.files import replacing
from bot.models.embedder import Embedder
from bot.retrieval.articles import Passage, cut, read_articles
from bot.retrieval.retriever import Knowledge

log = logging.getLogger(__name__)


def open_knowledge(folder: Path, embedder: Embedder, home: Path) -> Knowledge:
    """Read the help centre; its index is built once for each state of the articles and the embedder."""
    articles = read_articles(folder)
    passages = [passage for article in articles for passage in cut(article)]
    digest = hashlib.sha256(repr((embedder.identity, passages)).encode()).hexdigest()
    file = home / "knowledge" / f"{digest[:16]}.db"
    if file.is_file():
        try:
            return _open(file, passages, embedder, digest)
        except (sqlite3.DatabaseError, ValueError) as error:
            # It is only a cache of what the articles say.
            log.warning("the index %s is damaged (%s); it is built anew", file, error)
            file.unlink()
    _build(file, passages, embedder)
    return _open(file, passages, embedder, digest)


def _open(file: Path, passages: list[Passage], embedder: Embedder, state: str) -> Knowledge:
    connection = sqlite3.connect(file, check_same_thread=False)
    try:
        return Knowledge(passages, embedder, Database(connection), state)
    except BaseException:
        connection.close()
        raise


def _build(file: Path, passages: list[Passage], embedder: Embedder) -> None:
    """Write the index beside its place and move it there when it is whole."""
    with replacing(file) as work:
        with sqlite3.connect(work) as connection:
            database = Database(connection)
            vectors = embedder.encode_documents([f"{p.title}. {p.heading}. {p.text}" for p in passages])
            database.table("passages").insert_all(
                {
                    "id": index,
                    "article": passage.article,
                    "title": passage.title,
                    "heading": passage.heading,
                    "text": passage.text,
                    "embedding": vectors[index].tobytes(),
                }
                for index, passage in enumerate(passages)
            )
            database.table("passages").enable_fts(["title", "heading", "text"], tokenize="porter")
            sentences = [(index, text) for index, p in enumerate(passages) for text in p.sentences]
            vectors = embedder.encode_documents([f"{passages[index].title}: {text}" for index, text in sentences])
            database.table("sentences").insert_all(
                {"id": number, "passage_id": index, "text": text, "embedding": vectors[number].tobytes()}
                for number, (index, text) in enumerate(sentences)
            )
        connection.close()
