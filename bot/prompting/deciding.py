"""The numbers of the decision: whether what was found is answered with, offered, handed over or declined."""

from collections.abc import Mapping
from typing import Literal, get_args

from pydantic import Field, field_validator

from bot.answer import Decision
from bot.prompting.section import Section

Feature = Literal[
    "margin",
    "likelihood",
    "lift",
    "cosine",
    "nearest",
    "search_margin",
    "agreement",
    "sentence_margin",
    "words",
    "none_gap",
    "read_margin",
    "read_share",
    "off_topic",
    "manipulation",
    "own_case",
    "people_probe",
    "foreign_probe",
]
FEATURES: tuple[Feature, ...] = get_args(Feature)


class Calibration(Section):
    """A logistic regression: the probability is 1 / (1 + exp(-(bias + Σ weight · feature)))."""

    bias: float = 0.0
    weights: Mapping[Feature, float] = Field(default_factory=dict)

    @field_validator("weights")
    @classmethod
    def _finite(cls, weights: Mapping[Feature, float]) -> Mapping[Feature, float]:
        for name, weight in weights.items():
            if weight != weight or abs(weight) == float("inf"):
                raise ValueError(f"{name} is {weight}; a weight is a finite number")
        return weights


class Calibrations(Section):
    """Probabilities: that what would be quoted is right, that a choice is, that it is foreign here, and `beyond`.

    A message is decided by the first that reaches its bound: answered, declined, offered. Of the rest, what is
    `beyond` the articles is handed over, and other words are asked for where it may not be; without `beyond` all
    is handed over.
    """

    right: Calibration
    reach: Calibration
    foreign: Calibration
    answer: float = Field(ge=0, le=1, description="Bound of `right`.")
    offer: float = Field(ge=0, le=1, description="Bound of `reach`.")
    decline: float = Field(ge=0, le=1, description="Bound of `foreign`.")
    beyond: Calibration | None = None
    handoff: float = Field(default=0.0, ge=0, le=1, description="Bound of `beyond`.")


class DecideSection(Section):
    """The texts of a decision, and the numbers with and without a re-ranker, fitted on dev (`calibrate`).

    `read` are those where a reader read the sentences; without them no reader is asked.

    A `rest_` text is said behind an answer of what else was asked; its slot `asked` has the customer's words, or
    `rest_unnamed` where they are not fit to be said back.
    """

    choices: int = Field(default=3, ge=1, le=5)
    offers_in_a_row: int = Field(default=2, ge=1, description="After so many that led nowhere it is handed over.")
    asks_in_a_row: int = Field(default=1, ge=1, description="The same, of questions back for other words.")
    vague_words: int = Field(
        default=0, ge=0, description="A message of so few words with a meaning is offered what is nearest."
    )
    offer_text: tuple[str, ...] = Field(min_length=1)
    ask_text: tuple[str, ...] = ("Could you say that in other words?",)
    decline_text: tuple[str, ...] = Field(min_length=1)
    handoff_text: tuple[str, ...] = Field(min_length=1)
    rest_offer_text: str = "Is it one of these?"
    rest_ask_text: str = "Could you say the rest in other words?"
    rest_decline_text: str = "I only know about {{ shop.name }}."
    rest_handoff_text: str = "Our team can help you with the rest {{ shop.contacts.ways }}."
    rest_joint: str = " and "
    rest_unnamed: str = "the rest"
    reranked: Calibrations
    stock: Calibrations
    read: Calibrations | None = None

    def text(self, decision: Decision, times: int) -> str:
        """What is said for a decision that is no answer, in other words where it was taken `times` before."""
        chosen = {"offer": self.offer_text, "decline": self.decline_text, "ask": self.ask_text}
        texts = chosen.get(decision, self.handoff_text)
        return texts[min(times, len(texts) - 1)]
