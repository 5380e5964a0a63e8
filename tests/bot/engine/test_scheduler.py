"""Tests of who runs next, without a model."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.engine.local.scheduler import Scheduler


def test_the_oldest_place_that_has_work_goes_first() -> None:
    line: Scheduler[str] = Scheduler(8)
    first, second = line.admit(), line.admit()
    line.submit(second, "b")
    assert line.next() == (second, "b")
    line.submit(first, "a")
    assert line.next() == (first, "a")
    line.withdraw(first, "a")
    assert line.next() == (second, "b")


def test_the_line_is_full_with_one_that_is_served_and_those_that_may_wait() -> None:
    line: Scheduler[str] = Scheduler(2)
    places = [line.admit() for _ in range(3)]
    assert line.full
    line.leave(places[0])
    assert not line.full


def test_a_place_waits_for_one_thing_at_a_time() -> None:
    line: Scheduler[str] = Scheduler(2)
    place = line.admit()
    line.submit(place, "a")
    with pytest.raises(RuntimeError, match="waiting for something"):
        line.submit(place, "b")


def test_work_that_was_given_up_is_not_done_and_takes_no_other_with_it() -> None:
    line: Scheduler[str] = Scheduler(2)
    place = line.admit()
    line.submit(place, "a")
    line.withdraw(place, "a")
    line.submit(place, "b")
    line.withdraw(place, "a")
    assert line.next() == (place, "b")
    line.leave(place)
    line.withdraw(place, "b")
    assert line.next() is None


@given(st.lists(st.tuples(st.sampled_from(["admit", "submit", "step", "leave"]), st.integers(0, 7))))
def test_nobody_is_overtaken_by_one_who_came_later(moves: list[tuple[str, int]]) -> None:
    """Whatever happens in between, the next step is that of the first to have come among those with work."""
    line: Scheduler[int] = Scheduler(7)
    working: dict[int, bool] = {}
    begun: set[int] = set()
    for move, pick in moves:
        numbers = list(working)
        if move == "admit" and not line.full:
            working[line.admit()] = False
        elif numbers and move == "submit" and not working[number := numbers[pick % len(numbers)]]:
            line.submit(number, number)
            working[number] = True
        elif numbers and move == "leave":
            number = numbers[pick % len(numbers)]
            line.leave(number)
            del working[number]
        elif move == "step":
            wanted = min((number for number, busy in working.items() if busy), default=None)
            taken = line.next()
            assert taken == (None if wanted is None else (wanted, wanted))
            if taken is not None:
                begun.add(taken[0])
                line.withdraw(*taken)
                working[taken[0]] = False
        assert line.full == (len(working) == 8)
        assert line.waiting == len(working.keys() - begun)
