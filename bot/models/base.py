"""The base that all backends share: which one, where it lies, its hash."""

import sys
from dataclasses import dataclass
from typing import Any

import torch
from rich.console import Console
from transformers import AutoModelForCausalLM, AutoTokenizer

from bot.errors import BaseUnusable, TrilaneError
from bot.files import sha256_of, sha256_of_text
from bot.models.bundled import BUNDLED_SHA256, BaseFolder, bundled_base, bundled_folder
from bot.models.device import choose_device, choose_dtype
from bot.models.hub import model_folder
from bot.models.packages import quiet_transformers
from bot.settings import Settings


@dataclass(frozen=True)
class LoadedBase:
    """A base in memory."""

    folder: BaseFolder
    model: Any
    tokenizer: Any
    dtype: torch.dtype
    device: torch.device

    @property
    def bytes_per_token(self) -> int:
        """Of memory for the keys and values of one token, in all layers."""
        config = self.model.config.get_text_config()
        heads = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
        size = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
        return int(2 * config.num_hidden_layers * heads * size * self.dtype.itemsize)


def find_base(settings: Settings, console: Console | None = None) -> BaseFolder:
    """The chosen base, prepared if it is the bundled one and this is its first use.

    Raises BaseUnusable when it is missing, corrupt, or cannot be fetched.
    """
    if settings.base_model == "bundled":
        return bundled_base(bundled_folder(settings), console or Console(file=sys.stderr))
    folder = model_folder(settings.base_model, "TRILANE_BASE_MODEL", BaseUnusable)
    weights = sorted(folder.glob("*.safetensors"))
    if not weights or not (folder / "config.json").is_file():
        raise BaseUnusable(
            f"base model {settings.base_model}: {folder} has no config.json with *.safetensors beside it"
        )
    digest = sha256_of_text("".join(sha256_of(file) for file in weights))
    return BaseFolder(settings.base_model, folder, digest)


def base_sha256(settings: Settings) -> str:
    """The sha256 of the chosen base, which is neither prepared nor loaded for it. Raises BaseUnusable."""
    return BUNDLED_SHA256 if settings.base_model == "bundled" else find_base(settings).sha256


def load_base(settings: Settings, console: Console | None = None) -> LoadedBase:
    """Find, verify and load the base.

    Its weights stay memory-mapped: they are most of the memory, and processes share the pages. The bundled
    base's folder and the hub's cache are replaced whole, never written in place. Who sets TRILANE_BASE_MODEL to
    a folder of their own must do the same while a server runs; adapters, which change often, are never mapped.
    """
    folder = find_base(settings, console)
    device = choose_device(settings.device)
    dtype = choose_dtype(settings.dtype, device)
    try:
        with quiet_transformers():
            tokenizer = AutoTokenizer.from_pretrained(folder.path)
            model: Any = AutoModelForCausalLM.from_pretrained(folder.path, dtype=dtype)
    except (OSError, ValueError, KeyError) as error:
        raise BaseUnusable(f"base model {folder.id} in {folder.path} cannot be loaded: {error}") from error
    if not tokenizer.is_fast or not tokenizer.chat_template:
        raise BaseUnusable(f"base model {folder.id}: it needs a fast tokenizer with a chat template")
    return LoadedBase(folder, model.to(device).eval().requires_grad_(False), tokenizer, dtype, device)


if __name__ == "__main__":
    from bot.settings import load_settings

    try:
        find_base(load_settings())
    except TrilaneError as error:
        sys.exit(f"trilane: {error}")
