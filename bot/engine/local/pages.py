"""Memory for keys and values: a fixed number of pages, taken before the first request. No ids, no adapters.

Source of the idea: https://arxiv.org/abs/2309.06180
"""

from collections.abc import Sequence

import numpy as np
import torch

# Tokens of a page.
PAGE = 16


def pages_for(tokens: int) -> int:
    """How many pages hold so many tokens."""
    return -(-tokens // PAGE)


class Pages:
    """`keys` and `values` are (layers, pages, PAGE, heads, size); whoever takes a page alone writes to it."""

    def __init__(self, count: int, layers: int, heads: int, size: int, dtype: torch.dtype, device: torch.device):
        shape = (layers, count, PAGE, heads, size)
        self.keys, self.values = _zeros(shape, dtype, device), _zeros(shape, dtype, device)
        self.count = count
        # Taken from the end: pages that were given back last are warm.
        self._free = list(range(count - 1, -1, -1))

    @property
    def free(self) -> int:
        """Pages that nobody has."""
        return len(self._free)

    def take(self, count: int) -> list[int]:
        """So many pages; there must be as many free ones."""
        taken = self._free[-count:][::-1] if count else []
        if len(taken) < count:
            raise MemoryError(f"{count} pages are wanted, and {len(taken)} are free")
        del self._free[len(self._free) - count :]
        return taken

    def give_back(self, pages: Sequence[int]) -> None:
        """They may be taken by others from now on."""
        self._free += pages

    def copy(self, source: int, target: int, tokens: int) -> None:
        """The first tokens of a page into another one."""
        for tensor in (self.keys, self.values):
            tensor[:, target, :tokens] = tensor[:, source, :tokens]

    def wipe(self, pages: Sequence[int]) -> None:
        """Take out what is no number: what nobody looks at must be finite all the same."""
        for tensor in (self.keys, self.values):
            tensor[:, list(pages)] = 0

    def unused(self) -> set[int]:
        """The free pages, to check who has which."""
        return set(self._free)


def _zeros(shape: tuple[int, ...], dtype: torch.dtype, device: torch.device) -> torch.Tensor:
    """Zeros; on a CPU the system gives memory to what is written to, and no more."""
    if device.type != "cpu":
        return torch.zeros(shape, dtype=dtype, device=device)
    return torch.from_numpy(np.zeros((*shape[:-1], shape[-1] * dtype.itemsize), np.uint8)).view(dtype)
