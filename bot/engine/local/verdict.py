"""Which of two tokens the base would say next, from its last hidden states and two rows of its output layer."""

from typing import Any

import torch


def verdicts(hidden: torch.Tensor, output: Any, yes: int, no: int) -> torch.Tensor:
    """log p(yes) - log p(no) of the next token after each of `hidden` (..., width), in nats, in float32: (...).

    What a base does to its logits behind the output layer, a scale or a cap, changes no order and is left out.
    Training and serving judge with this.
    """
    weight: torch.Tensor = output.weight
    found = hidden.float() @ (weight[yes].float() - weight[no].float())
    bias: torch.Tensor | None = getattr(output, "bias", None)
    return found if bias is None else found + (bias[yes].float() - bias[no].float())
