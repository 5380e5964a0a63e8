"""What an answer is made of: pieces of text, how it ended, the passages that it rests on."""

from dataclasses import dataclass, field
from typing import Literal

FinishReason = Literal["stop", "length", "cancelled", "handoff", "error"]


@dataclass(frozen=True, slots=True)
class Source:
    """A help-centre passage that a reply rests on."""

    article: str
    title: str
    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of the reply's text."""

    text: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The last piece: how the reply ended, what it rests on, what the model read and wrote, in tokens."""

    finish_reason: FinishReason
    sources: tuple[Source, ...] = field(default=())
    prompt_tokens: int = 0
    completion_tokens: int = 0


Piece = Delta | Finished
