"""The fixed replies of prompt.toml: to messages that are no questions, and to languages that are not read."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from bot.answer import Decision
from bot.prompting.section import Section

# What fills a text's slots; takes the text's place too, which an error names.
Fill = Callable[[str, str], str]


class Said(Section):
    """What is said, and what it is for the conversation.

    `again` holds other wordings for when it comes again; from the `hand_over_at`-th time on it is handed over.
    """

    text: str
    again: tuple[str, ...] = ()
    decision: Literal["act", "ask", "offer", "handoff", "decline"] = "act"
    hand_over_at: int = Field(default=0, ge=0, description="0: never")

    def filled(self, key: str, fill: Fill) -> Self:
        """As a shop says it."""
        again = tuple(fill(f"{key}.again", text) for text in self.again)
        return self.model_copy(update={"text": fill(f"{key}.text", self.text), "again": again})


class FixedReply(Said):
    """The reply to one act: the messages that it is for, and what is said; `after` some decisions something else.

    A message is the act if one of the `patterns` is found in it, or if the classifier scores the act `min_margin`
    above questions and an example is as near as `min_cosine`. One of `unlike` in it lowers that score by
    `unlike_margin`. Below `sure_margin` the reply is only for what no article answers.
    `always`: whatever else the message holds. `whole`: its sentences are read together, one may be a question.
    `understands`: where it hands over, it says what it is about. `yields`: an article that is surely about it goes
    before. `agrees`: it picks what alone was offered. `repeats`: the bot's last message is said again, the same or
    in other words.
    """

    name: str
    examples: tuple[str, ...]
    patterns: tuple[str, ...] = ()
    unlike: tuple[str, ...] = ()
    unlike_margin: float = Field(default=0.0, ge=0)
    min_margin: float = 0.0
    sure_margin: float | None = None
    min_cosine: float = Field(default=-1.0, ge=-1, le=1)
    max_words: int = Field(default=14, ge=1)
    always: bool = False
    whole: bool = False
    yields: bool = False
    understands: bool = False
    agrees: bool = False
    repeats: Literal["same", "otherwise"] | None = None
    numbered: str | None = Field(default=None, description="Said, and handed over, once there is an order number.")
    after: Mapping[Decision, Said] = Field(default_factory=dict)
    finish_reason: Literal["stop", "handoff"] = "stop"

    @field_validator("patterns", "unlike")
    @classmethod
    def _readable(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in patterns:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"{pattern} is no regular expression: {error}") from error
        return patterns

    @model_validator(mode="before")
    @classmethod
    def _decided(cls, values: Any) -> Any:
        # The first prompts named the reason alone.
        if isinstance(values, dict) and values.get("finish_reason") == "handoff":
            return {"decision": "handoff"} | values
        return values

    def filled(self, key: str, fill: Fill) -> Self:
        """As a shop says it."""
        numbered = self.numbered and fill(f"{key}.numbered", self.numbered)
        after = {decision: said.filled(f"{key}.after.{decision}", fill) for decision, said in self.after.items()}
        return super().filled(key, fill).model_copy(update={"numbered": numbered, "after": after})


class ActsSection(Section):
    """How an act is told from a question, and what is said where no reply has words of its own.

    `questions` look like acts and are none; their examples and the replies' are what the classifier learns from.
    """

    questions: tuple[str, ...] = ()
    width: float = Field(default=0.4, gt=0, description="How far an example's say reaches, in cosine.")
    ridge: float = Field(default=0.3, gt=0, description="How little one example counts alone.")
    letter_weight: float = Field(default=0.3, ge=0, description="Of runs of letters beside the embedding.")
    balance: float = Field(default=0.0, ge=0, le=1, description="1: few examples count like many.")
    part_margin: float = Field(default=0.0, ge=0)
    sure_cosine: float = Field(default=0.62, ge=-1, le=1)
    pick_words: int = Field(default=6, ge=0)
    pick_cosine: float = Field(default=0.35, ge=-1, le=1)
    pick_margin: float = Field(default=0.12, ge=0)
    handover: str = "Our team can help you {{ shop.contacts.ways }}."


class LanguageSection(Section):
    """When a message is in another language; the embedding model reads a language whose probe is near enough."""

    min_letters: int = Field(default=10, ge=1)
    min_probability: float = Field(default=0.6, ge=0, le=1)
    max_english: float = Field(default=0.02, ge=0, le=1)
    probe: str = ""
    min_probe_cosine: float = Field(default=0.55, ge=-1, le=1)


class LanguageText(Section):
    """What is said in one language (ISO 639-1); `other` stands for all that have no text of their own.

    `text` where the language is not read, or is read and handed over; `quoted` before what rests on articles that
    are in another language.
    """

    code: str
    text: str
    quoted: str = ""
    probe: str = ""
    greetings: tuple[str, ...] = ()
