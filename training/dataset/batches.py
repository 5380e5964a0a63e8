"""Which examples a step sees: seeded, near in length, within a budget of tokens."""

import random
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from training.dataset.examples import IGNORED, Example

POOL_BATCHES = 64
# Padding may be any token: it stands behind everything, and under causal attention nothing looks there.
PAD = 0


@dataclass(frozen=True)
class Batch:
    """`input_ids` and `labels`, both (B, T) int64; `tokens` counts the ones that are not padding."""

    input_ids: torch.Tensor
    labels: torch.Tensor
    tokens: int


def collate(examples: Sequence[Example]) -> Batch:
    """Pad on the right to one length, with loss where an answer is learnt from.

    Returns `input_ids` and `labels`, both (B, T) int64, T = the longest example in tokens. There is no
    attention mask: under causal attention no token looks right, so padding there changes nothing.
    Source: -100 is torch.nn.CrossEntropyLoss's ignore_index.
    """
    longest = max(len(example.ids) for example in examples)
    shape = (len(examples), longest)
    input_ids = torch.full(shape, PAD, dtype=torch.int64)
    labels = torch.full(shape, IGNORED, dtype=torch.int64)
    for row, example in enumerate(examples):
        input_ids[row, : len(example.ids)] = torch.tensor(example.ids)
        labels[row, : len(example.labels)] = torch.tensor(example.labels)
    return Batch(input_ids, labels, sum(len(example.ids) for example in examples))


def shuffled_batches(
    lengths: Sequence[int], batch_tokens: int, *, most: int | None = None, seed: int, epoch: int
) -> list[list[int]]:
    """Indices of one epoch's batches: a function of seed and epoch alone, so that a resume repeats it.

    `batch_tokens` bounds a batch with its padding, `most` the examples in it; a longer example is a batch of its
    own. Neighbours in length share a batch within shuffled pools of about POOL_BATCHES batches: little padding.
    """
    chance = random.Random(f"{seed}:{epoch}")
    order = list(range(len(lengths)))
    chance.shuffle(order)
    batches = []
    for pool in _pools(order, lengths, POOL_BATCHES * batch_tokens):
        near = sorted(pool, key=lambda index: -lengths[index])
        batches += even_cut(near, lengths, batch_tokens, most or len(near))
    chance.shuffle(batches)
    return batches


def _pools(order: Sequence[int], lengths: Sequence[int], tokens: int) -> list[list[int]]:
    """The order in pieces of about this many tokens."""
    pools: list[list[int]] = [[]]
    held = 0
    for index in order:
        if held + lengths[index] > tokens and pools[-1]:
            pools.append([])
            held = 0
        pools[-1].append(index)
        held += lengths[index]
    return pools


def even_cut(near: Sequence[int], lengths: Sequence[int], batch_tokens: int, most: int) -> list[list[int]]:
    """Examples, longest first, in as few batches as the budget allows, and those as even as they can be.

    What is left over would be a batch of a few tokens otherwise, whose gradient counts as much as another's.
    """

    def cut(budget: int) -> list[list[int]]:
        batches: list[list[int]] = []
        for index in near:
            full = not batches or (len(batches[-1]) + 1) * lengths[batches[-1][0]] > budget
            if full or len(batches[-1]) == most:
                batches.append([])
            batches[-1].append(index)
        return batches

    fewest = len(cut(batch_tokens))
    # The smallest budget that needs no more batches.
    return cut(bisect_left(range(batch_tokens), True, key=lambda budget: len(cut(budget)) <= fewest))
