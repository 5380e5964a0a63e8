"""Causal attention for training on a CPU: blocks of queries, each against the keys up to its own end.

torch's own bf16 kernel takes three to four times as long here at a few hundred tokens. The probabilities are kept
for the way back, half of T² of them for each head, so that longer sequences than LONGEST go torch's way.
"""

from collections.abc import Callable
from typing import Any

import torch
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward

NAME = "trilane_blocks"
BLOCK, LONGEST = 64, 1280
# What changes the scores in ways that are not computed here.
UNUSUAL = ("softcap", "s_aux", "sliding_window", "position_bias")


class BlockAttention(torch.autograd.Function):
    """softmax(q kᵀ · scale) v under a causal mask.

    `q` is (B, H, T, D), `k` and `v` are (B, G, T, D), G a divisor of H: each key head serves H / G query heads.
    """

    @staticmethod
    def forward(ctx: Any, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, scale: float) -> torch.Tensor:
        """Returns (B, H, T, D)."""
        batch, heads, length, size = q.shape
        groups = batch * k.shape[1]
        queries = (q * scale).reshape(groups, -1, length, size)
        keys, values = (x.reshape(groups, length, size) for x in (k, v))
        out = torch.empty_like(queries)
        kept = []
        for start in range(0, length, BLOCK):
            end = min(length, start + BLOCK)
            block = queries[:, :, start:end].reshape(groups, -1, size)
            scores = torch.bmm(block, keys[:, :end].transpose(1, 2))
            later = torch.ones(end - start, end - start, dtype=torch.bool, device=q.device).triu(1)
            scores.view(groups, -1, end - start, end)[..., start:].masked_fill_(later, float("-inf"))
            shares = torch.softmax(scores, dim=-1)
            out[:, :, start:end] = torch.bmm(shares, values[:, :end]).view(groups, -1, end - start, size)
            kept.append(shares)
        ctx.save_for_backward(queries, keys, values, *kept)
        ctx.scale, ctx.heads = scale, heads
        return out.view(batch, heads, length, size)

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        """Gradients of q, k and v; source: https://arxiv.org/abs/2205.14135, appendix B.2."""
        queries, keys, values, *kept = ctx.saved_tensors
        groups, _, length, size = queries.shape
        grad = grads[0].reshape(queries.shape)
        to_queries = torch.empty_like(queries)
        to_keys, to_values = torch.zeros_like(keys), torch.zeros_like(values)
        for start, shares in zip(range(0, length, BLOCK), kept, strict=True):
            end = min(length, start + BLOCK)
            to_out = grad[:, :, start:end].reshape(groups, -1, size)
            block = queries[:, :, start:end].reshape(groups, -1, size)
            to_values[:, :end] += torch.bmm(shares.transpose(1, 2), to_out)
            to_shares = torch.bmm(to_out, values[:, :end].transpose(1, 2))
            to_scores = torch._softmax_backward_data(to_shares, shares, -1, shares.dtype)
            to_queries[:, :, start:end] = torch.bmm(to_scores, keys[:, :end]).view(groups, -1, end - start, size)
            to_keys[:, :end] += torch.bmm(to_scores.transpose(1, 2), block)
        batch = len(grads[0])
        shape = (batch, -1, length, size)
        return (to_queries * ctx.scale).view(shape), to_keys.view(shape), to_values.view(shape), None


def attend(
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    **others: Any,
) -> tuple[torch.Tensor, None]:
    """transformers' interface of an attention; what is not plain causal attention goes torch's way."""
    unusual = attention_mask is not None or dropout or any(others.get(name) is not None for name in UNUSUAL)
    if unusual or key.shape[2] != query.shape[2] or query.shape[2] > LONGEST:
        torchs: Callable[..., Any] = sdpa_attention_forward
        attended, _ = torchs(module, query, key, value, attention_mask, scaling=scaling, dropout=dropout, **others)
        return attended, None
    scale = query.shape[-1] ** -0.5 if scaling is None else scaling
    return BlockAttention.apply(query, key, value, scale).transpose(1, 2).contiguous(), None  # type: ignore[no-untyped-call]


def use_block_attention(model: Any, device: torch.device) -> None:
    """Let a base train with it, where it computes plain causal attention on a CPU; `model` is changed."""
    config = model.config
    plain = set(getattr(config, "layer_types", None) or ["full_attention"]) == {"full_attention"}
    if device.type != "cpu" or not plain or getattr(config, "sliding_window", None) is not None:
        return
    if config._attn_implementation != "sdpa":
        return
    AttentionInterface.register(NAME, attend)
    # There is no mask to make: padding stands on the right, where no query looks.
    AttentionMaskInterface.register(NAME, lambda *_args, **_kwargs: None)
    model.set_attn_implementation(NAME)
