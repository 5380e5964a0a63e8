"""What was read before: keys and values of whole prompts, so that what follows one pays for its new tokens only.

An entry belongs to one adapter and one sequence of token ids; nothing is ever shared between adapters, because
their keys and values differ. One cache serves one base. Tensors are never written in place (transformers'
DynamicCache puts new ones beside them), so an entry and the reply that goes on from it share memory.
"""

import copy
from collections import OrderedDict
from dataclasses import dataclass, replace

import torch
from transformers import DynamicCache

Key = tuple[str | None, tuple[int, ...]]


@dataclass(frozen=True, eq=False, slots=True)
class State:
    """A model that has read some ids: its keys and values, and the logits of what comes next.

    `logits` has shape (vocabulary,), or (0,) where whoever goes on reads the last id of the prompt once more.
    `begin` holds the keys that go before those of `cache`, where many prompts begin alike.
    """

    cache: DynamicCache
    logits: torch.Tensor
    begin: DynamicCache | None = None

    @property
    def parts(self) -> tuple[DynamicCache, ...]:
        """All that was read, in order."""
        return (self.cache,) if self.begin is None else (self.begin, self.cache)

    @property
    def bytes(self) -> int:
        """The memory that it holds by itself: what many begin with is one and the same tensor."""
        tensors = [tensor for layer in self.cache.layers for tensor in (layer.keys, layer.values)]
        return sum(tensor.nbytes for tensor in (*tensors, self.logits))


def fork(cache: DynamicCache) -> DynamicCache:
    """A cache that goes its own way from here, over the same tensors."""
    twin = copy.copy(cache)
    twin.layers = [copy.copy(layer) for layer in cache.layers]
    return twin


class PrefixCache:
    """The least recently used entries go when `max_bytes` is reached; 0 keeps nothing."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._entries: OrderedDict[Key, State] = OrderedDict()
        self.bytes = 0

    def longest(self, adapter: str | None, ids: tuple[int, ...]) -> tuple[int, State] | None:
        """The longest entry that `ids` begin with: its length in tokens, and a state to go on from."""
        lengths = {len(known) for owner, known in self._entries if owner == adapter and len(known) <= len(ids)}
        for length in sorted(lengths, reverse=True):
            key = adapter, ids[:length]
            if key in self._entries:
                self._entries.move_to_end(key)
                state = self._entries[key]
                return length, replace(state, cache=fork(state.cache))
        return None

    def keep(self, adapter: str | None, ids: tuple[int, ...], state: State) -> None:
        """Remember what was read, as it is now."""
        if state.bytes > self._max_bytes:
            return
        self._forget((adapter, ids))
        self._entries[adapter, ids] = replace(state, cache=fork(state.cache))
        self.bytes += state.bytes
        while self.bytes > self._max_bytes:
            self._forget(next(iter(self._entries)))

    def drop(self, adapter: str) -> None:
        """Forget everything that was read with an adapter."""
        for key in [key for key in self._entries if key[0] == adapter]:
            self._forget(key)

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()
        self.bytes = 0

    def _forget(self, key: Key) -> None:
        state = self._entries.pop(key, None)
        if state is not None:
            self.bytes -= state.bytes
