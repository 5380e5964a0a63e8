"""A checkpoint: one safetensors file, replaced whole after each epoch, so that it is never half written."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

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

    def read(self) -> tuple[Progressed, dict[str, torch.Tensor]] | None:
        """Progress and tensors, or None when there is no checkpoint of this very training."""
        try:
            with safe_open(self.folder / NAME, framework="pt") as file:
                facts = json.loads((file.metadata() or {})["progress"])
                if facts.pop("fingerprint") != self.fingerprint:
                    return None
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        except (FileNotFoundError, SafetensorError, KeyError, ValueError):
            return None
        return Progressed(tuple(facts["losses"]), facts["tokens"], facts["seconds"]), tensors

    def write(self, progressed: Progressed, tensors: dict[str, torch.Tensor]) -> None:
        """Replace the checkpoint."""
        self.folder.mkdir(parents=True, exist_ok=True)
        facts = json.dumps(asdict(progressed) | {"fingerprint": self.fingerprint})
        part = self.folder / f"{NAME}.part"
        save_file(tensors, part, metadata={"progress": facts})
        part.replace(self.folder / NAME)
