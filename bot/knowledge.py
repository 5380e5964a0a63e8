"""The help centre: articles, cut into passages, found by embeddings and full-text search together."""

import hashlib
import logging
import os
import re
import sqlite3
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

import frontmatter
import numpy as np
import yaml
from sqlite_utils import Database

from bot.errors import KnowledgeInvalid
from bot.models.embedder import Embedder, Vectors

log = logging.getLogger(__name__)

# Weights of passage and best-sentence cosine, and of BM25 relative to the best hit.
PASSAGE_WEIGHT, SENTENCE_WEIGHT, BM25_WEIGHT = 0.5, 0.5, 0.1
MAX_PASSAGE_WORDS = 90
_WORD = re.compile(r"[^\W_]+", re.UNICODE)
# A sentence ends at . ! or ? before white space and a capital, a digit or an opening quote;
# "a.m." and "p.m." before a capital are rare enough to read as an end.
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[\"“(]?[A-Z0-9])")
_STOPWORDS = frozenset(
    _WORD.findall(
        "a an and are as at be but by can could do does for from had has have how i if in is it its me my of on "
        "or our so that the their them there they this to us was we what when where which who will with you your"
    )
)


@dataclass(frozen=True, slots=True)
class Article:
    """One help-centre page; the slug is its file's name."""

    slug: str
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of an article under one heading."""

    article: str
    title: str
    heading: str
    text: str

    @property
    def sentences(self) -> tuple[str, ...]:
        """The sentences of the passage, each quotable."""
        return split_sentences(self.text)


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found; `score` is comparable within one search only, `cosine` across searches."""

    passage: Passage
    score: float
    cosine: float


@dataclass(frozen=True, slots=True)
class SentenceHit:
    """A sentence of a passage with its cosine to the question."""

    sentence: str
    passage: Passage
    cosine: float


def split_sentences(text: str) -> tuple[str, ...]:
    """Sentences of running text; bullets and paragraphs end one too."""
    lines = (line.strip().removeprefix("- ") for line in text.splitlines())
    return tuple(part for line in lines if line for part in _SENTENCE_END.split(line))


def read_articles(folder: Path) -> list[Article]:
    """Every *.md of a folder, in order of slug. Raises KnowledgeInvalid naming the file."""
    files = sorted(folder.glob("*.md"))
    if not files:
        raise KnowledgeInvalid(f"help centre {folder}: there is no *.md article in it")
    articles = []
    for file in files:
        try:
            page = frontmatter.loads(file.read_text(encoding="utf-8"))
        except (UnicodeDecodeError, yaml.YAMLError) as error:
            raise KnowledgeInvalid(f"{file}: the front matter or text cannot be read: {error}") from error
        title = page.metadata.get("title")
        if not isinstance(title, str) or not title.strip():
            raise KnowledgeInvalid(f"{file}: the front matter has no title")
        if not page.content.strip():
            raise KnowledgeInvalid(f"{file}: the article is empty")
        articles.append(Article(file.stem, title.strip(), page.content))
    return articles


def cut(article: Article) -> list[Passage]:
    """Passages of at most about 90 words, never across a heading, never inside a paragraph."""
    passages: list[Passage] = []
    heading, paragraphs = "", list[str]()

    def flush() -> None:
        if paragraphs:
            passages.append(Passage(article.slug, article.title, heading, "\n".join(paragraphs)))
            paragraphs.clear()

    for block in re.split(r"\n\s*\n", article.body.replace("\r\n", "\n")):
        lines = block.strip().splitlines()
        if lines and lines[0].startswith("#"):
            flush()
            heading = lines.pop(0).lstrip("#").strip()
        # Wrapped lines belong together; a bullet begins a line of its own.
        text = re.sub(r"\n(?!\s*[-*] )\s*", " ", "\n".join(lines)).strip()
        text = re.sub(r"(?m)^\s*[-*] ", "- ", text)
        if not text:
            continue
        if paragraphs and len(" ".join([*paragraphs, text]).split()) > MAX_PASSAGE_WORDS:
            flush()
        paragraphs.append(text)
    flush()
    return passages


def content_words(text: str) -> list[str]:
    """Lower-case words that carry meaning."""
    return [word for word in (w.lower() for w in _WORD.findall(text)) if word not in _STOPWORDS]


