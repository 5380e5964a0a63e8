"""Which act a message is: kernel ridge regression on the examples of a prompt, questions among them.

A message is near an example by its embedding and by runs of letters, which survive a typo. The fit has a closed
form, so that it is the same on every start and takes a fraction of a second.
Source: Rasmussen and Williams, Gaussian Processes for Machine Learning (2006), chapter 6.5 (least-squares
classification).
"""

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.answering.wording import plain
from bot.files import replacing
from bot.models.embedder import Embedder, Vectors
from bot.prompting.replies import ActsSection, FixedReply


@dataclass(frozen=True, slots=True)
class Scored:
    """The act that fits best, how far above questions it scores, and how near its nearest example is."""

    reply: FixedReply
    margin: float
    cosine: float


class Classifier:
    """Fitted when it is made; what was embedded once lies in `home`, where there is one."""

    def __init__(
        self, rules: ActsSection, replies: Sequence[FixedReply], embedder: Embedder, home: Path | None
    ) -> None:
        self._rules, self._replies, self._embedder = rules, tuple(replies), embedder
        texts = [(place, plain(text)) for place, reply in enumerate(replies) for text in reply.examples]
        texts += [(len(self._replies), plain(text)) for text in rules.questions]
        self._class = np.array([place for place, _ in texts], dtype=np.int64)
        known = [text for _, text in texts]
        self._vectors, self._grams = _embedded(known, embedder, home), letter_runs(known)
        wanted = np.eye(len(self._replies) + 1)[self._class]
        kernel, _ = self._kernel(self._vectors, self._grams)
        self._weights = np.linalg.solve(kernel + rules.ridge * np.eye(len(known)), wanted)

    def scored(self, texts: Sequence[str]) -> list[Scored]:
        """The best act of each text, in one embedding of all. There is at least one reply with examples."""
        known = [plain(text) for text in texts]
        kernel, cosines = self._kernel(self._embedder.encode_queries(known), letter_runs(known))
        values = kernel @ self._weights
        found = []
        for value, cosine in zip(values, cosines, strict=True):
            best = int(np.argmax(value[:-1]))
            nearest = float(cosine[self._class == best].max(initial=-1.0))
            found.append(Scored(self._replies[best], float(value[best] - value[-1]), nearest))
        return found

    def margins(self, text: str, vectors: Vectors) -> dict[str, float]:
        """How far above questions each act scores for a plain text, by the act's name; `vectors` embeds it."""
        kernel, _ = self._kernel(vectors, letter_runs([text]))
        (values,) = kernel @ self._weights
        return {
            reply.name: float(value - values[-1])
            for reply, value in zip(self._replies, values[:-1], strict=True)
            if reply.examples
        }

    def _kernel(self, vectors: Vectors, grams: Vectors) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """How near each of N texts is to each of the M examples: kernel and cosine, both (N, M)."""
        weight = self._rules.letter_weight
        cosine = vectors.astype(np.float64) @ self._vectors.astype(np.float64).T
        near = (cosine + weight * (grams.astype(np.float64) @ self._grams.astype(np.float64).T)) / (1 + weight)
        return np.exp((near - 1) / self._rules.width), cosine


def letter_runs(texts: Sequence[str], size: int = 1024) -> Vectors:
    """Hashed counts of runs of two to four letters, square-rooted, of length one; shape (len(texts), size)."""
    runs = np.zeros((len(texts), size), dtype=np.float32)
    for row, text in zip(runs, texts, strict=True):
        kept = f" {''.join(mark for mark in text if mark.isalnum() or mark in ' ?!')} "
        for length in (2, 3, 4):
            for place in range(len(kept) - length + 1):
                row[zlib.crc32(kept[place : place + length].encode()) % size] += 1
    runs = np.sqrt(runs)
    lengths = np.linalg.norm(runs, axis=1, keepdims=True)
    return np.asarray(runs / np.maximum(lengths, 1e-6), dtype=np.float32)


def _embedded(texts: Sequence[str], embedder: Embedder, home: Path | None) -> Vectors:
    """The examples' vectors, from the disk where they were computed before."""
    if home is None:
        return embedder.encode_queries(texts)
    state = hashlib.sha256(repr((embedder.identity, list(texts))).encode()).hexdigest()
    file = home / "acts" / f"{state[:16]}.npy"
    if file.is_file():
        try:
            vectors: Vectors = np.load(file, allow_pickle=False)
        except (ValueError, EOFError, OSError):
            # It is only a cache of what the prompt says.
            file.unlink(missing_ok=True)
        else:
            return vectors
    vectors = embedder.encode_queries(texts)
    with replacing(file) as work, work.open("wb") as out:
        np.save(out, vectors)
    return vectors
