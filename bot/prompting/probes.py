"""Linear probes beside a prompt: what the words of a question tell before anything is searched for.

`prompt.toml` has them in `prompt.probes.json`. Each is a logistic regression on the question's embedding, fitted
on other shops' questions (`trilane-train probes`): whether people alone can answer it, and whether it is no shop's
business. Their scores are features of the decision. Source: linear classifier probes, arXiv:1610.01644.
"""

from pathlib import Path
from typing import Annotated, Literal, get_args

import numpy as np
from pydantic import Field, ValidationError, model_validator

from bot.models.embedder import Vectors
from bot.prompting.section import Section
from bot.validation import first_wrong_value

ProbeName = Literal["people_probe", "foreign_probe"]
PROBES: tuple[ProbeName, ...] = get_args(ProbeName)


class Probe(Section):
    """The score is bias + weights · embedding, in nats; 0 is that of the average question."""

    bias: float = Field(allow_inf_nan=False)
    weights: tuple[Annotated[float, Field(allow_inf_nan=False)], ...] = Field(min_length=1)


class Probes(Section):
    """Both probes, and the identity of the model that embeds: of another one they say nothing."""

    embedding: str
    people_probe: Probe
    foreign_probe: Probe

    @model_validator(mode="after")
    def _of_one_size(self) -> "Probes":
        if len(self.people_probe.weights) != len(self.foreign_probe.weights):
            raise ValueError("both probes must have as many weights as the embedding has dimensions")
        return self

    def scores(self, vector: Vectors) -> dict[str, float]:
        """Each probe's score of one embedding of shape (dimension,)."""
        return {name: float(_score(getattr(self, name), vector)) for name in PROBES}


def probes_beside(file: Path) -> Path:
    """Where the probes of a prompt lie, if it has any."""
    return file.with_name(f"{file.stem}.probes.json")


def read_probes(data: bytes) -> Probes:
    """Raises ValueError naming the key."""
    try:
        return Probes.model_validate_json(data)
    except ValidationError as error:
        raise ValueError(first_wrong_value(error)) from error


def _score(probe: Probe, vector: Vectors) -> float:
    return probe.bias + float(np.asarray(probe.weights) @ vector.astype(np.float64))
