"""Which act a message is: kernel ridge regression on the examples of a prompt, questions among them.

A message is near an example by its embedding and by runs of letters, which survive a typo. The fit has a closed
form. Where `trilane-train acts` made it, it lies beside the prompt, with other shops' questions in it; else the
examples are embedded and fitted at the first start.
Source: Rasmussen and Williams, Gaussian Processes for Machine Learning (2006), chapters 6.5 (least-squares
classification) and 8.3.1 (subset of regressors).
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
from bot.prompting.examples import QUESTION
from bot.prompting.learnt_acts import LearntActs, state_of
from bot.prompting.replies import ActsSection, FixedReply

Classes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Scored:
    """The act that fits best, how far above questions it scores, and how near its nearest example is."""

    reply: FixedReply
    margin: float
    cosine: float


class Classifier:
    """What was embedded once lies in `home`, where there is one; `learnt` is what lies beside the prompt."""

    def __init__(
        self,
        rules: ActsSection,
        replies: Sequence[FixedReply],
        embedder: Embedder,
        home: Path | None = None,
        learnt: LearntActs | None = None,
    ) -> None:
        self._rules, self._replies, self._embedder = rules, tuple(replies), embedder
        self._class, known = examples_of(rules, replies)
        self._grams = letter_runs(known)
        if learnt and learnt.state == state(rules, replies, embedder):
            self._vectors, self._weights = learnt.vectors, learnt.weights
            return
        self._vectors = _embedded(known, embedder, home)
        self._weights = fitted(rules, self._class, self._vectors, self._grams, len(self._replies) + 1)

    def scored(self, texts: Sequence[str]) -> list[Scored]:
        """The best act of each text, in one embedding of all. There is at least one reply with examples."""
        known = [plain(text) for text in texts]
        values, cosines = self._values(self._embedder.encode_queries(known), letter_runs(known))
        found = []
        for value, cosine in zip(values, cosines, strict=True):
            best = int(np.argmax(value[:-1]))
            nearest = float(cosine[self._class == best].max(initial=-1.0))
            found.append(Scored(self._replies[best], float(value[best] - value[-1]), nearest))
        return found

    def margins(self, text: str, vectors: Vectors) -> dict[str, float]:
        """How far above questions each act scores for a plain text, by the act's name; `vectors` embeds it."""
        (values,), _ = self._values(vectors, letter_runs([text]))
        return {
            reply.name: float(value - values[-1])
            for reply, value in zip(self._replies, values[:-1], strict=True)
            if reply.examples
        }

    def _values(self, vectors: Vectors, grams: Vectors) -> tuple[Vectors, Vectors]:
        """Of each of N texts the score of every reply, then of questions, and its cosine with every example."""
        cosine = vectors @ self._vectors.T
        near = kernel(self._rules, cosine, grams @ self._grams.T)
        return np.asarray(near @ self._weights, dtype=np.float32), cosine


def examples_of(rules: ActsSection, replies: Sequence[FixedReply]) -> tuple[Classes, list[str]]:
    """The class of each example, the place of its reply or, of a question, the next one; and all plain texts."""
    texts = [(place, plain(text)) for place, reply in enumerate(replies) for text in reply.examples]
    texts += [(len(replies), plain(text)) for text in rules.questions]
    return np.array([place for place, _ in texts], dtype=np.int64), [text for _, text in texts]


def state(rules: ActsSection, replies: Sequence[FixedReply], embedder: Embedder) -> str:
    """What a fit depends on, in one word."""
    texts = {reply.name: reply.examples for reply in replies} | {QUESTION: rules.questions}
    return state_of(embedder.identity, texts, (rules.width, rules.ridge, rules.letter_weight, rules.balance))


def kernel(rules: ActsSection, cosine: Vectors, runs: Vectors) -> Vectors:
    """How near texts are, from the cosines of their embeddings and of their letter runs, of one shape."""
    weight = rules.letter_weight
    near = (cosine + weight * runs) / (1 + weight)
    return np.asarray(np.exp((near - 1) / rules.width), dtype=np.float32)


def fitted(
    rules: ActsSection,
    classes: Classes,
    vectors: Vectors,
    grams: Vectors,
    count: int,
    beside: tuple[Vectors, Vectors] | None = None,
) -> Vectors:
    """The weights of N examples for `count` classes, (N, count), the last of which is questions.

    `beside` are the embeddings and letter runs of further questions: they are fitted to, and get no weights.
    """
    own = kernel(rules, vectors @ vectors.T, grams @ grams.T).astype(np.float64)
    wanted = np.eye(count)
    sizes = np.bincount(classes, minlength=count) + (len(beside[0]) if beside else 0) * wanted[-1]
    counts = np.maximum(sizes / np.median(sizes[sizes > 0]), 1e-6) ** -rules.balance
    each = counts[classes][:, None]
    if beside is None:
        return _solved(own + rules.ridge * np.diag(1 / each[:, 0]), wanted[classes])
    others = kernel(rules, beside[0] @ vectors.T, beside[1] @ grams.T).astype(np.float64)
    left = own.T @ (each * own) + counts[-1] * others.T @ others + rules.ridge * own
    right = own.T @ (each * wanted[classes]) + counts[-1] * others.sum(axis=0)[:, None] * wanted[-1]
    # The kernel of thousands of texts is as good as singular.
    return _solved(left + 1e-6 * np.eye(len(left)), right)


def _solved(left: NDArray[np.float64], right: NDArray[np.float64]) -> Vectors:
    return np.asarray(np.linalg.solve(left, right), dtype=np.float32)


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
    known = hashlib.sha256(repr((embedder.identity, list(texts))).encode()).hexdigest()
    file = home / "acts" / f"{known[:16]}.npy"
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
