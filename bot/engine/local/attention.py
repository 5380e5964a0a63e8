"""Attention of rows that differ in length, over keys and values in pages, for any base of transformers.

All rows of a step are one sequence for the base's own layers; here each sees its own pages only. The base's layers
call it by transformers' interface of attention functions.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import torch
from torch.nn import functional
from transformers import AttentionInterface, AttentionMaskInterface

from bot.engine.local.pages import PAGE, Pages, pages_for

NAME = "trilane_pages"
# Rows attend together whose new ids are at most this many times as many as the fewest of them.
UNEVEN = 1.5
# What a base may do to its scores that is not done here.
UNKNOWN = ("s_aux", "position_bias")


@dataclass(frozen=True, slots=True)
class Span:
    """New ids of one row: `start` is the first one's place in the row, `count` how many, `pages` its table."""

    start: int
    count: int
    pages: Sequence[int]


@dataclass(eq=False, slots=True)
class _Group:
    """Rows that attend together: `queries` (rows, most) are their new ids' places in the step, the last one again
    where a row has fewer; `tables` (rows, pages); `starts` (rows,).

    `whole`: they are all of the step, with one id each. `run`: the pages of a single row that lie side by side.
    """

    queries: torch.Tensor
    counts: list[int]
    tables: torch.Tensor
    starts: torch.Tensor
    even: bool
    whole: bool
    run: slice | None
    masks: dict[int | None, torch.Tensor] = field(default_factory=dict)

    def held(self, pages: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
        """The keys, or values, of these rows: (rows, key heads, keys, size)."""
        if self.run is not None:
            rows = pages[self.run].flatten(0, 1)[None]
        else:
            found = pages.index_select(0, self.tables.flatten())
            rows = found.view(len(self.tables), -1, *pages.shape[2:])
        return rows.transpose(1, 2).to(dtype)

    def mask(self, window: int | None, dtype: torch.dtype, repeated: int) -> torch.Tensor:
        """What each query adds to its scores: (rows, 1, repeated · most, keys)."""
        known = self.masks.get(window)
        if known is None:
            device = self.tables.device
            at = self.starts[:, None] + torch.arange(self.queries.shape[1], device=device)
            keys = torch.arange(self.tables.shape[1] * PAGE, device=device)
            hidden = keys > at[..., None]
            if window is not None:
                hidden |= keys <= at[..., None] - window
            mask = torch.zeros(hidden.shape, dtype=dtype, device=device).masked_fill_(hidden, float("-inf"))
            known = self.masks[window] = mask[:, None].repeat(1, 1, repeated, 1)
        return known


class Step:
    """Where the new ids of a step stand: which page each is written to, and what it may look at."""

    def __init__(self, spans: Sequence[Span], pages: Pages) -> None:
        device = pages.keys.device
        self._pages = pages
        new = [(span, place) for span in spans for place in range(span.start, span.start + span.count)]
        slots = [span.pages[place // PAGE] * PAGE + place % PAGE for span, place in new]
        self._slots = torch.tensor(slots, device=device)
        self.positions = torch.tensor([[place for _, place in new]], device=device)
        self._groups = [_group(rows, len(new), device) for rows in _together(spans)]

    def attend(
        self,
        layer: int,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        scale: float | None,
        window: int | None = None,
        softcap: float | None = None,
    ) -> torch.Tensor:
        """`query` is (ids, heads, size), `key` and `value` are (ids, key heads, size).

        Returns (ids, heads, size).
        """
        count, heads, size = query.shape
        keys, values = self._pages.keys[layer], self._pages.values[layer]
        for tensor, new in ((keys, key), (values, value)):
            tensor.flatten(0, 1).index_copy_(0, self._slots, new.to(tensor.dtype))
        shared = heads // keys.shape[2]
        out = torch.empty((count, heads, size), dtype=query.dtype, device=query.device)
        for group in self._groups:
            rows, most = group.queries.shape
            # Heads that share their keys attend as further queries: (rows, key heads, shared · most, size).
            own = query if group.whole else query.index_select(0, group.queries.flatten())
            own = (
                own.view(rows, most, -1, shared, size)
                .permute(0, 2, 3, 1, 4)
                .reshape(rows, -1, shared * most, size)
            )
            seen, told = group.held(keys, query.dtype), group.held(values, query.dtype)
            found = _attended(own, seen, told, group.mask(window, query.dtype, shared), scale, softcap)
            found = found.view(rows, -1, shared, most, size).permute(0, 3, 1, 2, 4).reshape(-1, heads, size)
            if group.whole:
                return found
            if group.even:
                out[group.queries.flatten()] = found
            else:
                for row, count in enumerate(group.counts):
                    out[group.queries[row, :count]] = found[row * most : row * most + count]
        return out


def _attended(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    mask: torch.Tensor,
    scale: float | None,
    softcap: float | None,
) -> torch.Tensor:
    """softmax(q kᵀ · scale + mask) v, where a base caps its scores with these capped."""
    if softcap is None:
        return functional.scaled_dot_product_attention(query, key, value, mask, scale=scale)
    scores = query @ key.transpose(2, 3) * (query.shape[-1] ** -0.5 if scale is None else scale)
    capped = softcap * torch.tanh(scores / softcap) + mask
    return torch.softmax(capped, dim=-1, dtype=torch.float32).to(value.dtype) @ value


def _together(spans: Sequence[Span]) -> Iterator[list[tuple[int, Span]]]:
    """Rows with about as many new ids, each with the place of its first one in the step."""
    places, at = [], 0
    for span in spans:
        places.append((at, span))
        at += span.count
    places.sort(key=lambda placed: placed[1].count)
    while places:
        least = places[0][1].count
        end = next((number for number, (_, span) in enumerate(places) if span.count > UNEVEN * least), len(places))
        yield places[:end]
        del places[:end]


def _group(rows: Sequence[tuple[int, Span]], ids: int, device: torch.device) -> _Group:
    """Some rows of a step of so many ids."""
    most = max(span.count for _, span in rows)
    longest = max(pages_for(span.start + span.count) for _, span in rows)
    queries = [[at + min(place, span.count - 1) for place in range(most)] for at, span in rows]
    tables = []
    for _, span in rows:
        used = list(span.pages[: pages_for(span.start + span.count)])
        # Nobody looks at what is behind the row's end, so that any page may stand there.
        tables.append(used + [used[-1]] * (longest - len(used)))
    counts = [span.count for _, span in rows]
    first = tables[0][0]
    beside = len(rows) == 1 and tables[0] == list(range(first, first + longest))
    return _Group(
        torch.tensor(queries, device=device),
        counts,
        torch.tensor(tables, device=device),
        torch.tensor([span.start for _, span in rows], device=device),
        even=min(counts) == most,
        whole=most == 1 and len(rows) == ids,
        run=slice(first, first + longest) if beside else None,
    )


_NOW: ContextVar[Step] = ContextVar("step")


@contextmanager
def during(step: Step, config: Any) -> Iterator[None]:
    """A forward pass in here computes this step; outside, a base with this config attends as it did."""
    token, before = _NOW.set(step), config._attn_implementation
    config._attn_implementation = NAME
    try:
        yield
    finally:
        config._attn_implementation = before
        _NOW.reset(token)


def _attend(
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    _attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    **others: Any,
) -> tuple[torch.Tensor, None]:
    """transformers' interface of an attention."""
    if unknown := [name for name in UNKNOWN if others.get(name) is not None]:
        raise NotImplementedError(f"attention with {', '.join(unknown)} is not served")
    window, softcap = others.get("sliding_window"), others.get("softcap")
    asked, seen, told = (part[0].transpose(0, 1) for part in (query, key, value))
    return _NOW.get().attend(module.layer_idx, asked, seen, told, scaling, window, softcap)[None], None


AttentionInterface.register(NAME, _attend)
# Each row knows what it sees: there is no mask to make.
AttentionMaskInterface.register(NAME, lambda *_args, **_kwargs: None)
