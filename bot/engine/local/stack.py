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


def taken_apart(cache: DynamicCache, lengths: Sequence[int]) -> list[DynamicCache]:
    """Each row of a batch as a cache of its own, cut to its length: a copy that holds no padding."""
    return [
        DynamicCache(
            [
                (layer.keys[row : row + 1, :, :length].clone(), layer.values[row : row + 1, :, :length].clone())
                for layer in cache.layers
            ]
        )
        for row, length in enumerate(lengths)
    ]


def stacked(caches: Sequence[DynamicCache], more: int, config: Any) -> tuple[DynamicCache, torch.Tensor]:
    """Caches of one row each as one batch, padded behind; and the mask of what may be seen of it.

    The mask, (rows, longest + more) int64, hides the padding and shows the `more` keys that come next.
    """
    lengths = [cache.get_seq_length() for cache in caches]
    longest = max(lengths)
    batch = DynamicCache(config=config)
    for number in range(len(batch.layers)):
        layers = [cache.layers[number] for cache in caches]
        batch.update(
            _rows([layer.keys for layer in layers], longest),
            _rows([layer.values for layer in layers], longest),
            number,
        )
    places = torch.arange(longest + more, device=batch.layers[0].keys.device)
    own = torch.tensor(lengths, device=places.device)[:, None]
    return batch, ((places < own) | (places >= longest)).long()


def _rows(tensors: Sequence[torch.Tensor], longest: int) -> torch.Tensor:
    """Tensors (1, heads, own length, width) as one of (rows, heads, longest, width), zeros behind."""
    rows = tensors[0].new_zeros((len(tensors), tensors[0].shape[1], longest, tensors[0].shape[3]))
    for row, tensor in enumerate(tensors):
        rows[row, :, : tensor.shape[2]] = tensor[0]
    return rows
