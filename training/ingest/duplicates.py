"""Near-duplicates by MinHash over word pairs, and the groups that must not be split.

Source: A. Broder, On the resemblance and containment of documents, 1997; bands as in Leskovec et al., Mining of
Massive Datasets, chapter 3. datasketch makes the signatures; its LSH index would hold a Python object for each
band of each dialogue, so the bands are sorted as arrays here: half a kilobyte a dialogue, whatever its length.
"""

import re
from collections.abc import Sequence

import numpy as np
from datasketch import MinHash
from numpy.typing import NDArray

PERMUTATIONS = 128
# 32 bands of 4 find a pair of similarity 0.5 with probability 0.87, of 0.6 with 0.99.
BANDS = 32
ROWS = PERMUTATIONS // BANDS
Signature = NDArray[np.uint32]
_WORD = re.compile(r"\w+")
_DIGIT = re.compile(r"\d")
_EMPTY = MinHash(num_perm=PERMUTATIONS, seed=1, scheme="affine32")


def signature(texts: Sequence[str]) -> Signature:
    """The MinHash of a dialogue, PERMUTATIONS numbers; all digits are one: order numbers make no difference."""
    words = _WORD.findall(_DIGIT.sub("0", " ".join(texts).casefold()))
    pairs = {" ".join(words[at : at + 2]).encode() for at in range(max(1, len(words) - 1))}
    minhash = _EMPTY.copy()
    minhash.update_batch(sorted(pairs))
    return np.asarray(minhash.hashvalues, dtype=np.uint32)


def similar_pairs(signatures: NDArray[np.uint32], at_least: float) -> NDArray[np.int64]:
    """Pairs of rows whose estimated Jaccard similarity is at least this, shape (pairs, 2), each a < b, sorted.

    Of rows that share a band, each is compared with the first of them and with the one before it, so that a
    thousand copies give thousands of pairs and not half a million.
    """
    pairs = [np.zeros((0, 2), dtype=np.int64)]
    for band in range(BANDS):
        part = np.ascontiguousarray(signatures[:, band * ROWS : (band + 1) * ROWS])
        keys = part.view(np.dtype((np.void, part.dtype.itemsize * ROWS))).ravel()
        order = np.lexsort((np.arange(len(part)), keys))
        ordered = keys[order]
        same = np.nonzero(ordered[1:] == ordered[:-1])[0] + 1
        starts = np.nonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))[0]
        heads = starts[np.searchsorted(starts, same, side="right") - 1]
        pairs += [np.stack([order[near], order[same]], axis=1) for near in (heads, same - 1)]
    candidates = np.unique(np.concatenate(pairs), axis=0)
    keep = np.zeros(len(candidates), dtype=bool)
    for start in range(0, len(candidates), 1 << 16):
        some = candidates[start : start + (1 << 16)]
        alike = (signatures[some[:, 0]] == signatures[some[:, 1]]).mean(axis=1)
        keep[start : start + len(some)] = alike >= at_least
    return candidates[keep]


def groups(count: int, pairs: NDArray[np.int64]) -> list[int]:
    """For each of `count` rows the first row of its group, where pairs join groups (union-find)."""
    parent = list(range(count))

    def root(row: int) -> int:
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row

    for a, b in pairs.tolist():
        first, second = sorted((root(a), root(b)))
        parent[second] = first
    return [root(row) for row in range(count)]
