"""A checkpoint: how far a training has come, in one safetensors file that is replaced whole."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from bot.files import replacing

T = TypeVar("T")
NAME = "checkpoint.safetensors"
# Seconds of work between two checkpoints.
EVERY_S = 120.0


@dataclass(frozen=True, slots=True)
class Progressed:
    """How far a training has come: the mean loss of each finished epoch, tokens and seconds of all steps.

    Of the epoch that has begun: its steps, the sum of their losses, in nats, and how many losses that is.
    """

    losses: tuple[float, ...] = ()
    tokens: int = 0
    seconds: float = 0.0
    steps: int = 0
    loss: float = 0.0
    count: int = 0

    @property
    def mean(self) -> float:
        """The mean loss of the epoch that has begun."""
        return self.loss / self.count

    @property
    def tokens_per_s(self) -> float:
        """Tokens read (padding and soft prompt not counted) per second of training."""
        return self.tokens / self.seconds if self.seconds else 0.0

    def with_step(self, loss: float, count: int, tokens: int, seconds: float) -> "Progressed":
        """One step further, with `count` losses whose sum is `loss`."""
        return Progressed(
            self.losses,
            self.tokens + tokens,
            self.seconds + seconds,
            self.steps + 1,
            self.loss + loss,
            self.count + count,
        )

    def with_epoch(self) -> "Progressed":
        """The epoch that has begun is over."""
        return replace(self, losses=(*self.losses, self.mean), steps=0, loss=0.0, count=0)

    def metrics(self) -> dict[str, float]:
        """For the artefact's manifest."""
        epochs = {f"loss_epoch_{epoch}": loss for epoch, loss in enumerate(self.losses, start=1)}
        rest = {"loss": self.losses[-1], "tokens_per_s": self.tokens_per_s, "seconds": self.seconds}
        return {name: round(value, 4) for name, value in (epochs | rest).items()}


@dataclass(frozen=True, slots=True)
class CheckpointFile:
    """The checkpoint of one training; `fingerprint` says which, so that another's is never taken up.

    It is written anew after every `every_s` seconds of work.
    """

    folder: Path
    fingerprint: str
    every_s: float = EVERY_S

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
                counted = {field.name: facts[field.name] for field in fields(Progressed)}
                progressed = Progressed(**counted | {"losses": tuple(facts["losses"])})
                return facts["dtype"], progressed, tensors(file)
        except (FileNotFoundError, SafetensorError, KeyError, ValueError):
            return None

    def write(self, progressed: Progressed, tensors: dict[str, torch.Tensor], *, dtype: str) -> None:
        """Replace the checkpoint."""
        self.folder.mkdir(parents=True, exist_ok=True)
        facts = json.dumps(asdict(progressed) | {"fingerprint": self.fingerprint, "dtype": dtype})
        with replacing(self.folder / NAME) as part:
            save_file(tensors, part, metadata={"progress": facts})
