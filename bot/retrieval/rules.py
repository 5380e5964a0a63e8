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