class Knowledge:
    """A searchable help centre; may be asked from any thread."""

    def __init__(self, passages: list[Passage], embedder: Embedder, database: Database) -> None:
        self.passages = passages
        self.embedder = embedder
        self._database = database
        self._lock = threading.Lock()
        rows = list(database.table("sentences").rows_where(order_by="id"))
        self._sentences = [(str(row["text"]), int(row["passage_id"])) for row in rows]
        self._sentence_vectors = _matrix([row["embedding"] for row in rows])
        self._owner = np.array([passage for _, passage in self._sentences])
        self._sentences_of: dict[Passage, list[int]] = {passage: [] for passage in passages}
        for index, owner in enumerate(self._owner):
            self._sentences_of[passages[owner]].append(index)
        self._passage_vectors = _matrix(
            [row["embedding"] for row in database.table("passages").rows_where(order_by="id")]
        )

    def search(self, question: str, limit: int = 5, *, dense: float = 1.0, bm25: float = BM25_WEIGHT) -> list[Hit]:
        """The passages nearest to a question, best first; `dense` and `bm25` weigh the two searches."""
        return self._search(question, self.embedder.encode([question])[0], limit, dense, bm25)

    def sentences(self, question: str, passages: list[Passage], limit: int = 4) -> list[SentenceHit]:
        """The sentences of `passages` nearest to a question, best first."""
        return self._nearest(self.embedder.encode([question])[0], passages, limit)

    def find(self, question: str, *, passages: int, sentences: int) -> tuple[list[Hit], list[SentenceHit]]:
        """The nearest passages and the nearest sentences in them, for one embedding of the question."""
        vector = self.embedder.encode([question])[0]
        hits = self._search(question, vector, passages)
        return hits, self._nearest(vector, [hit.passage for hit in hits], sentences)

    def _search(
        self, question: str, vector: Vectors, limit: int, dense: float = 1.0, bm25: float = BM25_WEIGHT
    ) -> list[Hit]:
        passage_cosine = self._passage_vectors @ vector
        best_sentence = np.full(len(self.passages), -1.0, dtype=np.float32)
        np.maximum.at(best_sentence, self._owner, self._sentence_vectors @ vector)
        cosine = PASSAGE_WEIGHT * passage_cosine + SENTENCE_WEIGHT * best_sentence
        score = dense * cosine + bm25 * self._bm25(question)
        order = np.argsort(-score, kind="stable")[:limit]
        return [Hit(self.passages[i], float(score[i]), float(cosine[i])) for i in order]

    def _nearest(self, vector: Vectors, passages: list[Passage], limit: int) -> list[SentenceHit]:
        found = [
            SentenceHit(self._sentences[index][0], passage, float(self._sentence_vectors[index] @ vector))
            for passage in dict.fromkeys(passages)
            for index in self._sentences_of[passage]
        ]
        return sorted(found, key=lambda hit: -hit.cosine)[:limit]

    def _bm25(self, question: str) -> Vectors:
        """FTS5's BM25 for each passage, scaled so that the best is 1."""
        scores = np.zeros(len(self.passages), dtype=np.float32)
        words = content_words(question)[:64]
        if words:
            query = " OR ".join(f'"{word}"' for word in words)
            with self._lock:
                table = self._database.table("passages")
                for row in table.search(query, columns=["id"], include_rank=True, limit=50):
                    scores[row["id"]] = -row["rank"]
        best = scores.max(initial=0.0)
        return scores / best if best > 0 else scores


def _matrix(blobs: list[bytes]) -> Vectors:
    return np.stack([np.frombuffer(blob, dtype=np.float32) for blob in blobs])


def open_knowledge(folder: Path, embedder: Embedder, home: Path) -> Knowledge:
    """Read the help centre; its index is built once for each state of the articles and the embedder."""
    articles = read_articles(folder)
    passages = [passage for article in articles for passage in cut(article)]
    digest = hashlib.sha256(repr((embedder.identity, passages)).encode()).hexdigest()
    file = home / "knowledge" / f"{digest[:16]}.db"
    if file.is_file():
        try:
            return _open(file, passages, embedder)
        except (sqlite3.DatabaseError, ValueError) as error:
            # It is only a cache of what the articles say.
            log.warning("the index %s is damaged (%s); it is built anew", file, error)
            file.unlink()
    _build(file, passages, embedder)
    return _open(file, passages, embedder)


def _open(file: Path, passages: list[Passage], embedder: Embedder) -> Knowledge:
    connection = sqlite3.connect(file, check_same_thread=False)
    try:
        return Knowledge(passages, embedder, Database(connection))
    except BaseException:
        connection.close()
        raise


def _build(file: Path, passages: list[Passage], embedder: Embedder) -> None:
    """Write the index beside its place and move it there when it is whole."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".building-", suffix=".db", dir=file.parent)
    os.close(handle)
    try:
        with sqlite3.connect(name) as connection:
            database = Database(connection)
            vectors = embedder.encode([f"{p.title}. {p.heading}. {p.text}" for p in passages])
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
            vectors = embedder.encode([f"{passages[index].title}: {text}" for index, text in sentences])
            database.table("sentences").insert_all(
                {"id": number, "passage_id": index, "text": text, "embedding": vectors[number].tobytes()}
                for number, (index, text) in enumerate(sentences)
            )
        connection.close()
        Path(name).chmod(0o644)
        Path(name).replace(file)
    finally:
        Path(name).unlink(missing_ok=True)
