"""The index of a help centre on disk: built once for each state of the articles and the embedder."""

import hashlib
import logging
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path

from sqlite_utils import Database

from bot.files import replacing
from bot.models.embedder import BATCH, Embedder, Vectors
from bot.retrieval.articles import Article, Passage, read_articles
from bot.retrieval.cutting import cut
from bot.retrieval.retriever import Knowledge, passage_document, sentence_document

log = logging.getLogger(__name__)


def open_knowledge(folder: Path, embedder: Embedder, home: Path) -> Knowledge:
    """Read the help centre and its index. Raises KnowledgeInvalid."""
    return index_articles(read_articles(folder), embedder, home)


def passages_of(article: Article, embedder: Embedder) -> list[Passage]:
    """An article's passages, none of which is longer than what the embedder reads."""
    return cut(article, lambda passage: embedder.reads(passage_document(passage)))


def index_file(home: Path, state: str) -> Path:
    """Where the index of a state of the articles and the embedder lies."""
    return home / "knowledge" / f"{state[:16]}.db"


def index_articles(
    articles: Sequence[Article], embedder: Embedder, home: Path, *, known: Knowledge | None = None
) -> Knowledge:
    """The index of these articles; what `known` has embedded already is taken from it."""
    passages = [passage for article in articles for passage in passages_of(article, embedder)]
    digest = hashlib.sha256(repr((embedder.identity, passages)).encode()).hexdigest()
    file = index_file(home, digest)
    if file.is_file():
        try:
            return _open(file, passages, embedder, digest)
        except (sqlite3.DatabaseError, ValueError) as error:
            # It is only a cache of what the articles say.
            log.warning("the index %s is damaged (%s); it is built anew", file, error)
            file.unlink(missing_ok=True)
    _build(file, passages, embedder, known.vectors() if known else {})
    return _open(file, passages, embedder, digest)


def _open(file: Path, passages: list[Passage], embedder: Embedder, state: str) -> Knowledge:
    connection = sqlite3.connect(file, check_same_thread=False)
    try:
        return Knowledge(passages, embedder, Database(connection), state)
    except BaseException:
        connection.close()
        raise


def _build(file: Path, passages: list[Passage], embedder: Embedder, known: Mapping[str, Vectors]) -> None:
    """Write the index beside its place and move it there when it is whole."""
    with replacing(file) as work:
        with sqlite3.connect(work) as connection:
            database = Database(connection)
            vectors = _embedded([passage_document(passage) for passage in passages], embedder, known)
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
            documents = [sentence_document(passages[index], text) for index, text in sentences]
            vectors = _embedded(documents, embedder, known)
            database.table("sentences").insert_all(
                {"id": number, "passage_id": index, "text": text, "embedding": vectors[number].tobytes()}
                for number, (index, text) in enumerate(sentences)
            )
        connection.close()


def _embedded(documents: Sequence[str], embedder: Embedder, known: Mapping[str, Vectors]) -> list[Vectors]:
    """The vector of each document; only what is not known yet is computed."""
    new = [document for document in documents if document not in known]
    vectors = dict(known)
    # Beside a server that answers, no question waits for the embedder longer than for one batch.
    step = BATCH if known else max(len(new), 1)
    for start in range(0, len(new), step):
        part = new[start : start + step]
        vectors.update(zip(part, embedder.encode_documents(part), strict=True))
    return [vectors[document] for document in documents]
