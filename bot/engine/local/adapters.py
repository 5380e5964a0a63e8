"""LoRA and soft prompts on one shared base.

A LoRA adds (x Aᵀ) Bᵀ · alpha/r to a linear layer's output (arXiv:2106.09685); the base's weights are not
touched. A soft prompt (arXiv:2104.08691) is rows after the end of the input embedding, with ids of their own.
"""

from typing import Any

import torch

from bot.engine.local.peft_files import Lora


class Adapters:
    """The adapters of one model, and which of them the next forward pass uses."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._loras: dict[str, Lora] = {}
        self._active: Lora | None = None
        self._hooked: set[str] = set()
        self._soft = torch.empty(0, model.config.hidden_size)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the loaded LoRAs."""
        return tuple(self._loras)

    @property
    def soft_rows(self) -> int:
        """Number of soft-prompt rows after the vocabulary."""
        return len(self._soft)

    def add_lora(self, name: str, lora: Lora) -> None:
        """Make a LoRA available by name."""
        modules = dict(self._model.named_modules())
        for layer in lora.layers.keys() - self._hooked:
            modules[layer].register_forward_hook(self._addition(layer))
            self._hooked.add(layer)
        self._loras[name] = lora

    def set_soft_prompt(self, rows: torch.Tensor) -> None:
        """Give the ids from the end of the vocabulary on these rows."""
        self._soft = rows

    def activate(self, name: str | None) -> None:
        """Use this LoRA in the forward passes to come; None is the bare base."""
        self._active = None if name is None else self._loras[name]

    def embed(self, ids: torch.Tensor) -> torch.Tensor:
        """Input embeddings of ids (B, T), soft rows included: (B, T, hidden)."""
        embedding = self._model.get_input_embeddings()
        vocabulary = embedding.weight.shape[0]
        soft = ids >= vocabulary
        vectors: torch.Tensor = embedding(ids.masked_fill(soft, 0))
        if soft.any():
            vectors[soft] = self._soft[ids[soft] - vocabulary]
        return vectors

    def _addition(self, layer: str) -> Any:
        def add(_module: Any, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> torch.Tensor:
            if self._active is None or layer not in self._active.layers:
                return output
            a, b = self._active.layers[layer]
            return output + (inputs[0] @ a.T) @ b.T * self._active.scale

        return add
