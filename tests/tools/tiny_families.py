"""Tiny random models of several families, under one tokenizer: what their layers do to attention differs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer

from bot.models.base import LoadedBase
from bot.models.bundled import BaseFolder
from tests.tools.tiny_base import VOCABULARY

SIZES = {"vocab_size": VOCABULARY, "hidden_size": 32, "intermediate_size": 64, "num_attention_heads": 4}
MORE = {
    "max_position_embeddings": 512,
    "initializer_range": 0.2,
    "pad_token_id": 0,
    "bos_token_id": 0,
    "eos_token_id": 2,
}
GROUPED = {**SIZES, **MORE, "num_key_value_heads": 2, "head_dim": 8}

FAMILIES: dict[str, Callable[[], Any]] = {
    "llama": lambda: transformers.LlamaConfig(**GROUPED, num_hidden_layers=2),
    # Biases on queries, keys and values.
    "qwen2": lambda: transformers.Qwen2Config(**GROUPED, num_hidden_layers=2),
    # Norms on queries and keys, and heads that are together wider than the model.
    "qwen3": lambda: transformers.Qwen3Config(**GROUPED | {"head_dim": 16}, num_hidden_layers=2),
    # A window.
    "mistral": lambda: transformers.MistralConfig(**GROUPED, num_hidden_layers=2, sliding_window=24),
    # Scores that are capped, outputs too, and a window in every other layer.
    "gemma2": lambda: transformers.Gemma2Config(
        **GROUPED, num_hidden_layers=2, sliding_window=24, query_pre_attn_scalar=8, attn_logit_softcapping=5.0
    ),
    # One key head, and another scale.
    "gemma3": lambda: transformers.Gemma3TextConfig(
        **GROUPED | {"num_key_value_heads": 1}, num_hidden_layers=2, sliding_window=24, query_pre_attn_scalar=16
    ),
    # Rotary on a part of each head, layers side by side, keys and values in one weight.
    "gpt-neox": lambda: transformers.GPTNeoXConfig(**SIZES, **MORE, num_hidden_layers=2),
    # Learned places.
    "gpt2": lambda: transformers.GPT2Config(
        vocab_size=VOCABULARY, n_embd=32, n_head=4, n_layer=2, n_positions=512, initializer_range=0.2
    ),
}


def family(name: str, tiny_folder: Path) -> LoadedBase:
    """One of them in float32, with the tokenizer and the chat template of a tiny base."""
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(FAMILIES[name](), dtype=torch.float32)
    model.eval().requires_grad_(False)
    tokenizer = AutoTokenizer.from_pretrained(tiny_folder)
    folder = BaseFolder(name, tiny_folder, "0" * 64)
    return LoadedBase(folder, model, tokenizer, torch.float32, torch.device("cpu"))
