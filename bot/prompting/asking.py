"""What is asked for because it is missing, and what is said with an order's number and with a handover.

A text has slots of the shop, filled at once, and slots of the moment, filled when it is said: `choices`, `number`
and `about`.
"""

from typing import Literal, Self

from pydantic import Field, model_validator

from bot.prompting.section import Section

AskText = Literal["which_text", "example_text", "number_text", "unfound_text", "failed_text", "about_text"]
# What a text is tried with when the prompt is read.
TRIED = {"choices": "A or B", "number": "1", "about": "Returns"}


class AskSection(Section):
    """When the bot asks "which one is it?", and the texts around numbers and handovers.

    It asks where `near` of the best sentences, within a margin of the best one's score, are of one table or list
    of at least `rows` rows, or of sections that say things `alike`, and the message names none. Of fewer rows
    each is quoted.
    """

    near: int = Field(ge=2)
    rows: int = Field(ge=2)
    words: int = Field(ge=1, description="Words with a meaning; a longer message says which one it is.")
    most: int = Field(ge=2, le=9, description="So many choices at most; of more, the nearest are examples.")
    reranked_margin: float = Field(ge=0)
    cosine_margin: float = Field(ge=0)
    read_margin: float = Field(default=1.5, ge=0, description="The same by the reader's score.")
    reranked_lead: float = Field(ge=0, description="Of the best article, to ask and not to offer others.")
    search_lead: float = Field(ge=0, description="The same without a re-ranker.")
    alike: float = Field(ge=0, le=1, description="Of two sections' sentences: shared words, of all their words.")
    label_words: int = Field(ge=1, description="What is longer names nothing.")
    of_all: tuple[str, ...] = Field(description="Words of a question that is about all of them.")
    about_cosine: float = Field(ge=-1, le=1, description="As near is what a handover says was understood.")
    lookups: int = Field(ge=1, description="Of numbers in one conversation; then it is handed over.")
    lookup_sentences: int = Field(ge=1, description="Of what the shop's program says.")
    which_text: str
    example_text: str
    number_text: str
    unfound_text: str
    failed_text: str
    about_text: str

    @model_validator(mode="after")
    def _named(self) -> Self:
        for key, slot in (("which_text", "choices"), ("example_text", "choices"), ("about_text", "about")):
            if f"{{{{ {slot} }}}}" not in getattr(self, key):
                raise ValueError(f"{key} does not say {{{{ {slot} }}}}")
        return self
