"""Who runs next: bookkeeping alone, without threads, clocks or models.

Places are numbered in the order of admission. The oldest place that has work goes first, step by step; a younger
one gets a step only while all older ones are thinking. So the first text comes first to who came first, and
nobody waits for those behind.
"""

from dataclasses import dataclass
from typing import Generic, TypeVar

Work = TypeVar("Work")


@dataclass(slots=True)
class _Place(Generic[Work]):
    """`work` is what it waits for now; `begun`: it has had a step."""

    work: Work | None = None
    begun: bool = False


class Scheduler(Generic[Work]):
    """At most `max_waiting` places beside the one that is being worked for."""

    def __init__(self, max_waiting: int) -> None:
        self._max_places = max_waiting + 1
        self._places: dict[int, _Place[Work]] = {}
        self._admitted = 0

    @property
    def full(self) -> bool:
        """Whether nobody can be admitted."""
        return len(self._places) >= self._max_places

    @property
    def waiting(self) -> int:
        """Places that have not had a step yet."""
        return sum(not place.begun for place in self._places.values())

    def admit(self) -> int:
        """The number of a new place, behind all others."""
        self._admitted += 1
        self._places[self._admitted] = _Place()
        return self._admitted

    def leave(self, number: int) -> None:
        """Give the place up with what it still had to do."""
        del self._places[number]

    def submit(self, number: int, work: Work) -> None:
        """What the place waits for from now on; it can wait for one thing only."""
        if self._places[number].work is not None:
            raise RuntimeError(f"place {number} is waiting for something already")
        self._places[number].work = work

    def withdraw(self, number: int, work: Work) -> None:
        """The work is done, or no longer wanted. The place may have gone meanwhile, or have other work."""
        place = self._places.get(number)
        if place is not None and place.work is work:
            place.work = None

    def next(self) -> tuple[int, Work] | None:
        """The place whose step is next, with its work; None where all are thinking."""
        for number, place in self._places.items():
            if place.work is not None:
                place.begun = True
                return number, place.work
        return None
