"""What a way of training has to offer, and how PEFT's files are left without a machine's paths."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import torch
from peft import PeftModel

from bot.backends import Kind
from bot.models.base import LoadedBase
from training.fitting.recipe import Recipe


class Method(Protocol):
    """One way of teaching the base; it holds no state, so one value serves every training."""

    @property
    def kind(self) -> Kind: ...

    def soft_tokens(self, recipe: Recipe) -> int:
        """Rows that stand before the chat template, in tokens."""
        ...

    def prepare(self, base: LoadedBase, recipe: Recipe) -> Any:
        """A PEFT model around the base whose trainable parameters are all that is to be trained."""
        ...

    def save(self, model: Any, folder: Path) -> None:
        """Leave adapter_config.json and adapter_model.safetensors in `folder`, nothing else."""
        ...


def base_name(base: LoadedBase) -> str:
    """The base's id for files that travel: a folder's name stands for its path."""
    folder = Path(base.folder.id)
    return folder.resolve().name if folder.is_dir() else base.folder.id


@contextmanager
def quiet_peft() -> Iterator[None]:
    """PEFT 0.21 still asks transformers 5.23 for `is_gradient_checkpointing` by its deprecated name."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*is_gradient_checkpointing", FutureWarning)
        yield


def load_adapter(model: Any, folder: Path) -> Any:
    """Attach a saved LoRA or soft prompt, in the model's own dtype; `model` is changed by it."""
    with quiet_peft():
        return PeftModel.from_pretrained(model, str(folder), autocast_adapter_dtype=False).eval()


def save_adapter(model: Any, folder: Path, dtype: torch.dtype) -> None:
    """PEFT's own format, with the trained tensors in `dtype`."""
    trained = {
        name: parameter.detach().to(dtype)
        for name, parameter in model.named_parameters()
        if parameter.requires_grad
    }
    # "auto" would ask the hub whether the vocabulary was resized; it never is.
    model.save_pretrained(folder, state_dict=trained, save_embedding_layers=False)
    (folder / "README.md").unlink(missing_ok=True)
    # safetensors writes for the owner only; the server may run as somebody else.
    (folder / "adapter_model.safetensors").chmod(0o644)
