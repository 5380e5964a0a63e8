"""Who gets which arm: pure functions of the experiment's name and the visitor's id."""

import hashlib
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass


def unit_interval(text: str) -> float:
    """A point in [0, 1), uniform over texts: the first 53 bits of the sha256."""
    first = int.from_bytes(hashlib.sha256(text.encode("utf-8")).digest()[:8], "big")
    return (first >> 11) / 2**53


@dataclass(frozen=True, slots=True)
class Arm:
    """A backend as a choice; `share` is its part of the visitors, in (0, 1]."""

    backend: str
    share: float


@dataclass(frozen=True, slots=True)
class Experiment:
    """A named comparison; its name is also the salt.

    Raises ValueError where there is no arm, an arm has no share, or the shares don't add up to 1.
    """

    name: str
    arms: tuple[Arm, ...]

    def __post_init__(self) -> None:
        total = sum(arm.share for arm in self.arms)
        if any(arm.share <= 0 for arm in self.arms) or not math.isclose(total, 1.0, abs_tol=1e-9):
            raise ValueError(f"experiment '{self.name}': shares must be positive and add up to 1, not {total}")

    @classmethod
    def equal(cls, name: str, backends: Sequence[str]) -> "Experiment":
        """Every backend gets the same share; the order of `backends` does not matter."""
        return cls(name, tuple(Arm(backend, 1 / len(backends)) for backend in sorted(backends)))

    def arm_for(self, visitor_id: str) -> Arm:
        """Same visitor, same arm, on every server and after every restart: the hash is the only state."""
        point = unit_interval(f"{self.name}:{visitor_id}")
        uppers = itertools.accumulate(arm.share for arm in self.arms)
        for arm, upper in zip(self.arms, uppers, strict=True):
            if point < upper:
                return arm
        return self.arms[-1]
