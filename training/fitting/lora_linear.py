"""A linear layer with a low-rank addition, computed in as few passes over memory as can be.

PEFT's own forward scales and adds in passes of their own, both ways, over every output of every layer.
"""

from typing import Any

import torch
from peft.tuners.lora.layer import Linear


class LoraProduct(torch.autograd.Function):
    """x Wᵀ + b + s (x Aᵀ) Bᵀ, where W and b are not trained."""

    @staticmethod
    def forward(
        ctx: Any,
        x: torch.Tensor,
        weight: torch.Tensor,
        bias: torch.Tensor | None,
        low: torch.Tensor,
        high: torch.Tensor,
        scale: float,
    ) -> torch.Tensor:
        """`x` (…, in), `weight` (out, in), `low` A (r, in), `high` B (out, r); returns (…, out)."""
        rows = x.reshape(-1, x.shape[-1])
        inner = rows @ low.t()
        out = torch.nn.functional.linear(rows, weight, bias)
        out.addmm_(inner, high.t(), alpha=scale)
        ctx.save_for_backward(rows, weight, low, high, inner)
        ctx.scale, ctx.shape = scale, x.shape
        return out.view(*x.shape[:-1], -1)

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        """Gradients of x, A and B."""
        rows, weight, low, high, inner = ctx.saved_tensors
        grad = grads[0].reshape(-1, grads[0].shape[-1])
        to_inner = (grad @ high) * ctx.scale
        to_low = to_inner.t() @ rows
        to_high = (grad.t() @ inner) * ctx.scale
        to_x = None
        if ctx.needs_input_grad[0]:
            to_x = (grad @ weight).addmm_(to_inner, low).view(ctx.shape)
        return to_x, None, None, to_low, to_high, None


class LeanLinear(Linear):  # type: ignore[misc]
    """PEFT's layer with one adapter and no dropout; its parameters and their names stay what they are."""

    def forward(self, x: torch.Tensor, *_args: Any, **_kwargs: Any) -> torch.Tensor:
        """The layer's output with its addition."""
        (name,) = self.active_adapters
        base = self.get_base_layer()
        product: torch.Tensor = LoraProduct.apply(  # type: ignore[no-untyped-call]
            x, base.weight, base.bias, self.lora_A[name].weight, self.lora_B[name].weight, self.scaling[name]
        )
        return product


def use_lean_linears(model: Any) -> None:
    """Let every plain LoRA layer of a PEFT model compute so; `model` is changed. Not for layers with dropout."""
    for module in model.modules():
        if type(module) is Linear and type(module.get_base_layer()) is torch.nn.Linear:
            module.__class__ = LeanLinear
