"""LoRAs and soft prompts on one shared base, by the sha256 of their artefacts.

A LoRA adds (x Aᵀ) Bᵀ · alpha/r to a linear layer's output (arXiv:2106.09685); the base's weights are not
touched. A soft prompt (arXiv:2104.08691) is rows beyond the input embedding's, with ids of their own.
"""

from typing import Any

import torch

from bot.engine.local.peft_files import Lora


class Adapters:
    """The adapters of one model, and which of them the next forward pass uses."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._loras: dict[str, Lora] = {}
        # First id and rows of each soft prompt; an id is never given twice, so that none means two things.
        self._soft: dict[str, tuple[int, torch.Tensor]] = {}
        self._next_id: int = model.get_input_embeddings().weight.shape[0]
        self._active: Lora | None = None
        self._hooked: set[str] = set()

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

    def soft_ids(self, sha256: str | None) -> tuple[int, ...]:
        """The ids of a soft prompt; none for a LoRA and for the bare base."""
        if sha256 not in self._soft:
            return ()
        first, rows = self._soft[sha256]
        return tuple(range(first, first + len(rows)))

    def activate(self, sha256: str | None) -> None:
        """Use this adapter in the forward passes to come, None for the bare base; KeyError where it is unknown.

        A soft prompt is in the ids, so with it the layers are the base's.
        """
        self._active = None if sha256 is None or sha256 in self._soft else self._loras[sha256]

    def embed(self, ids: torch.Tensor) -> torch.Tensor:
        """Input embeddings of ids (B, T), soft rows included: (B, T, hidden)."""
        embedding = self._model.get_input_embeddings()
        vectors: torch.Tensor = embedding(ids.masked_fill(ids >= embedding.weight.shape[0], 0))
        for first, rows in self._soft.values():
            own = (ids >= first) & (ids < first + len(rows))
            if own.any():
                vectors[own] = rows[ids[own] - first]
        return vectors

    def _addition(self, layer: str) -> Any:
        def add(_module: Any, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> torch.Tensor:
            if self._active is None or layer not in self._active.layers:
                return output
            a, b = self._active.layers[layer]
            low = inputs[0].flatten(0, -2) @ a.T
            output.view(-1, output.shape[-1]).addmm_(low, b.T, alpha=self._active.scale)
            return output

        return add
