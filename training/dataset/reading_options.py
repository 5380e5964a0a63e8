"""How rows of what is read are made, as recipes say it: the tables [reading] and [reader]."""

from pydantic import BaseModel, ConfigDict, Field


class ReadingOptions(BaseModel):
    """Each learnt answer as it will be served, behind the sentences that answer; figures and names are changed."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    beside: float = Field(
        default=0.3, ge=0, le=1, description="Share of answers with a further sentence that does not answer."
    )
    vary: float = Field(
        default=0.8,
        ge=0,
        le=1,
        description="Share of labelled answers that are changed; unless 0, all others are.",
    )
    copied: float = Field(
        default=1.0,
        ge=0,
        le=1,
        description="Answers of which more is copied word for word are left out: they teach to copy.",
    )
    rows: int | None = Field(default=None, ge=1, description="Rows at most, drawn at random.")
    copies: int = Field(default=1, ge=1, description="Of each row, changed in another way.")


class ReaderOptions(BaseModel):
    """What a reader is taught on: questions with passages that were found, the table [reader] of a recipe."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    passages: int = Field(default=3, ge=1, le=10, description="One more where all of these answer.")
    missing: float = Field(
        default=0.12,
        ge=0,
        lt=1,
        description="Share of answered questions whose answer is left out.",
    )
    shuffled: float = Field(
        default=0.5,
        ge=0,
        le=1,
        description="Share of rows in random order, and of rows with less near others.",
    )
