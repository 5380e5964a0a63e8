"""What an answer is made of: pieces of text, how it ended, the passages that it rests on."""

from dataclasses import dataclass, field
from typing import Literal

FinishReason = Literal["stop", "length", "cancelled", "handoff", "error"]
# What the bot does with a message; an act is the fixed reply to what is no question: a greeting, thanks.
Decision = Literal["answer", "offer", "ask", "handoff", "decline", "act"]


@dataclass(frozen=True, slots=True)
class Source:
    """A help-centre passage that a reply rests on."""

    article: str
    title: str
    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the things that a customer may have meant: what they read, and the passage that answers it.

    `id` names it within its reply; picking it says its label.
    """

    id: str
    label: str
    article: str
    heading: str = ""


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of the reply's text."""

    text: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The last piece: how the reply ended, what it rests on, what the model read and wrote, in tokens.

    `decision` is None where the reply broke off before one was taken. `choices` are what an offer offers; `act`
    names the fixed reply that was given, or what was asked for.
    """

    finish_reason: FinishReason
    sources: tuple[Source, ...] = field(default=())
    prompt_tokens: int = 0
    completion_tokens: int = 0
    decision: Decision | None = None
    choices: tuple[Choice, ...] = field(default=())
    act: str | None = None


Piece = Delta | Finished
