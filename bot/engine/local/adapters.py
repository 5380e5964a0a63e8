"""LoRA and soft prompts on one shared base, read from PEFT's files.

A LoRA adds (x Aᵀ) Bᵀ · alpha/r to a linear layer's output (arXiv:2106.09685); the base's weights are not
touched. A soft prompt (arXiv:2104.08691) is rows after the end of the input embedding, with ids of their own.
"""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file

from bot.errors import ArtefactInvalid

_PREFIX, _A, _B = "base_model.model.", ".lora_A.weight", ".lora_B.weight"


class Lora:
    """Low-rank additions by the name of the linear layer that they belong to."""

    def __init__(self, layers: dict[str, tuple[torch.Tensor, torch.Tensor]], scale: float) -> None:
        self.layers, self.scale = layers, scale


def read_lora(folder: Path, model: Any) -> Lora:
    """Read PEFT's adapter_config.json and adapter_model.safetensors; every layer must exist in `model`."""
    config = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
    if config.get("peft_type") != "LORA" or config.get("use_dora") or config.get("rank_pattern"):
        raise ArtefactInvalid(folder, "only plain LoRA adapters of one rank can be served")
    weights = load_file(folder / "adapter_model.safetensors")
    modules = dict(model.named_modules())
    layers: dict[str, tuple[torch.Tensor, torch.Tensor]] = {}
    for key in weights:
        if key.endswith(_A):
            name = key.removeprefix(_PREFIX).removesuffix(_A)
            if name not in modules or key.removesuffix(_A) + _B not in weights:
                raise ArtefactInvalid(folder, f"the base has no linear layer for {key}")
            weight = modules[name].weight
            a = weights[key].to(weight.device, weight.dtype)
            b = weights[key.removesuffix(_A) + _B].to(weight.device, weight.dtype)
            if a.shape[1] != weight.shape[1] or b.shape[0] != weight.shape[0]:
                raise ArtefactInvalid(folder, f"{key} has another shape than the base's layer")
            layers[name] = (a, b)
        elif not key.endswith(_B):
            raise ArtefactInvalid(folder, f"{key} is not a LoRA weight that can be served")
    rank_scale = config["r"] ** 0.5 if config.get("use_rslora") else config["r"]
    return Lora(layers, config["lora_alpha"] / rank_scale)


def read_soft_prompt(folder: Path, model: Any) -> torch.Tensor:
    """The rows of PEFT's prompt-tuning file, shape (virtual tokens, hidden size)."""
    config = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
    if config.get("peft_type") != "PROMPT_TUNING":
        raise ArtefactInvalid(folder, "adapter_config.json is not PEFT's prompt tuning")
    rows = load_file(folder / "adapter_model.safetensors").get("prompt_embeddings")
    table = model.get_input_embeddings().weight
    if rows is None or rows.shape[1] != table.shape[1]:
        raise ArtefactInvalid(folder, "prompt_embeddings are missing or of another width than the base")
    return rows.to(table.device, table.dtype)


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
