"""Search by words: BM25 of SQLite's FTS5 over stemmed words, in memory."""

import sqlite3
import threading
from collections.abc import Sequence

import numpy as np

from bot.models.embedder import Vectors
from bot.retrieval.sentences import content_words

_RANKED = "SELECT rowid, rank FROM texts WHERE texts MATCH ? ORDER BY rank LIMIT 50"
_COUNTED = "SELECT count(*) FROM (SELECT 1 FROM texts WHERE texts MATCH ? LIMIT ?)"


class WordSearch:
    """Texts that are found by their words; may be asked from any thread.

    At most about `most` texts are ranked for a question, those of its rarest words: to rank all that hold a word
    that half of them hold takes long and says little.
    """

    def __init__(self, texts: Sequence[str], most: int = 10_000) -> None:
        self._count, self._most = len(texts), most
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(":memory:", check_same_thread=False)
        # The texts themselves are kept elsewhere.
        self._connection.execute("CREATE VIRTUAL TABLE texts USING fts5(text, tokenize='porter', content='')")
        self._connection.executemany("INSERT INTO texts (rowid, text) VALUES (?, ?)", enumerate(texts))

    def scores(self, question: str) -> Vectors:
        """BM25 of each text, scaled so that the best is 1; all but the best 50 have 0."""
        scores = np.zeros(self._count, dtype=np.float32)
        words = [f'"{word}"' for word in content_words(question)[:64]]
        with self._lock:
            if self._count > self._most:
                words = self._rare(words)
            for row, rank in self._connection.execute(_RANKED, [" OR ".join(words)]) if words else ():
                scores[row] = -rank
        best = scores.max(initial=0.0)
        return scores / best if best > 0 else scores

    def _rare(self, words: Sequence[str]) -> list[str]:
        """The rarest words, as many as `most` texts hold; one that a text holds, whatever it costs."""
        counts = {word: self._connection.execute(_COUNTED, [word, self._most]).fetchone()[0] for word in words}
        rare: list[str] = []
        ranked = 0
        for word in sorted(counts, key=lambda word: counts[word]):
            ranked += counts[word]
            if ranked > self._most and any(counts[before] for before in rare):
                break
            rare.append(word)
        return rare
