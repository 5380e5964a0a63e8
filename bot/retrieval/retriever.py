"""The help centre in memory: passages and sentences found by embeddings and full-text search together."""

import threading
from dataclasses import dataclass

import numpy as np
from sqlite_utils import Database

from bot.models.embedder import Embedder, Vectors
from bot.retrieval.articles import Passage
from bot.retrieval.rules import SearchRules
from bot.retrieval.sentences import content_words

STOCK = SearchRules()


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found; `score` is comparable within one search only, `cosine` across searches.

    `reranked` is the score of the re-ranker, where it was asked about this one.
    """

    passage: Passage
    score: float
    cosine: float
    reranked: float | None = None


@dataclass(frozen=True, slots=True)
class SentenceHit:
    """A sentence of a passage with its cosine to the question."""

    sentence: str
    passage: Passage
    cosine: float


def passage_document(passage: Passage) -> str:
    """What is embedded of a passage."""
    return f"{passage.title}. {passage.heading}. {passage.text}"


def sentence_document(passage: Passage, sentence: str) -> str:
    """What is embedded of a sentence: its article's title says what it is about."""
    return f"{passage.title}: {sentence}"


class Knowledge:
    """A searchable help centre; may be asked from any thread. `state` names its articles and its embedder."""

    def __init__(self, passages: list[Passage], embedder: Embedder, database: Database, state: str) -> None:
        self.passages, self.state = passages, state
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

    def vectors(self) -> dict[str, Vectors]:
        """Everything that is embedded here, by the text that it was computed from."""
        known = dict(zip(map(passage_document, self.passages), self._passage_vectors, strict=True))
        for (sentence, owner), vector in zip(self._sentences, self._sentence_vectors, strict=True):
            known[sentence_document(self.passages[owner], sentence)] = vector
        return known

    def search(self, question: str, limit: int = 5, rules: SearchRules = STOCK) -> list[Hit]:
        """The passages nearest to a question, best first."""
        return self._search(question, self.embedder.encode_queries([question])[0], limit, rules)

    def sentences(self, question: str, passages: list[Passage], limit: int = 4) -> list[SentenceHit]:
        """The sentences of `passages` nearest to a question, best first."""
        return self._nearest(self.embedder.encode_queries([question])[0], passages, limit)

    def find(
        self, question: str, *, passages: int, sentences: int | None, rules: SearchRules = STOCK
    ) -> tuple[list[Hit], list[SentenceHit]]:
        """The nearest passages and the nearest sentences in them, for one embedding of the question."""
        vector = self.embedder.encode_queries([question])[0]
        hits = self._search(question, vector, passages, rules)
        return hits, self._nearest(vector, [hit.passage for hit in hits], sentences)

    def _search(self, question: str, vector: Vectors, limit: int, rules: SearchRules) -> list[Hit]:
        passage_cosine = self._passage_vectors @ vector
        best_sentence = np.full(len(self.passages), -1.0, dtype=np.float32)
        np.maximum.at(best_sentence, self._owner, self._sentence_vectors @ vector)
        cosine = rules.passage_weight * passage_cosine + rules.sentence_weight * best_sentence
        score = cosine + rules.bm25_weight * self._bm25(question)
        order = np.argsort(-score, kind="stable")[:limit]
        return [Hit(self.passages[i], float(score[i]), float(cosine[i])) for i in order]

    def _nearest(self, vector: Vectors, passages: list[Passage], limit: int | None) -> list[SentenceHit]:
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
