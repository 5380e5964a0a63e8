"""How well an embedder finds the articles of held-back questions, in every help centre that has some."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean

import numpy as np

from bot.models.embedder import BATCH, Embedder, Vectors
from bot.retrieval.retriever import Knowledge, documents_of
from bot.retrieval.rules import SearchRules
from training.dataset.dataset import Transcripts
from training.dataset.pairs import answered_questions

TOPS = (1, 3, 5)


@dataclass(frozen=True, slots=True)
class Probe:
    """One help centre, as the stock embedder indexed it, and its held-back questions with what answers each."""

    knowledge: Knowledge
    asked: tuple[tuple[str, frozenset[str]], ...]


@dataclass(frozen=True, slots=True)
class Found:
    """hit@k and the mean reciprocal rank of the first article that answers, each help centre weighing the same."""

    hit: tuple[float, ...]
    mrr: float

    @property
    def score(self) -> float:
        """What epochs are chosen by: the mean of hit@1 and hit@3."""
        return (self.hit[0] + self.hit[1]) / 2

    def metrics(self, suffix: str = "") -> dict[str, float]:
        """For a manifest."""
        named = {f"dev_hit_at_{top}{suffix}": value for top, value in zip(TOPS, self.hit, strict=True)}
        return {name: round(value, 4) for name, value in (named | {f"dev_mrr{suffix}": self.mrr}).items()}


def probe_of(source: Transcripts, knowledge: Knowledge, rules: SearchRules) -> Probe | None:
    """The held-back questions of a source that articles of its help centre answer; None where there is none."""
    known = {passage.article for passage in knowledge.passages}
    asked = [
        (question, frozenset(known.intersection(answer.articles)))
        for dialogue in source.dev
        for _, question, answer in answered_questions(dialogue, rules)
        if known.intersection(answer.articles)
    ]
    return Probe(knowledge, tuple(asked)) if asked else None


def found_in(probes: Sequence[tuple[Knowledge, Probe]], rules: SearchRules) -> Found | None:
    """What a search finds for the questions of each help centre, in these indexes of them; None for none."""
    if not probes:
        return None
    each = [_found(knowledge, probe, rules) for knowledge, probe in probes]
    hit = tuple(mean(found.hit[place] for found in each) for place in range(len(TOPS)))
    return Found(hit, mean(found.mrr for found in each))


def _found(knowledge: Knowledge, probe: Probe, rules: SearchRules) -> Found:
    ranks = []
    for question, articles in probe.asked:
        hits = knowledge.search(question, len(knowledge.passages), rules)
        order = list(dict.fromkeys(hit.passage.article for hit in hits))
        ranks.append(1 + min(order.index(article) for article in articles))
    return Found(tuple(mean(rank <= top for rank in ranks) for top in TOPS), mean(1 / rank for rank in ranks))


def indexed_anew(knowledge: Knowledge, embedder: Embedder) -> Knowledge:
    """The same passages and sentences by another embedder, in memory only."""
    sentences = [knowledge.sentences_of(passage) for passage in knowledge.passages]
    documents = documents_of(knowledge.passages, sentences)
    # Texts of one length don't wait for each other's padding.
    order = sorted(set(documents), key=len)
    vectors: dict[str, Vectors] = {}
    for start in range(0, len(order), BATCH):
        part = order[start : start + BATCH]
        vectors.update(zip(part, embedder.encode_documents(part), strict=True))
    return Knowledge(
        knowledge.articles,
        sentences,
        np.stack([vectors[document] for document in documents]),
        embedder,
        f"{knowledge.state} by {embedder.identity}",
    )
