"""The layers of the Llama family in as few steps as they need: what they compute is transformers' own.

Most of a small base's time for one id goes to Python between the products. Here the weights that read the same
input stand in one matrix, and nothing is called that a served row does not need.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional
from transformers import LlamaForCausalLM, MistralForCausalLM, Qwen2ForCausalLM, Qwen3ForCausalLM

from bot.engine.local.adapters import Adapters
from bot.engine.local.attention import Step

FAMILY = (LlamaForCausalLM, MistralForCausalLM, Qwen2ForCausalLM, Qwen3ForCausalLM)


@dataclass(frozen=True, eq=False, slots=True)
class Product:
    """Linear layers that read the same input as one: `weight` (out of all, in), and their names for adapters."""

    weight: torch.Tensor
    bias: torch.Tensor | None
    names: tuple[str, ...]
    sizes: tuple[int, ...]


@dataclass(frozen=True, eq=False, slots=True)
class _Layer:
    before: torch.Tensor
    asking: Product
    norms: tuple[torch.Tensor, torch.Tensor] | None
    attended: Product
    between: torch.Tensor
    wide: Product
    narrow: Product
    window: int | None


def is_lean(model: Any) -> bool:
    """Whether a base is computed by what is in here."""
    config = model.config
    plain = type(model) in FAMILY and config.hidden_act == "silu"
    return plain and all(type(layer) is torch.nn.Linear for layer in _linears(model))


class Llama:
    """A base of the family. Its weights are put beside each other, and its own layers read them from there."""

    def __init__(self, model: Any, adapters: Adapters) -> None:
        config = model.config
        self._model, self._adapters = model, adapters
        self._eps: float = config.rms_norm_eps
        self._size: int = model.model.layers[0].self_attn.head_dim
        self._heads: int = config.num_attention_heads
        self._shared: int = config.num_key_value_heads
        self._layers = [self._layer(number, layer) for number, layer in enumerate(model.model.layers)]

    def run(self, embedded: torch.Tensor, step: Step, outputs: Sequence[int]) -> tuple[torch.Tensor, torch.Tensor]:
        """One pass over `embedded` (ids, width); hidden states (outputs, width), logits (outputs, vocabulary)."""
        model, hidden = self._model, embedded
        cos, sin = (
            part[0, :, None, : self._size // 2] for part in model.model.rotary_emb(embedded, step.positions)
        )
        for number, layer in enumerate(self._layers):
            read = self._norm(hidden, layer.before)
            hidden = hidden + self._times(self._attend(number, layer, read, cos, sin, step), layer.attended)
            gate, up = self._times(self._norm(hidden, layer.between), layer.wide).chunk(2, dim=-1)
            hidden = hidden + self._times(functional.silu(gate).mul_(up), layer.narrow)
        kept = hidden[torch.tensor(outputs, device=hidden.device)] if outputs else hidden[:0]
        kept = self._norm(kept, model.model.norm.weight)
        return kept, model.lm_head(kept)

    def _attend(
        self, number: int, layer: _Layer, read: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor, step: Step
    ) -> torch.Tensor:
        asked = self._times(read, layer.asking).view(len(read), -1, self._size)
        turned, value = asked[:, : -self._shared], asked[:, -self._shared :]
        if layer.norms is not None:
            query, key = turned[:, : self._heads], turned[:, self._heads :]
            turned = torch.cat([self._norm(query, layer.norms[0]), self._norm(key, layer.norms[1])], dim=1)
        first, second = turned.chunk(2, dim=-1)
        turned = torch.cat([first * cos - second * sin, second * cos + first * sin], dim=-1)
        query, key = turned[:, : self._heads], turned[:, self._heads :]
        return step.attend(number, query, key, value, None, layer.window).view(len(read), -1)

    def _norm(self, values: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        return functional.rms_norm(values, weight.shape, weight, self._eps)

    def _times(self, values: torch.Tensor, product: Product) -> torch.Tensor:
        out = functional.linear(values, product.weight, product.bias)
        self._adapters.add_to(out, values, product.names, product.sizes)
        return out

    def _layer(self, number: int, layer: Any) -> _Layer:
        attention, dense = layer.self_attn, layer.mlp
        name = f"model.layers.{number}"
        norms = (attention.q_norm.weight, attention.k_norm.weight) if hasattr(attention, "q_norm") else None
        types = getattr(self._model.config, "layer_types", None)
        slides = getattr(self._model.config, "sliding_window", None)
        if types is not None and types[number] != "sliding_attention":
            slides = None
        return _Layer(
            layer.input_layernorm.weight,
            _beside(f"{name}.self_attn", attention, "q_proj", "k_proj", "v_proj"),
            norms,
            _beside(f"{name}.self_attn", attention, "o_proj"),
            layer.post_attention_layernorm.weight,
            _beside(f"{name}.mlp", dense, "gate_proj", "up_proj"),
            _beside(f"{name}.mlp", dense, "down_proj"),
            slides,
        )


def _beside(name: str, module: Any, *parts: str) -> Product:
    """Linear layers of a module as one, whose weights become views of it."""
    layers = [getattr(module, part) for part in parts]
    sizes = tuple(len(layer.weight) for layer in layers)
    names = tuple(f"{name}.{part}" for part in parts)
    if len(layers) == 1:
        return Product(layers[0].weight, layers[0].bias, names, sizes)
    weight = torch.cat([layer.weight for layer in layers])
    biases = [layer.bias for layer in layers]
    bias = None if biases[0] is None else torch.cat(biases)
    for layer, own in zip(layers, torch.split(weight, list(sizes)), strict=True):
        layer.weight = torch.nn.Parameter(own, requires_grad=False)
    return Product(weight, bias, names, sizes)


def _linears(model: Any) -> list[Any]:
    return [
        getattr(part, name)
        for layer in model.model.layers
        for part in (layer.self_attn, layer.mlp)
        for name in ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
        if hasattr(part, name)
    ]
