"""The numbers that decide what a search finds; the prompt artefact holds them (`[retrieval]`)."""

from pydantic import BaseModel, ConfigDict, Field


class SearchRules(BaseModel):
    """How much each part of a passage's score weighs, and when a message is searched with the one before it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    passage_weight: float = Field(default=0.5, ge=0, description="Of the passage's cosine to the question.")
    sentence_weight: float = Field(default=0.5, ge=0, description="Of its best sentence's cosine.")
    bm25_weight: float = Field(default=0.1, ge=0, description="Of its BM25, relative to the best hit's.")
    self_contained_words: int = Field(
        default=4, ge=0, description='A message of fewer words leans on the one before: "and if it is used?"'
    )
    pronoun_words: int = Field(
        default=0,
        ge=0,
        description='So does one with a pronoun among its first words, so many: "can it be washed"',
    )
    earlier_weight: float = Field(
        default=0.5, ge=0, le=1, description="Of the earlier message's vector beside that of one that leans on it."
    )
    earlier_article_weight: float = Field(
        default=0.0,
        ge=0,
        description="Added to the score of the article that was answered from, for one that leans.",
    )
    earlier_article_trace: float = Field(default=0.0, ge=0, description="The same for one that stands alone.")
