"""Which dialogues repeat another one, and which split each of the others is in."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.ingest import duplicates
from training.ingest.spool import Spool

SPLITS = (("train", 0.8), ("dev", 0.9), ("test", 1.0))
REPEATED, NEAR = "repeated: a later or longer export of it counts", "near-duplicate"


@dataclass(frozen=True)
class Fates:
    """For each row of the spool its split, or why it goes and for the sake of which row."""

    splits: list[str]
    gone: dict[int, tuple[str, int]]


def fates(spool: Spool, *, seed: int, near_duplicate: float, related: float) -> Fates:
    """What is similar, of one customer or of one conversation shares a split; what repeats another goes."""
    signatures = spool.signatures()
    gone = {place: (REPEATED, of) for place, of in _repeats(spool).items()}
    near = duplicates.similar_pairs(signatures, near_duplicate)
    # What is gone stands for nothing, so a near-duplicate of it stays.
    near = np.array([pair for pair in near.tolist() if not gone.keys() & set(pair)], dtype=np.int64).reshape(-1, 2)
    for place, first in enumerate(duplicates.groups(len(spool.ids), near)):
        if first != place:
            gone[place] = (NEAR, first)
    pairs = np.concatenate([duplicates.similar_pairs(signatures, related), _of_one_customer(spool)])
    groups = duplicates.groups(len(spool.ids), pairs)
    return Fates([split_of(seed, _base(spool.ids[group])) for group in groups], gone)


def split_of(seed: int, group: str) -> str:
    """The split of a group of related dialogues: a function of the seed and its first dialogue's id alone."""
    point = int.from_bytes(hashlib.sha256(f"{seed}:{group}".encode()).digest()[:8], "big") / 2**64
    return next(name for name, upper in SPLITS if point < upper)


def _base(identifier: str) -> str:
    """The id without the number that tells conversations of one id apart."""
    return identifier.partition("#")[0]


def _repeats(spool: Spool) -> dict[int, int]:
    """Rows of an id whose messages begin another row of the same id: one ticket, exported twice.

    Conversations of two tools or shops may have one id by chance: those say different things, and stay.
    """
    same: defaultdict[str, list[int]] = defaultdict(list)
    for place, identifier in enumerate(spool.ids):
        same[_base(identifier)].append(place)
    several = {place for places in same.values() if len(places) > 1 for place in places}
    said = {place: _said(row) for place, row in enumerate(spool.rows()) if place in several} if several else {}
    repeats: dict[int, int] = {}
    for places in same.values():
        # The longest first; of equally long ones the later.
        ordered = sorted(places, key=lambda place: (-len(said[place]), -place)) if len(places) > 1 else []
        for number, place in enumerate(ordered):
            longer = (other for other in ordered[:number] if other not in repeats)
            of = next((other for other in longer if _begins(said[other], said[place])), None)
            if of is not None:
                repeats[place] = of
    return repeats


def _said(row: dict[str, Any]) -> list[tuple[str, str]]:
    return [(message["role"], message["content"]) for message in row["messages"]]


def _begins(longer: Sequence[tuple[str, str]], shorter: Sequence[tuple[str, str]]) -> bool:
    """Whether the longer one goes on where the shorter ends; its last message may have got longer."""
    *before, (role, text) = shorter
    last = longer[len(before)]
    return list(longer[: len(before)]) == before and last[0] == role and last[1].startswith(text)


def _of_one_customer(spool: Spool) -> NDArray[np.int64]:
    """Pairs of rows that share a visitor's mark or the id of a conversation, each with the first such row."""
    first: dict[str, int] = {}
    pairs: list[tuple[int, int]] = []
    for place, row in enumerate(spool.rows()):
        marks: Iterable[str] = (*row.get("visitors", ()), f"id {_base(row['id'])}")
        pairs += [(first.setdefault(mark, place), place) for mark in marks if first.get(mark, place) != place]
        for mark in marks:
            first.setdefault(mark, place)
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)
