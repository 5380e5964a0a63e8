"""What a way of training has to offer: one fit, from a job to the files of a part."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from rich.console import Console

from bot.backends import Kind
from bot.settings import Settings
from bot.shop.profile import Shop
from training.dataset.dataset import Dataset, Transcripts
from training.fitting.checkpoint import EVERY_S
from training.fitting.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Job:
    """One fit: `recipe` with the texts of `shop` in it, the data, and where the files go.

    `dataset` holds the rows that the method made of `sources`. `folder` takes the part's files; what a stopped fit
    goes on from lies in `work`, written anew after every `checkpoint_s` seconds of work.
    """

    recipe: Recipe
    sources: Sequence[Transcripts]
    dataset: Dataset
    shop: Shop
    settings: Settings
    folder: Path
    work: Path
    console: Console
    checkpoint_s: float = EVERY_S

    @property
    def holds_back(self) -> bool:
        """Whether questions of the shop itself are held back: they say if it is better off than before."""
        return any(source.dev and source.knowledge is None for source in self.sources)


@dataclass(frozen=True, slots=True)
class Fitted:
    """What a fit reports; `failed` says why its part must not be promoted, where it went wrong."""

    metrics: dict[str, float]
    failed: str | None = None


class Method(Protocol):
    """One way of teaching the base; it holds no state, so one value serves every fit."""

    @property
    def kind(self) -> Kind: ...

    def rows(self, sources: Sequence[Transcripts], recipe: Recipe, settings: Settings) -> Sequence[Transcripts]:
        """What is learnt from in these, in the form in which it is learnt."""
        ...

    def fit(self, job: Job) -> Fitted:
        """Leave the part's files in `job.folder`, nothing else.

        Raises DatasetEmpty, RecipeInvalid, TrainingDiverged or BaseUnusable, and then there is no part.
        """
        ...
