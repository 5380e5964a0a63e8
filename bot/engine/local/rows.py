"""A row: ids that the model reads one after another under one adapter, and what is wanted of it behind them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch

from bot.engine.local.cache import Node
from bot.engine.protocol import Sampling


@dataclass(frozen=True, slots=True)
class Nothing:
    """It is read so that it is known."""


@dataclass(slots=True)
class Next:
    """The id that comes next, none of `never`; the ids that were chosen before are `said`, in their order."""

    sampling: Sampling
    generator: torch.Generator
    said: list[int] = field(default_factory=list)
    never: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Likelihood:
    """The mean log-probability of `ids`, in nats: the first one after a row without its last len(ids) - 1 ids."""

    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Verdicts:
    """How much more probable `yes` is than `no` after each of `places` of the row, in nats."""

    places: tuple[int, ...]
    yes: int
    no: int


Want = Nothing | Next | Likelihood | Verdicts
# Of Nothing, Next, Likelihood and Verdicts.
Found = None | int | float | tuple[float, ...]


@dataclass(eq=False, slots=True)
class Row:
    """`most` is how many ids it may ever have; the first `keeps` of them are worth remembering.

    While it is worked for, `pages` hold what was read of it: those of `nodes`, which others may read too, then its
    own. `read` counts the ids that were read.
    """

    ids: list[int]
    adapter: str | None
    want: Want
    most: int = 0
    keeps: int = 0
    read: int = 0
    pages: list[int] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    begun: bool = False
    forgot: int = 0
    # What was found at the places that are wanted, as far as they were read.
    found: list[float] = field(default_factory=list)

    @property
    def left(self) -> int:
        """How many ids are to be read yet."""
        return len(self.ids) - self.read

    @property
    def speaks(self) -> bool:
        """Whether it goes on from what it said itself: one id at a time."""
        return isinstance(self.want, Next) and bool(self.want.said)

    @property
    def own(self) -> Sequence[int]:
        """The pages that it alone has."""
        return self.pages[len(self.nodes) :]

    def wanted(self, until: int) -> list[int]:
        """The places whose outputs are wanted, in order, among those to be read up to `until`."""
        match self.want:
            case Nothing():
                places: Sequence[int] = ()
            case Next():
                places = (len(self.ids) - 1,)
            case Likelihood(ids):
                places = range(len(self.ids) - len(ids), len(self.ids))
            case Verdicts(places=marks):
                places = sorted(set(marks))
        return [place for place in places if self.read <= place < until]
