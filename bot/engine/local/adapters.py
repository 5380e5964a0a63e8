"""LoRAs and soft prompts on one shared base, by the sha256 of their artefacts; each id of a step may have its own.

A LoRA adds (x Aᵀ) Bᵀ · alpha/r to a linear layer's output (arXiv:2106.09685); the base's weights are not
touched. The LoRAs of a step stand beside each other as one of all their ranks, of which each id keeps those of its
own (as arXiv:2311.03285 batches them). A soft prompt (arXiv:2104.08691) is rows beyond the input embedding's, with
ids of their own.
"""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch

from bot.engine.local.peft_files import Lora

# Sets of LoRAs that met in a step, and whose weights beside each other are kept.
SETS = 4


@dataclass(frozen=True, eq=False, slots=True)
class Beside:
    """LoRAs as one: A (ranks, in) and B (out, ranks), scaled, by the layers that are computed together.

    `ranks` are the columns of each LoRA in one layer.
    """

    ranks: dict[str, range]
    layers: dict[tuple[str, ...], tuple[torch.Tensor, torch.Tensor] | None] = field(default_factory=dict)


class Adapters:
    """The adapters of one model, and which of them a forward pass uses."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._loras: dict[str, Lora] = {}
        # First id and rows of each soft prompt; an id is never given twice, so that none means two things.
        self._soft: dict[str, tuple[int, torch.Tensor]] = {}
        self._next_id: int = model.get_input_embeddings().weight.shape[0]
        self._hooked: set[str] = set()
        self._beside: OrderedDict[tuple[str, ...], Beside] = OrderedDict()
        self._active: Beside | None = None
        # (ids of the step, ranks): 1 where the rank is of the id's own LoRA; None where all have the only one.
        self._own: torch.Tensor | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The sha256 of each that is loaded."""
        return (*self._loras, *self._soft)

    def add(self, sha256: str, adapter: Lora | torch.Tensor) -> None:
        """Make a LoRA, or the rows of a soft prompt, available."""
        if isinstance(adapter, torch.Tensor):
            self._soft[sha256] = (self._next_id, adapter)
            self._next_id += len(adapter)
            return
        modules = dict(self._model.named_modules())
        for layer in adapter.layers.keys() - self._hooked:
            modules[layer].register_forward_hook(self._addition(layer))
            self._hooked.add(layer)
        self._loras[sha256] = adapter

    def remove(self, sha256: str) -> None:
        """Forget it."""
        self._loras.pop(sha256, None)
        self._soft.pop(sha256, None)
        for names in [names for names in self._beside if sha256 in names]:
            del self._beside[names]

    def soft_ids(self, sha256: str | None) -> tuple[int, ...]:
        """The ids of a soft prompt; none for a LoRA and for the bare base."""
        if sha256 not in self._soft:
            return ()
        first, rows = self._soft[sha256]
        return tuple(range(first, first + len(rows)))

    @contextmanager
    def using(self, spans: Sequence[tuple[str | None, int]]) -> Iterator[None]:
        """A forward pass in here uses these: for so many ids each, one after another; outside, the bare base.

        None is the bare base. With a soft prompt, which is in the ids, the layers are the base's. KeyError where
        one is unknown.
        """
        loras = [None if sha256 is None or sha256 in self._soft else sha256 for sha256, _ in spans]
        names = tuple(sorted({sha256 for sha256 in loras if sha256 is not None}))
        if names:
            self._active = self._of(names)
            if None in loras or len(names) > 1:
                counts = [count for _, count in spans]
                self._own = self._owned(self._active, list(zip(loras, counts, strict=True)))
        try:
            yield
        finally:
            self._active = self._own = None

    def embed(self, ids: torch.Tensor) -> torch.Tensor:
        """Input embeddings of ids (...), soft rows included: (..., width)."""
        embedding = self._model.get_input_embeddings()
        vectors: torch.Tensor = embedding(ids.masked_fill(ids >= embedding.weight.shape[0], 0))
        for first, rows in self._soft.values():
            own = (ids >= first) & (ids < first + len(rows))
            if own.any():
                vectors[own] = rows[ids[own] - first]
        return vectors

    def _owned(self, beside: Beside, spans: Sequence[tuple[str | None, int]]) -> torch.Tensor:
        """Which ranks are each id's own: (ids, ranks), of zeros and ones."""
        weight = self._model.get_input_embeddings().weight
        own: torch.Tensor = weight.new_zeros(
            (sum(count for _, count in spans), sum(map(len, beside.ranks.values())))
        )
        at = 0
        for sha256, count in spans:
            if sha256 is not None:
                ranks = beside.ranks[sha256]
                own[at : at + count, ranks.start : ranks.stop] = 1
            at += count
        return own

    def add_to(
        self, output: torch.Tensor, inputs: torch.Tensor, layers: tuple[str, ...], sizes: tuple[int, ...]
    ) -> None:
        """Add to what linear layers made of `inputs` (ids, in): to their outputs beside each other (ids, out).

        `sizes` are the outputs of each of `layers`.
        """
        active = self._active
        if active is None:
            return
        if layers not in active.layers:
            active.layers[layers] = self._fused(active, layers, sizes)
        weights = active.layers[layers]
        if weights is None:
            return
        low, high = weights
        inner = inputs @ low.T
        if self._own is not None:
            inner.view(len(inner), len(layers), -1).mul_(self._own[:, None])
        output.addmm_(inner, high.T)

    def _of(self, names: tuple[str, ...]) -> Beside:
        """LoRAs beside each other."""
        if (known := self._beside.get(names)) is not None:
            self._beside.move_to_end(names)
            return known
        ranks: dict[str, range] = {}
        for name in names:
            start = sum(map(len, ranks.values()))
            ranks[name] = range(start, start + self._loras[name].rank)
        while len(self._beside) >= SETS:
            self._beside.popitem(last=False)
        made = self._beside[names] = Beside(ranks)
        return made

    def _fused(
        self, beside: Beside, layers: tuple[str, ...], sizes: tuple[int, ...]
    ) -> tuple[torch.Tensor, torch.Tensor] | None:
        """What the LoRAs add to layers of one input; one that leaves a layer out adds nothing to it."""
        known = [weights for name in beside.ranks for weights in self._loras[name].layers.items()]
        example = next((weights for layer, weights in known if layer in layers), None)
        if example is None:
            return None
        total = sum(map(len, beside.ranks.values()))
        low = example[0].new_zeros((len(layers) * total, example[0].shape[1]))
        # So laid out a product in bfloat16 without hardware for it takes a quarter of the time.
        high = example[1].new_zeros((sum(sizes), len(low)))
        for number, (layer, size) in enumerate(zip(layers, sizes, strict=True)):
            first = sum(sizes[:number])
            for name, ranks in beside.ranks.items():
                lora = self._loras[name]
                if (weights := lora.layers.get(layer)) is not None:
                    rows = slice(number * total + ranks.start, number * total + ranks.stop)
                    low[rows] = weights[0]
                    high[first : first + size, rows] = weights[1] * lora.scale
        return low, high

    def _addition(self, layer: str) -> Any:
        def add(module: Any, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> torch.Tensor:
            rows = output.view(-1, output.shape[-1])
            self.add_to(rows, inputs[0].flatten(0, -2), (layer,), (module.weight.shape[0],))
            return output

        return add
