"""Choosing the next ids of several rows at once."""

from collections.abc import Sequence

import torch

from bot.engine.local.rows import Next


def choose(logits: torch.Tensor, wants: Sequence[Next]) -> list[int]:
    """One id for each row of `logits` (rows, vocabulary), in float32, which are used up.

    The repetition penalty divides positive and multiplies negative logits (arXiv:1909.05858); top-p keeps the
    smallest set of tokens whose probability reaches p (arXiv:1904.09751). A row draws with its own generator, so
    that what else is chosen with it changes nothing.
    """
    _penalise(logits, wants)
    never = [(row, token) for row, want in enumerate(wants) for token in want.never if not want.said]
    if never:
        rows, tokens = torch.tensor(never, device=logits.device).T
        logits[rows, tokens] = float("-inf")
    chosen: list[int] = logits.argmax(dim=-1).tolist()
    drawing = [row for row, want in enumerate(wants) if want.sampling.temperature > 0.0]
    if drawing:
        drawn = _draw(logits[drawing], [wants[row] for row in drawing])
        for row, token in zip(drawing, drawn, strict=True):
            chosen[row] = token
    return chosen


def _penalise(logits: torch.Tensor, wants: Sequence[Next]) -> None:
    """Make what a row said already less probable, each id once."""
    said = [
        (row, token, want.sampling.repetition_penalty)
        for row, want in enumerate(wants)
        if want.sampling.repetition_penalty != 1.0
        for token in set(want.said)
    ]
    if said:
        rows, tokens, penalties = zip(*said, strict=True)
        place = torch.tensor(rows, device=logits.device), torch.tensor(tokens, device=logits.device)
        penalty = torch.tensor(penalties, device=logits.device)
        values = logits[place]
        logits[place] = torch.where(values > 0, values / penalty, values * penalty)


def _draw(logits: torch.Tensor, wants: Sequence[Next]) -> list[int]:
    """By temperature and top-p, from the ids in the order of their probability."""
    device = logits.device
    heat = torch.tensor([want.sampling.temperature for want in wants], device=device)
    probable, order = torch.softmax(logits / heat[:, None], dim=-1).sort(dim=-1, descending=True)
    top = torch.tensor([want.sampling.top_p for want in wants], device=device)
    probable[probable.cumsum(-1) - probable >= top[:, None]] = 0.0
    reached = probable.cumsum(-1)
    chance = torch.stack([torch.rand((), generator=want.generator, device=device) for want in wants])
    # A chance is below 1, so that what is found has a probability, but for the last bits of the sum.
    places = (reached > chance[:, None] * reached[:, -1:]).int().argmax(-1)
    return order.gather(1, places[:, None])[:, 0].tolist()
