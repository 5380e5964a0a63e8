"""What an engine is asked and what it yields: dialogues in, text out. How tokens are made is the engine's own.

A reply takes one place in the line, once: `async with engine.admit() as place`. Whatever it needs of the model,
scores and text, happens on that place, and places are worked for in the order of their admission.
"""

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Literal, Protocol

from bot.dialogue import Dialogue
from bot.releases.part import Artefact

StopReason = Literal["stop", "length"]


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is chosen; temperature 0 is greedy."""

    temperature: float = 0.0
    top_p: float = 1.0
    repetition_penalty: float = 1.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the model reads: a dialogue under a system text, its oldest turns left out beyond `max_tokens`.

    `adapter` is the sha256 of a loaded artefact, a LoRA or a soft prompt; None is the bare base.
    """

    dialogue: Dialogue
    system: str
    adapter: str | None = None
    max_tokens: int = 2048


@dataclass(frozen=True, slots=True)
class Generation:
    """A request for the next turn; with the first token of a text in `unlike` it does not begin."""

    prompt: Prompt
    sampling: Sampling = field(default=Sampling())
    max_new_tokens: int = 160
    unlike: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scoring:
    """A request for log-probabilities: each text as the next turn, after each prompt.

    Prompts that come again whole, as a help centre's passages do, are `kept`.
    """

    prompts: tuple[Prompt, ...]
    texts: tuple[str, ...]
    kept: bool = True


@dataclass(frozen=True, slots=True)
class Scores:
    """Mean log-probability per token (nats) of each text, for each prompt; and the tokens that were read for it.

    Tokens that a cache knew already are counted too: they are the request's size, not its cost.
    """

    values: tuple[tuple[float, ...], ...]
    read_tokens: int


@dataclass(frozen=True, slots=True)
class Judging:
    """A request for judgements: texts read one after another, and what is said next at the end of some of them.

    Nobody speaks here: there is no chat template and no system text. `marks` are the places of pieces, `adapter`
    the sha256 of a loaded LoRA. Of `yes` and `no` the first token counts in which they differ.
    """

    pieces: tuple[str, ...]
    marks: tuple[int, ...]
    yes: str
    no: str
    adapter: str | None = None


@dataclass(frozen=True, slots=True)
class Judgements:
    """For each mark log p(yes) - log p(no) of the next token, in nats; and the tokens that were read for it."""

    values: tuple[float, ...]
    read_tokens: int


@dataclass(frozen=True, slots=True)
class Reading:
    """The first piece of a stream: the dialogue that the model reads, after cutting, and its tokens."""

    dialogue: Dialogue
    tokens: int


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


Output = Reading | Text | Stopped


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What this engine can serve; `adapters` are the sha256 of the loaded LoRAs and soft prompts."""

    adapters: tuple[str, ...]
    max_context: int
    dtype: str
    device: str


@dataclass(frozen=True, slots=True)
class Health:
    """What the engine is doing now; `alive` is False for one that died, or whose step hangs.

    `queued` counts replies whose work has not begun, `step_s` is the age of the step that is being computed.
    """

    alive: bool
    queued: int
    step_s: float = 0.0


class Place(Protocol):
    """One reply's place in the line; leaving it drops what it still had to do.

    All methods raise EngineFailed when the model fails; whoever was admitted is never told that it is busy.
    """

    def stream(self, request: Generation) -> AsyncGenerator[Output, None]:
        """Yield `Reading`, then text, `Stopped` last; closing the generator ends its work."""
        ...

    async def score(self, request: Scoring) -> Scores:
        """How probable the model finds texts."""
        ...

    async def judge(self, request: Judging) -> Judgements:
        """What the model finds of each of several texts that it reads together, in one forward pass.

        Raises EngineFailed for texts that are longer than the base's context.
        """
        ...


class Engine(Protocol):
    """One model behind one bounded line."""

    def admit(self) -> AbstractAsyncContextManager[Place]:
        """Take the next place. Raises EngineBusy at once when the line is full, and never later."""
        ...

    def tokens(self, text: str) -> int:
        """The length of a text."""
        ...

    def load(self, artefact: Artefact) -> None:
        """Make a verified LoRA or soft prompt available under its sha256; blocks while its files are read.

        Raises ArtefactInvalid for what cannot be served exactly.
        """
        ...

    def unload(self, sha256: str) -> None:
        """Forget a LoRA or soft prompt, and everything that was computed with it."""
        ...

    def forget(self) -> None:
        """Forget every prompt that was read, as after an erasure; blocks until it is done."""
        ...

    def capabilities(self) -> Capabilities:
        """What this engine can serve."""
        ...

    def health(self) -> Health:
        """What the engine is doing now."""
        ...

    def close(self) -> None:
        """Finish what was asked for, then end."""
        ...
