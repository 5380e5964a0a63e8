"""The decision's numbers from cases whose right decision is known: four logistic regressions and their bounds.

A bound is chosen on probabilities that a shop's own cases had no part in: each shop is left out once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from bot.answer import Decision
from bot.prompting.deciding import FEATURES, Calibration, Calibrations, Feature
from training.errors import DatasetEmpty

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
# Inverse strength of the L2 penalty, on features of unit variance.
C = 0.5


@dataclass(frozen=True, slots=True)
class Observed:
    """What the search found for one case, and what would have come of it.

    `right`: what would be quoted says every fact and no forbidden one. `reach`: a choice names a right article.
    `waiting`: what the reply of an act decides that takes the place of an offer or a question back.
    """

    shop: str
    expect: Decision
    features: dict[Feature, float]
    right: bool
    reach: bool
    waiting: Decision | None = None

    @property
    def in_scope(self) -> bool:
        """Whether an article answers it."""
        return self.expect in ("answer", "offer", "ask")


@dataclass(frozen=True, slots=True)
class Goals:
    """What the bounds are chosen for, as shares: of answers that are right, of in-scope cases that are offered.

    `declined`: of what is the shop's business, so much may be declined at most.
    """

    right: float = 0.8
    offered: float = 0.33
    declined: float = 0.02


@dataclass(frozen=True, slots=True)
class Expected:
    """What the bounds give on cases of shops that the regressions have not seen."""

    cases: int
    answered: float
    right: float
    offered: float
    in_reach: float
    declined: float
    declined_wrongly: float
    handed_over: float
    handed_over_wrongly: float


def calibrate(observed: Sequence[Observed], goals: Goals) -> tuple[Calibrations, Expected]:
    """The regressions on all cases, and their bounds. Raises DatasetEmpty where a side of one is missing."""
    names = [name for name in FEATURES if any(name in one.features for one in observed)]
    values = np.array([[one.features.get(name, 0.0) for name in names] for one in observed], dtype=np.float64)
    shops = np.array([one.shop for one in observed])
    targets = {
        "right": np.array([one.right for one in observed]),
        "reach": np.array([one.reach for one in observed]),
        "foreign": np.array([one.expect == "decline" for one in observed]),
        "beyond": np.array([one.expect == "handoff" for one in observed]),
    }
    if len(set(targets["beyond"].tolist())) < 2:
        # Without a case that people alone can answer nothing is asked for: all that is left is handed over.
        del targets["beyond"]
    for name, target in targets.items():
        if len(set(target.tolist())) < 2:
            raise DatasetEmpty(f"all cases are alike in '{name}', so it cannot be told apart; name more")
    fitted = {name: _fit(values, target, names) for name, target in targets.items()}
    unseen = {name: _left_out(values, target, shops, names) for name, target in targets.items()}
    scope = np.array([one.in_scope for one in observed])
    waiting = np.array([one.waiting or "" for one in observed])
    own = ~targets["foreign"]
    answer = _lowest(unseen["right"], lambda chosen: _mean(targets["right"][chosen]) >= goals.right)
    answered = unseen["right"] >= answer
    left = ~answered
    decline = _lowest(unseen["foreign"], lambda chosen: _mean((chosen & left)[own]) <= goals.declined)
    declined = left & (unseen["foreign"] >= decline)
    handed = left & ~declined & (waiting == "handoff")
    left &= ~declined & ~handed
    offer = _lowest(unseen["reach"], lambda chosen: _mean((chosen & left)[scope]) <= goals.offered)
    offered = left & (unseen["reach"] >= offer)
    declined |= left & ~offered & (waiting == "decline")
    left &= ~declined & ~offered
    people = np.array([one.expect == "handoff" for one in observed])
    beyond = unseen.get("beyond", np.ones(len(observed)))
    handoff = _best(beyond, lambda chosen: _f1(chosen & left | handed, people))
    handed_over = left & (beyond >= handoff) | handed
    numbers = Calibrations(
        **fitted, answer=_up(answer), offer=_up(offer), decline=_up(decline), handoff=_up(handoff)
    )
    expected = Expected(
        cases=len(observed),
        answered=_mean(answered[scope]),
        right=_mean(targets["right"][answered]),
        offered=_mean(offered[scope]),
        in_reach=_mean(((answered & targets["right"]) | (offered & targets["reach"]))[scope]),
        declined=_mean(declined[targets["foreign"]]),
        declined_wrongly=_mean(declined[own]),
        handed_over=_mean(handed_over[people]),
        handed_over_wrongly=_mean(handed_over[scope]),
    )
    return numbers, expected


def _fit(values: Array, target: Mask, names: Sequence[Feature]) -> Calibration:
    mean, spread = values.mean(axis=0), values.std(axis=0) + 1e-9
    model = LogisticRegression(C=C, max_iter=1000).fit((values - mean) / spread, target)
    weights = model.coef_[0] / spread
    bias = float(model.intercept_[0] - weights @ mean)
    rounded = {name: round(float(weight), 4) for name, weight in zip(names, weights, strict=True)}
    return Calibration(bias=round(bias, 4), weights=rounded)


def _left_out(values: Array, target: Mask, shops: NDArray[np.str_], names: Sequence[Feature]) -> Array:
    """The probability of each case by what the other shops' cases teach; by all where there is one shop."""
    found = np.zeros(len(target))
    for shop in set(shops.tolist()):
        own = shops == shop
        others = ~own if (~own).any() and len(set(target[~own].tolist())) > 1 else own
        calibration = _fit(values[others], target[others], names)
        score = calibration.bias + values[own] @ np.array([calibration.weights[name] for name in names])
        found[own] = 1 / (1 + np.exp(-score))
    return found


def _lowest(found: Array, good: Callable[[Mask], bool]) -> float:
    """The lowest bound from which on a goal is met; just above the highest where none meets it."""
    bounds = sorted(set(found.tolist()), reverse=True)
    # Of fewer than ten cases a share says nothing.
    met = [bound for place, bound in enumerate(bounds) if place >= 9 and good(found >= bound)]
    return float(min(met, default=bounds[0] + 1e-6))


def _best(found: Array, score: Callable[[Mask], float]) -> float:
    """The bound that scores most, the lowest of several."""
    return float(max(sorted(set(found.tolist())), key=lambda bound: score(found >= bound)))


def _f1(chosen: Mask, wanted: Mask) -> float:
    """2 TP over 2 TP + FP + FN."""
    both = chosen.sum() + wanted.sum()
    return float(2 * (chosen & wanted).sum() / both) if both else 0.0


def _mean(values: Mask) -> float:
    return float(values.mean()) if len(values) else 0.0


def _up(bound: float) -> float:
    """Rounded so that what met the bound still does not meet less than it."""
    return min(1.0, round(bound, 4))
