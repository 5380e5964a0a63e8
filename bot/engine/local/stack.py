"""Keys and values of several prompts as one batch, and a batch's taken apart again. No model, no ids.

Only caches whose layers hold every key (no sliding windows, no states of another kind) can be stacked.
"""

from collections.abc import Sequence
from typing import Any

import torch
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer


def can_stack(config: Any) -> bool:
    """Whether the caches of a base with this config can be stacked."""
    return all(type(layer) is DynamicLayer for layer in DynamicCache(config=config).layers)


def taken_apart(cache: DynamicCache, lengths: Sequence[int], start: int = 0) -> list[DynamicCache]:
    """Each row of a batch from `start` on as a cache of its own, cut to its length: a copy without padding."""
    return [
        DynamicCache(
            [
                tuple(tensor[row : row + 1, :, start:length].clone() for tensor in (layer.keys, layer.values))
                for layer in cache.layers
            ]
        )
        for row, length in enumerate(lengths)
    ]


def stacked(caches: Sequence[Sequence[DynamicCache]], more: int, config: Any) -> tuple[DynamicCache, torch.Tensor]:
    """Caches of one row, each in parts that follow each other, as one batch, padded behind; and its mask.

    The mask, (rows, longest + more) int64, hides the padding and shows the `more` keys that come next.
    """
    lengths = [sum(part.get_seq_length() for part in parts) for parts in caches]
    longest = max(lengths)
    batch = DynamicCache(config=config)
    for number in range(len(batch.layers)):
        layers = [[part.layers[number] for part in parts] for parts in caches]
        batch.update(
            _rows([[layer.keys for layer in parts] for parts in layers], longest),
            _rows([[layer.values for layer in parts] for parts in layers], longest),
            number,
        )
    places = torch.arange(longest + more, device=batch.layers[0].keys.device)
    own = torch.tensor(lengths, device=places.device)[:, None]
    return batch, ((places < own) | (places >= longest)).long()


def _rows(tensors: Sequence[Sequence[torch.Tensor]], longest: int) -> torch.Tensor:
    """Rows of tensors (1, heads, own length, width) as one of (rows, heads, longest, width), zeros behind."""
    first = tensors[0][0]
    rows = first.new_zeros((len(tensors), first.shape[1], longest, first.shape[3]))
    for row, parts in enumerate(tensors):
        start = 0
        for part in parts:
            rows[row, :, start : start + part.shape[2]] = part[0]
            start += part.shape[2]
    return rows
