"""Fits the probes of a prompt: two logistic regressions on the embeddings of other shops' questions."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from bot.answer import Decision
from bot.answering.wording import plain
from bot.models.embedder import Embedder, Vectors
from bot.prompting.probes import Probe, ProbeName, Probes
from bot.schemas import Case
from training.errors import DatasetEmpty

TOLD: dict[ProbeName, Decision] = {"people_probe": "handoff", "foreign_probe": "decline"}
# Inverse strength of the L2 penalty, on embeddings of length one; 0.3 and 3 tell the dev trades as well.
C = 1.0
DIGITS = 4


@dataclass(frozen=True, slots=True)
class Told:
    """How often a probe scores a question of its kind above one that an article answers, on dev and learnt ones.

    0.5 is chance. Source: area under the ROC curve.
    """

    name: ProbeName
    learnt: int
    auc: float
    auc_learnt: float


def fit_probes(learnt: Sequence[Case], dev: Sequence[Case], embedder: Embedder) -> tuple[Probes, list[Told]]:
    """Both probes, and how well they tell. Raises DatasetEmpty where one has nothing to learn or to tell."""
    vectors, dev_vectors = (_embedded(cases, embedder) for cases in (learnt, dev))
    fitted: dict[str, Probe] = {}
    told = []
    for name, decision in TOLD.items():
        wanted = _which(learnt, decision)
        if len(set(wanted.tolist())) < 2:
            raise DatasetEmpty(f"no case to learn from, or every one, is to be told as '{decision}'; name more")
        probe = fitted[name] = _fit(vectors, wanted)
        auc, auc_learnt = _auc(probe, dev, dev_vectors, decision), _auc(probe, learnt, vectors, decision)
        told.append(Told(name, int(wanted.sum()), auc, auc_learnt))
    return Probes(embedding=embedder.identity, **fitted), told


def _embedded(cases: Sequence[Case], embedder: Embedder) -> Vectors:
    return embedder.encode_queries([plain(case.dialogue.turns[-1].text) for case in cases])


def _which(cases: Sequence[Case], decision: Decision) -> NDArray[np.bool_]:
    return np.array([case.expect == decision for case in cases])


def _fit(vectors: Vectors, wanted: NDArray[np.bool_]) -> Probe:
    model = LogisticRegression(C=C, max_iter=2000).fit(vectors.astype(np.float64), wanted)
    weights = np.round(model.coef_[0], DIGITS)
    # Where nothing is known of a message the feature is 0: so much the average question must score.
    bias = -float((vectors.astype(np.float64) @ weights).mean())
    return Probe(bias=round(bias, DIGITS), weights=tuple(weights.tolist()))


def _auc(probe: Probe, cases: Sequence[Case], vectors: Vectors, decision: Decision) -> float:
    """Of the questions of its kind against those that an article answers."""
    kept = [place for place, case in enumerate(cases) if case.expect in ("answer", decision)]
    wanted = _which([cases[place] for place in kept], decision)
    if len(set(wanted.tolist())) < 2:
        raise DatasetEmpty(f"no dev case, or every one, is to be told as '{decision}'; name more")
    scores = probe.bias + vectors[kept].astype(np.float64) @ np.asarray(probe.weights)
    return float(roc_auc_score(wanted, scores))
