"""A checkpoint: one safetensors file, replaced whole after each epoch, so that it is never half written."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from bot.files import replacing

T = TypeVar("T")
NAME = "checkpoint.safetensors"


@dataclass(frozen=True, slots=True)
class Progressed:
    """How far a training has come: the mean loss of each finished epoch, tokens and seconds of them all."""

    losses: tuple[float, ...] = ()
    tokens: int = 0
    seconds: float = 0.0

    def with_epoch(self, loss: float, tokens: int, seconds: float) -> "Progressed":
        """One epoch further."""
        return Progressed((*self.losses, loss), self.tokens + tokens, self.seconds + seconds)


@dataclass(frozen=True, slots=True)
class CheckpointFile:
    """The checkpoint of one training; `fingerprint` says which, so that another's is never taken up."""

    folder: Path
    fingerprint: str

    @property
    def exists(self) -> bool:
        """Whether some checkpoint lies there, of this training or not."""
        return (self.folder / NAME).is_file()

    def dtype(self) -> str | None:
        """In which dtype this very training went so far; None where there is no checkpoint of it."""
        found = self._read(lambda _file: None)
        return found[0] if found else None

    def read(self) -> tuple[Progressed, dict[str, torch.Tensor]] | None:
        """Progress and tensors, or None when there is no checkpoint of this very training."""
        found = self._read(lambda file: {name: file.get_tensor(name) for name in file.keys()})  # noqa: SIM118
        return found[1:] if found else None

    def _read(self, tensors: Callable[[Any], T]) -> tuple[str, Progressed, T] | None:
        try:
            with safe_open(self.folder / NAME, framework="pt") as file:
                facts = json.loads((file.metadata() or {})["progress"])
                if facts.pop("fingerprint") != self.fingerprint:
                    return None
                progressed = Progressed(tuple(facts["losses"]), facts["tokens"], facts["seconds"])
                return facts["dtype"], progressed, tensors(file)
        except (FileNotFoundError, SafetensorError, KeyError, ValueError):
            return None

    def write(self, progressed: Progressed, tensors: dict[str, torch.Tensor], *, dtype: str) -> None:
        """Replace the checkpoint."""
        self.folder.mkdir(parents=True, exist_ok=True)
        facts = json.dumps(asdict(progressed) | {"fingerprint": self.fingerprint, "dtype": dtype})
        with replacing(self.folder / NAME) as part:
            save_file(tensors, part, metadata={"progress": facts})
