"""What was read before: a tree of pages by the ids in them, so that what follows pays for its new tokens only.

An adapter has a tree of its own: nothing is ever shared between adapters, because their keys and values differ. A
node is a page; the ids on the way to it are those before it. Only the last page of what was read may be part full.
Source of the idea: https://arxiv.org/abs/2312.07104
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from itertools import count, takewhile

from bot.engine.local.pages import PAGE, Pages

Ids = tuple[int, ...]


@dataclass(eq=False, slots=True)
class Node:
    """A page that is read and never written to again. `pins` counts the rows that read it now; a root has none."""

    ids: Ids
    page: int
    parent: "Node | None"
    children: dict[Ids, "Node"] = field(default_factory=dict)
    pins: int = 0
    used: int = 0
    # Nobody can find it any more: its page is given back with its last pin.
    forgotten: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """What is known of a row: whole pages, then the first `tokens` of one more, `partly`."""

    whole: tuple[Node, ...] = ()
    partly: Node | None = None
    tokens: int = 0

    @property
    def length(self) -> int:
        """In tokens."""
        return PAGE * len(self.whole) + self.tokens


class Cache:
    """The least recently used pages go when others are wanted; what a row reads now is never among them."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._roots: dict[str | None, Node] = {}
        self._clock = count(1)
        # How often something was forgotten: what was read before is not remembered after it.
        self.forgot = 0

    def find(self, adapter: str | None, ids: Sequence[int], most: int) -> Match:
        """The longest beginning of `ids` that was read with an adapter, of at most `most` tokens."""
        node = self._roots.get(adapter)
        if node is None:
            return Match()
        whole: list[Node] = []
        now, ids = next(self._clock), tuple(ids[:most])
        while (start := PAGE * len(whole)) + PAGE <= len(ids):
            child = node.children.get(ids[start : start + PAGE])
            if child is None:
                break
            child.used = now
            whole.append(child)
            node = child
        rest = ids[PAGE * len(whole) :][:PAGE]
        tokens, partly = max(
            ((_alike(rest, child.ids), child) for child in node.children.values()),
            key=lambda found: found[0],
            default=(0, None),
        )
        if partly is None or not tokens:
            return Match(tuple(whole))
        partly.used = now
        return Match(tuple(whole), partly, tokens)

    def pin(self, nodes: Sequence[Node]) -> None:
        """They stay while a row reads them."""
        for node in nodes:
            node.pins += 1

    def unpin(self, nodes: Sequence[Node]) -> None:
        """A row reads them no more."""
        for node in nodes:
            node.pins -= 1
            if node.forgotten and not node.pins:
                self._pages.give_back([node.page])

    def keep(
        self, adapter: str | None, ids: Sequence[int], known: Sequence[Node], pages: Sequence[int]
    ) -> list[Node]:
        """Remember `pages`, which hold the ids behind those of `known`. They belong to the cache from now on.

        Returns the nodes that hold these ids: where they were remembered already, the pages are given back.
        """
        node = known[-1] if known else self._roots.setdefault(adapter, Node((), -1, None))
        now, nodes = next(self._clock), []
        for number, page in enumerate(pages, start=len(known)):
            held = tuple(ids[PAGE * number : PAGE * (number + 1)])
            child = node.children.get(held)
            if child is None and len(held) < PAGE:
                child = next((one for one in node.children.values() if one.ids[: len(held)] == held), None)
            if child is None:
                self._supersede(node, held)
                child = node.children[held] = Node(held, page, node)
            else:
                self._pages.give_back([page])
            child.used = now
            nodes.append(child)
            node = child
        return nodes

    def make_room(self, count: int) -> bool:
        """Have so many pages free, without those used least lately; False where rows read too many."""
        if self._pages.free >= count:
            return True
        leaves = [(node.used, number, node) for number, node in enumerate(self._nodes()) if _is_idle(node)]
        heapify(leaves)
        while self._pages.free < count and leaves:
            _, number, node = heappop(leaves)
            self._remove(node)
            if node.parent is not None and node.parent.page >= 0 and _is_idle(node.parent):
                heappush(leaves, (node.parent.used, number, node.parent))
        return self._pages.free >= count

    def forget(self, adapter: str | None) -> None:
        """What was read with an adapter; what a row reads now goes with the row."""
        self.forgot += 1
        root = self._roots.pop(adapter, None)
        for node in list(_below(root)) if root else ():
            node.forgotten = True
            if not node.pins:
                self._pages.give_back([node.page])

    def clear(self) -> None:
        """Forget everything."""
        self.forgot += 1
        for adapter in list(self._roots):
            self.forget(adapter)

    @property
    def held(self) -> int:
        """Pages that are remembered."""
        return sum(1 for _ in self._nodes())

    def check(self, rows: Sequence[tuple[Sequence[Node], Sequence[int]]]) -> None:
        """Every page is free, remembered, or one row's own: no two of these, and none is lost.

        `rows` are the nodes that each row reads, and the pages that it writes to. Raises AssertionError.
        """
        nodes = list(self._nodes())
        gone = {node for read, _ in rows for node in read if node.forgotten}
        pages = [*self._pages.unused(), *(node.page for node in (*nodes, *gone))]
        pages += [page for _, own in rows for page in own]
        if sorted(pages) != list(range(self._pages.count)):
            raise AssertionError("a page of the cache is lost, or two have it")
        for node in (*nodes, *gone):
            pins = sum(one is node for read, _ in rows for one in read)
            if node.pins != pins:
                raise AssertionError(f"a page has {node.pins} pins, and {pins} rows read it")

    def _nodes(self) -> Iterator[Node]:
        for root in self._roots.values():
            yield from _below(root)

    def _supersede(self, node: Node, held: Ids) -> None:
        """A page that is part full goes for one that begins with the same ids and holds more."""
        for one in list(node.children.values()):
            if not one.pins and not one.children and held[: len(one.ids)] == one.ids:
                self._remove(one)

    def _remove(self, node: Node) -> None:
        if node.parent is not None:
            del node.parent.children[node.ids]
        self._pages.give_back([node.page])


def _is_idle(node: Node) -> bool:
    return not node.children and not node.pins


def _below(root: Node) -> Iterator[Node]:
    waiting = list(root.children.values())
    while waiting:
        node = waiting.pop()
        yield node
        waiting += node.children.values()


def _alike(one: Ids, other: Ids) -> int:
    """How many ids both begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
