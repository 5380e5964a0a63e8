"""Tests of what is remembered: found by its ids, bounded, and never two owners of one page."""

import pytest
import torch
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bot.engine.local.cache import Cache, Node
from bot.engine.local.pages import PAGE, Pages, pages_for


def made(count: int = 12) -> tuple[Pages, Cache]:
    pages = Pages(count, layers=2, heads=1, size=4, dtype=torch.float32, device=torch.device("cpu"))
    return pages, Cache(pages)


def remember(pages: Pages, cache: Cache, ids: list[int], adapter: str | None = None) -> None:
    """As a row does that reads all of them."""
    match = cache.find(adapter, ids, len(ids))
    count = pages_for(len(ids)) - len(match.whole)
    assert cache.make_room(count)
    cache.keep(adapter, ids, match.whole, pages.take(count))


LONG = list(range(100, 140))


def test_the_longest_beginning_is_found_in_whole_pages_and_a_part_of_one() -> None:
    pages, cache = made()
    remember(pages, cache, LONG)
    whole = cache.find(None, LONG, len(LONG))
    assert (len(whole.whole), whole.tokens, whole.length) == (2, 8, 40)
    for most in (0, 1, 15, 16, 17, 39):
        assert cache.find(None, LONG, most).length == most
    # What goes another way in the middle of a page shares what comes before.
    assert cache.find(None, [*LONG[:20], 7, *LONG[21:]], 40).length == 20
    assert cache.find(None, [7, *LONG], 40).length == 0


def test_nothing_is_shared_between_adapters() -> None:
    pages, cache = made()
    remember(pages, cache, LONG, "one")
    assert cache.find("another", LONG, 40).length == cache.find(None, LONG, 40).length == 0
    cache.forget("another")
    assert cache.find("one", LONG, 40).length == 40
    cache.forget("one")
    assert cache.find("one", LONG, 40).length == 0 and pages.free == 12


def test_what_is_remembered_twice_is_held_once_and_a_page_that_fills_up_goes_for_the_fuller_one() -> None:
    pages, cache = made()
    for _ in range(2):
        remember(pages, cache, LONG)
    assert (cache.held, pages.free) == (3, 9)
    remember(pages, cache, [*LONG, 1, 2, 3])
    assert (cache.held, pages.free) == (3, 9)
    # What is shorter than a page that is known is known, too.
    remember(pages, cache, LONG)
    assert cache.held == 3 and cache.find(None, [*LONG, 1, 2, 3], 43).length == 43


def test_the_least_recently_used_go_from_their_ends_and_what_is_read_now_stays() -> None:
    pages, cache = made(6)
    remember(pages, cache, LONG)
    remember(pages, cache, list(range(40)))
    cache.find(None, LONG, 40)
    assert cache.make_room(2)
    assert cache.find(None, LONG, 40).length == 40 and cache.find(None, list(range(40)), 40).length == 16
    read = cache.find(None, LONG, 40).whole
    cache.pin(read)
    assert not cache.make_room(5)
    assert cache.make_room(4) and cache.find(None, LONG, 40).length == 32
    cache.unpin(read)
    assert cache.make_room(6)


def test_what_is_forgotten_while_it_is_read_is_given_back_with_its_last_reader() -> None:
    pages, cache = made()
    remember(pages, cache, LONG)
    read = cache.find(None, LONG, 32).whole
    cache.pin(read)
    cache.pin(read)
    cache.clear()
    assert cache.find(None, LONG, 40).length == 0 and pages.free == 10
    cache.check([(read, []), (read, [])])
    cache.unpin(read)
    assert pages.free == 10
    cache.unpin(read)
    assert pages.free == 12


def test_a_lost_page_is_seen() -> None:
    pages, cache = made()
    remember(pages, cache, LONG)
    cache.check([])
    taken = pages.take(1)
    with pytest.raises(AssertionError, match="lost"):
        cache.check([])
    cache.check([([], taken)])
    node = cache.find(None, LONG, 40).whole[0]
    node.pins = 1
    with pytest.raises(AssertionError, match="1 pins, and 0 rows"):
        cache.check([([], taken)])


class Remembering(RuleBasedStateMachine):
    """Rows come, go on and go in any order; what is found always was said to hold these ids."""

    def __init__(self) -> None:
        super().__init__()
        self.pages, self.cache = made(20)
        self.rows: list[tuple[str | None, list[int], list[Node], list[int]]] = []
        # What each page holds, as if it were written: (adapter, all ids up to there).
        self.written: dict[int, tuple[str | None, tuple[int, ...]]] = {}

    @rule(
        adapter=st.sampled_from([None, "a"]),
        ids=st.lists(st.integers(0, 1), min_size=1, max_size=3).map(
            lambda bits: [bit for bit in bits for _ in range(9)]
        ),
        extra=st.integers(0, PAGE),
    )
    def begin(self, adapter: str | None, ids: list[int], extra: int) -> None:
        ids = [*ids, *range(5, 5 + extra)]
        match = self.cache.find(adapter, ids, len(ids) - 1)
        for number, node in enumerate(match.whole):
            assert self.written[node.page] == (adapter, tuple(ids[: PAGE * (number + 1)]))
        if match.partly is not None:
            owner, held = self.written[match.partly.page]
            assert owner == adapter and held[: match.length] == tuple(ids[: match.length])
        self.cache.pin(match.whole)
        count = pages_for(len(ids)) - len(match.whole)
        if not self.cache.make_room(count):
            self.cache.unpin(match.whole)
            return
        own = self.pages.take(count)
        for number, page in enumerate(own, start=len(match.whole)):
            self.written[page] = (adapter, tuple(ids[: PAGE * (number + 1)]))
        self.rows.append((adapter, ids, list(match.whole), own))

    @precondition(lambda self: self.rows)
    @rule(pick=st.integers(0, 50), keep=st.booleans())
    def end(self, pick: int, keep: bool) -> None:
        adapter, ids, nodes, own = self.rows.pop(pick % len(self.rows))
        if keep and not any(node.forgotten for node in nodes):
            self.cache.keep(adapter, ids, nodes, own)
        else:
            self.pages.give_back(own)
        self.cache.unpin(nodes)

    @rule(adapter=st.sampled_from([None, "a"]))
    def forget(self, adapter: str | None) -> None:
        self.cache.forget(adapter)

    @invariant()
    def no_page_is_lost(self) -> None:
        self.cache.check([(nodes, own) for _, _, nodes, own in self.rows])

    def teardown(self) -> None:
        while self.rows:
            self.end(0, False)
        self.cache.clear()
        assert self.pages.free == 20


TestRemembering = Remembering.TestCase
TestRemembering.settings = settings(max_examples=60, deadline=None)
