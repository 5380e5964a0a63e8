"""Rates with their uncertainty."""

from dataclasses import dataclass

from scipy.stats import binomtest


@dataclass(frozen=True, slots=True)
class Rate:
    """A proportion of `n` trials with its confidence interval, all in [0, 1]."""

    value: float
    low: float
    high: float
    n: int


def wilson(successes: int, n: int, confidence: float = 0.95) -> Rate:
    """The Wilson score interval, which stays honest for small n and for rates near 0 and 1.

    Raises ValueError for n = 0 or more successes than trials.
    Source: Wilson (1927), https://doi.org/10.1080/01621459.1927.10502953
    """
    if n < 1:
        raise ValueError("a rate needs at least one trial")
    interval = binomtest(successes, n).proportion_ci(confidence_level=confidence, method="wilson")
    return Rate(successes / n, float(interval.low), float(interval.high), n)
