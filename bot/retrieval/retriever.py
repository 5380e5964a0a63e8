"""The help centre in memory: passages and sentences found by embeddings and full-text search together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bot.models.embedder import Embedder, Vectors
from bot.retrieval.articles import Article, Passage
from bot.retrieval.rules import SearchRules
from bot.retrieval.words import WordSearch

STOCK = SearchRules()


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found; `score` is comparable within one search only, `cosine` across searches.

    Where the re-ranker was asked about it, `likelihood` is the question's after it, the mean log-probability per
    token in nats, and `reranked` the score that it is ordered by.
    """

    passage: Passage
    score: float
    cosine: float
    reranked: float | None = None
    likelihood: float | None = None


@dataclass(frozen=True, slots=True)
class SentenceHit:
    """A sentence of a passage with its cosine to the question, and the re-ranker's score where it was asked.

    Where the reader read it, `judged` is its own word, in nats beside those of the other sentences and of none,
    and `read` the score that it is ordered by.
    """

    sentence: str
    passage: Passage
    cosine: float
    reranked: float | None = None
    judged: float | None = None
    read: float | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """What is searched for: its words, and the texts whose vectors are weighed together.

    To the score of passages of the `favoured` articles `favour` is added: they were answered from before.
    """

    words: str
    texts: tuple[tuple[str, float], ...]
    favoured: frozenset[str] = frozenset()
    favour: float = 0.0


def query_of_text(text: str) -> Query:
    """A text as it stands."""
    return Query(text, ((text, 1.0),))


def passage_document(passage: Passage) -> str:
    """What is embedded of a passage."""
    return f"{passage.title}. {passage.heading}. {passage.text}"


def sentence_document(passage: Passage, sentence: str) -> str:
    """What is embedded of a sentence: its article's title says what it is about."""
    return f"{passage.title}: {sentence}"


def documents_of(passages: Sequence[Passage], sentences: Sequence[Sequence[str]]) -> list[str]:
    """What is embedded of a help centre: all passages, then the sentences of each."""
    documents = [passage_document(passage) for passage in passages]
    for passage, said in zip(passages, sentences, strict=True):
        documents += [sentence_document(passage, sentence) for sentence in said]
    return documents


class Knowledge:
    """A searchable help centre; may be asked from any thread. `state` names its articles and its embedder."""

    def __init__(
        self,
        articles: Mapping[Article, Sequence[Passage]],
        sentences: Sequence[Sequence[str]],
        vectors: Vectors,
        embedder: Embedder,
        state: str,
    ) -> None:
        """`sentences` are those of each passage; `vectors` those of all passages, then of all sentences."""
        self.articles, self.embedder, self.state = articles, embedder, state
        self.passages = [passage for passages in articles.values() for passage in passages]
        self._slugs = np.array([passage.article for passage in self.passages])
        self._sentences = [sentence for said in sentences for sentence in said]
        self._owner = np.repeat(np.arange(len(self.passages)), [len(said) for said in sentences])
        ends = np.cumsum([0, *map(len, sentences)])
        self._places = {p: range(ends[i], ends[i + 1]) for i, p in enumerate(self.passages)}
        self._passage_vectors, self._sentence_vectors = np.split(vectors, [len(self.passages)])
        self._words = WordSearch([f"{p.title}\n{p.heading}\n{p.text}" for p in self.passages])

    def __contains__(self, passage: Passage) -> bool:
        return passage in self._places

    def sentences_of(self, passage: Passage) -> Sequence[str]:
        """The sentences of one of its passages."""
        return [self._sentences[place] for place in self._places[passage]]

    def vectors(self) -> dict[str, Vectors]:
        """Everything that is embedded here, by the text that it was computed from."""
        known = dict(zip(map(passage_document, self.passages), self._passage_vectors, strict=True))
        for sentence, owner, vector in zip(self._sentences, self._owner, self._sentence_vectors, strict=True):
            known[sentence_document(self.passages[owner], sentence)] = vector
        return known

    def search(self, question: str | Query, limit: int = 5, rules: SearchRules = STOCK) -> list[Hit]:
        """The passages nearest to a question, best first."""
        return self.search_all([question], limit, rules)[0]

    def search_all(
        self, questions: Sequence[str | Query], limit: int = 5, rules: SearchRules = STOCK
    ) -> list[list[Hit]]:
        """The same for each of many questions, embedded together."""
        queries = [query_of_text(one) if isinstance(one, str) else one for one in questions]
        return [
            self._search(query, vector, limit, rules)
            for query, vector in zip(queries, self._vectors(queries), strict=True)
        ]

    def sentences(self, question: str, passages: list[Passage], limit: int = 4) -> list[SentenceHit]:
        """The sentences of `passages` nearest to a question, best first."""
        return self._nearest(self.embedder.encode_queries([question])[0], passages, limit)

    def find(
        self,
        query: Query,
        *,
        passages: int,
        sentences: int | None,
        rules: SearchRules = STOCK,
        article: str | None = None,
    ) -> tuple[list[Hit], list[SentenceHit]]:
        """The nearest passages and the nearest sentences in them, for one embedding of the query.

        With `article`, those of this one only.
        """
        (vector,) = self._vectors([query])
        hits = self._search(query, vector, passages if article is None else len(self.passages), rules)
        if article is not None:
            hits = [hit for hit in hits if hit.passage.article == article][:passages]
        return hits, self._nearest(vector, [hit.passage for hit in hits], sentences)

    def _vectors(self, queries: Sequence[Query]) -> list[Vectors]:
        """For each query one of length one, between those of its texts."""
        texts = [text for query in queries for text, _ in query.texts]
        embedded = self.embedder.encode_queries(texts) if texts else ()
        found, place = [], 0
        for query in queries:
            weights = np.asarray([weight for _, weight in query.texts], dtype=np.float32)
            vector: Vectors = weights @ np.asarray(embedded[place : place + len(weights)])
            found.append(vector / max(float(np.linalg.norm(vector)), 1e-9))
            place += len(weights)
        return found

    def _search(self, query: Query, vector: Vectors, limit: int, rules: SearchRules) -> list[Hit]:
        passage_cosine = self._passage_vectors @ vector
        best_sentence = np.full(len(self.passages), -1.0, dtype=np.float32)
        np.maximum.at(best_sentence, self._owner, self._sentence_vectors @ vector)
        cosine = rules.passage_weight * passage_cosine + rules.sentence_weight * best_sentence
        score = cosine + rules.bm25_weight * self._words.scores(query.words)
        if query.favoured:
            score = score + query.favour * np.isin(self._slugs, list(query.favoured))
        order = np.argsort(-score, kind="stable")[:limit]
        return [Hit(self.passages[i], float(score[i]), float(cosine[i])) for i in order]

    def _nearest(self, vector: Vectors, passages: list[Passage], limit: int | None) -> list[SentenceHit]:
        found = [
            SentenceHit(self._sentences[place], passage, float(self._sentence_vectors[place] @ vector))
            for passage in dict.fromkeys(passages)
            for place in self._places[passage]
        ]
        return sorted(found, key=lambda hit: -hit.cosine)[:limit]
