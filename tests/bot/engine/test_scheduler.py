"""Tests of what is read next, without a model."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from bot.engine.local.scheduler import Scheduler


@dataclass(eq=False)
class Row:
    left: int
    speaks: bool = False
    begun: bool = False

    def begin(self) -> bool:
        self.begun = True
        return True


def line(waiting: int = 8) -> Scheduler[Row]:
    return Scheduler(waiting, alone=100, beside=10)


def test_the_rows_of_the_oldest_place_are_read_first_and_in_the_room_that_is_left_those_behind() -> None:
    places = line()
    first, second = places.admit(), places.admit()
    rows = [Row(30), Row(40), Row(50), Row(60)]
    places.submit(second, rows[2:])
    places.submit(first, rows[:2])
    assert places.plan(Row.begin) == list(zip(rows, [30, 40, 30], strict=False))
    assert [row.begun for row in rows] == [True, True, True, False]


def test_who_speaks_goes_on_in_every_step_and_only_a_piece_is_read_beside() -> None:
    places = line()
    speaking, reading = Row(1, speaks=True, begun=True), Row(70)
    first, second = places.admit(), places.admit()
    places.submit(second, [speaking])
    places.submit(first, [reading])
    assert places.plan(Row.begin) == [(speaking, 1), (reading, 10)]
    places.withdraw(second, [speaking])
    assert places.plan(Row.begin) == [(reading, 70)]


def test_where_one_gets_no_memory_none_behind_it_does_and_who_has_some_goes_on() -> None:
    places = line()
    numbers = [places.admit() for _ in range(3)]
    rows = [Row(5, begun=True), Row(5), Row(5), Row(5, begun=True)]
    places.submit(numbers[0], rows[:1])
    places.submit(numbers[1], rows[1:3])
    places.submit(numbers[2], rows[3:])
    asked: list[Row] = []

    def full(row: Row) -> bool:
        asked.append(row)
        return False

    assert places.plan(full) == [(rows[0], 5), (rows[3], 5)]
    assert asked == rows[1:2]


def test_the_line_is_full_with_one_that_is_served_and_those_that_may_wait() -> None:
    places = line(2)
    numbers = [places.admit() for _ in range(3)]
    assert places.full
    assert places.leave(numbers[0]) is False
    assert not places.full


def test_what_was_given_up_is_not_done_and_takes_nothing_else_with_it() -> None:
    places = line()
    number = places.admit()
    rows = [Row(1), Row(1)]
    places.submit(number, rows)
    places.withdraw(number, rows[:1])
    assert places.plan(Row.begin) == [(rows[1], 1)]
    assert places.leave(number) is True
    places.withdraw(number, rows)
    places.submit(number, rows)
    assert places.plan(Row.begin) == []


@given(st.lists(st.tuples(st.sampled_from(["admit", "submit", "step", "leave"]), st.integers(0, 40))))
def test_nobody_is_overtaken_and_no_step_is_too_large(moves: list[tuple[str, int]]) -> None:
    """Whatever happens in between: who came first is read first, who speaks always goes on."""
    places = line(7)
    known: dict[int, list[Row]] = {}
    begun: set[int] = set()
    for move, pick in moves:
        numbers = list(known)
        if move == "admit" and not places.full:
            known[places.admit()] = []
        elif numbers and move == "submit":
            row = Row(1 + pick, speaks=pick % 3 == 0, begun=pick % 3 == 0)
            row.left = 1 if row.speaks else row.left
            known[numbers[pick % len(numbers)]].append(row)
            places.submit(numbers[pick % len(numbers)], [row])
        elif numbers and move == "leave":
            number = numbers[pick % len(numbers)]
            assert places.leave(number) is (number in begun)
            del known[number]
        elif move == "step":
            plan = places.plan(Row.begin)
            speaking = [row for rows in known.values() for row in rows if row.speaks]
            reading = [row for rows in known.values() for row in rows if not row.speaks]
            assert [row for row, _ in plan if row.speaks] == speaking
            read = [(row, count) for row, count in plan if not row.speaks]
            assert [row for row, _ in read] == reading[: len(read)]
            assert sum(count for _, count in read) == min(
                10 if speaking else 100, sum(row.left for row in reading)
            )
            assert all(count == row.left for row, count in read[:-1])
            for number, rows in known.items():
                begun |= {number} if any(row in rows for row, _ in plan) else set()
                done = [row for row, count in plan if row in rows and count == row.left]
                places.withdraw(number, done)
                known[number] = [row for row in rows if row not in done]
            for row, count in read:
                row.left -= count
        assert places.full == (len(known) == 8)
        assert places.waiting == len(known.keys() - begun)
