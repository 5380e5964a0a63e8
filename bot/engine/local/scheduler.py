"""Which ids are read next: bookkeeping alone, without threads, clocks or models.

Places are numbered in the order of admission. In every step each row that speaks goes on by one id. What room is
left goes to rows that are read, those of the oldest place first, a piece at a time where somebody speaks
meanwhile: so the first text comes first to who came first, and nobody's words stop for those behind.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar


class Readable(Protocol):
    """What a plan is made of."""

    @property
    def left(self) -> int:
        """Ids that are to be read."""
        ...

    @property
    def speaks(self) -> bool:
        """Whether it goes on from its own words."""
        ...

    @property
    def begun(self) -> bool:
        """Whether it has its memory."""
        ...


R = TypeVar("R", bound=Readable)


@dataclass(slots=True)
class _Place(Generic[R]):
    """`rows` are what it waits for now; `begun`: it has had a step."""

    rows: list[R] = field(default_factory=list)
    begun: bool = False


class Scheduler(Generic[R]):
    """At most `max_waiting` places beside the one that came first; ids of a step `alone`, or `beside` speakers."""

    def __init__(self, max_waiting: int, *, alone: int, beside: int) -> None:
        self._max_places, self._alone, self._beside = max_waiting + 1, alone, beside
        self._places: dict[int, _Place[R]] = {}
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

    def leave(self, number: int) -> bool:
        """Give the place up with what it still had to do; whether it ever had a step."""
        return self._places.pop(number).begun

    def submit(self, number: int, rows: Sequence[R]) -> None:
        """What the place waits for from now on, beside what it waits for already; it may have gone meanwhile."""
        if number in self._places:
            self._places[number].rows += rows

    def withdraw(self, number: int, rows: Sequence[R]) -> None:
        """These are done, or no longer wanted; the place may have gone meanwhile."""
        place = self._places.get(number)
        if place is not None:
            place.rows = [row for row in place.rows if row not in rows]

    def plan(self, begin: Callable[[R], bool]) -> list[tuple[R, int]]:
        """The next step: rows, and how many ids of each are read.

        `begin` gives a row its memory, or says that there is none yet; then none behind it gets any either.
        """
        chosen: list[tuple[R, int]] = []
        for place in self._places.values():
            for row in place.rows:
                if row.begun and row.speaks:
                    place.begun = True
                    chosen.append((row, row.left))
        room = self._beside if chosen else self._alone
        crowded = False
        for place in self._places.values():
            for row in place.rows:
                if room <= 0:
                    return chosen
                if row.begun and row.speaks:
                    continue
                if not row.begun:
                    crowded = crowded or not begin(row)
                    if crowded:
                        continue
                place.begun = True
                count = min(row.left, room)
                chosen.append((row, count))
                room -= count
        return chosen
