"""The index of a help centre: its passages, their sentences and the vectors of both, from disk or embedded now.

Embedding is kept in batches as it goes: where it is interrupted, the next one goes on.
"""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from rich.console import Console

from bot.models.embedder import BATCH, Embedder, Vectors
from bot.progress import Progress
from bot.retrieval.articles import Article, Passage, read_articles
from bot.retrieval.cutting import cut
from bot.retrieval.retriever import Knowledge, documents_of, passage_document
from bot.retrieval.vectors import VectorFile


def open_knowledge(folder: Path, embedder: Embedder, home: Path) -> Knowledge:
    """Read the help centre and its index. Raises KnowledgeInvalid."""
    return index_articles(read_articles(folder), embedder, home)


def passages_of(article: Article, embedder: Embedder) -> tuple[Passage, ...]:
    """An article's passages, none of which is longer than what the embedder reads."""
    return tuple(cut(article, lambda passage: embedder.reads(passage_document(passage))))


def index_articles(
    articles: Sequence[Article],
    embedder: Embedder,
    home: Path,
    *,
    known: Knowledge | None = None,
    console: Console | None = None,
) -> Knowledge:
    """The index of these articles; what `known` has cut and embedded is taken from it.

    Raises OSError, sqlite3.Error where the vectors cannot be kept.
    """
    cuts = {
        article: known.articles[article] if known and article in known.articles else passages_of(article, embedder)
        for article in articles
    }
    passages = [passage for found in cuts.values() for passage in found]
    sentences = [known.sentences_of(p) if known and p in known else p.sentences for p in passages]
    vectors = _vectors(
        documents_of(passages, sentences), embedder, VectorFile(home, embedder.identity), known, console
    )
    state = hashlib.sha256(repr((embedder.identity, passages)).encode()).hexdigest()
    return Knowledge(cuts, sentences, vectors, embedder, state)


def _vectors(
    documents: Sequence[str],
    embedder: Embedder,
    file: VectorFile,
    known: Knowledge | None,
    console: Console | None,
) -> Vectors:
    """The vector of each document; shape (len(documents), dimension). Only what is not known yet is computed."""
    found = known.vectors() if known else {}
    found |= file.known(document for document in documents if document not in found)
    new = list(dict.fromkeys(document for document in documents if document not in found))
    # Beside a server that answers, no question waits for the embedder longer than for one batch.
    step = BATCH if known else 8 * BATCH
    # Texts of one length are embedded together: the longer of two does not wait for the other's padding.
    new.sort(key=len)
    for part in _shown(new, step, console or Console(stderr=True)):
        vectors = dict(zip(part, embedder.encode_documents(part), strict=True))
        file.keep(vectors)
        found |= vectors
    return np.stack([found[document] for document in documents])


def _shown(documents: Sequence[str], step: int, console: Console) -> Iterator[Sequence[str]]:
    """The documents, `step` at a time, with the progress over them shown."""
    with Progress(console) as progress:
        # By characters: time is spent on them. Few texts take none.
        total, many = sum(map(len, documents)), len(documents) > step
        task = progress.add_task("Reading the help centre", total=total, visible=many)
        for start in range(0, len(documents), step):
            part = documents[start : start + step]
            yield part
            progress.advance(task, sum(map(len, part)))
