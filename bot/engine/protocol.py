"""What an engine is asked and what it yields; token ids in, text out."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

StopReason = Literal["stop", "length"]


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is chosen; temperature 0 is greedy."""

    temperature: float = 0.0
    top_p: float = 1.0
    repetition_penalty: float = 1.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Generation:
    """A request: ids of the whole prompt, the adapter that its rows want, sampling and limits."""

    prompt: tuple[int, ...]
    adapter: str | None = None
    sampling: Sampling = field(default=Sampling())
    max_new_tokens: int = 160


@dataclass(frozen=True, slots=True)
class Scoring:
    """A request for log-probabilities: each continuation after the same prompt."""

    prompt: tuple[int, ...]
    continuations: tuple[tuple[int, ...], ...]
    adapter: str | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of generated text, whole characters only."""

    text: str


@dataclass(frozen=True, slots=True)
class Stopped:
    """The last piece of a stream."""

    reason: StopReason
    prompt_tokens: int
    completion_tokens: int


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What this engine can serve."""

    adapters: tuple[str, ...]
    soft_rows: int
    max_context: int
    dtype: str
    device: str


@dataclass(frozen=True, slots=True)
class Health:
    """What the engine is doing now."""

    alive: bool
    queued: int


class Engine(Protocol):
    """One model behind a bounded queue."""

    def stream(self, request: Generation) -> AsyncGenerator[Text | Stopped, None]:
        """Yield text, `Stopped` last; closing the generator frees its place.

        Raises EngineBusy at once when the queue is full, EngineFailed when the model fails.
        """
        ...

    async def score(self, request: Scoring) -> Sequence[float]:
        """Mean log-probability per token (nats) of each continuation; errors as `stream`."""
        ...

    def capabilities(self) -> Capabilities:
        """What this engine can serve."""
        ...

    def health(self) -> Health:
        """What the engine is doing now."""
        ...
