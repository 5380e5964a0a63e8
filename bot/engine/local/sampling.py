"""Choosing the next token."""

from collections.abc import Sequence

import torch

from bot.engine.protocol import Sampling


def choose(
    logits: torch.Tensor,
    sampling: Sampling,
    seen: list[int],
    generator: torch.Generator,
    never: Sequence[int] = (),
) -> int:
    """One id from logits of shape (vocabulary,), none of `never`; `seen` are the ids of the reply so far.

    The repetition penalty divides positive and multiplies negative logits (arXiv:1909.05858); top-p keeps the
    smallest set of tokens whose probability reaches p (arXiv:1904.09751).
    """
    # A copy: a cached prompt keeps its logits.
    logits = logits.to(torch.float32, copy=True)
    if sampling.repetition_penalty != 1.0 and seen:
        index = torch.tensor(sorted(set(seen)), device=logits.device)
        chosen = logits[index]
        penalty = sampling.repetition_penalty
        logits[index] = torch.where(chosen > 0, chosen / penalty, chosen * penalty)
    if never:
        logits[list(never)] = float("-inf")
    if sampling.temperature == 0.0:
        return int(logits.argmax())
    probabilities = torch.softmax(logits / sampling.temperature, dim=-1)
    if sampling.top_p < 1.0:
        ordered, order = probabilities.sort(descending=True)
        beyond = ordered.cumsum(0) - ordered >= sampling.top_p
        probabilities[order[beyond]] = 0.0
    return int(torch.multinomial(probabilities, 1, generator=generator))
