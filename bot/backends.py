"""The one table of the three backends: their names, what artefacts serve them, what people call them."""

from dataclasses import dataclass
from typing import Literal, get_args

BackendName = Literal["finetuned", "prompt-tuned", "prompted"]
# With `auto`, the experiment chooses.
BackendChoice = Literal[BackendName, "auto"]
# Parts that every backend shares: what finds, what orders passages, what chooses their sentences.
Shared = Literal["retriever", "reranker", "reader"]
SHARED: tuple[Shared, ...] = get_args(Shared)
Kind = Literal["lora", "full", "soft-prompt", "prompt", Shared]


@dataclass(frozen=True, slots=True)
class BackendFacts:
    """A way to teach the base its job: the kinds of artefact that can be served for it, and its label."""

    kinds: tuple[Kind, ...]
    label: str


TABLE: dict[BackendName, BackendFacts] = {
    "finetuned": BackendFacts(("lora",), "Fine-tuned"),
    "prompt-tuned": BackendFacts(("soft-prompt",), "Prompt-tuned"),
    "prompted": BackendFacts(("prompt",), "Prompt-engineered"),
}
BACKENDS: tuple[BackendName, ...] = get_args(BackendName)
