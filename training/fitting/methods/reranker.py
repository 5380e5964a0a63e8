"""A re-ranker: a LoRA that learns to write the question that a passage answers.

Source: https://arxiv.org/abs/2204.07496
"""

from collections.abc import Sequence
from typing import Literal

from bot.settings import Settings
from training.dataset.dataset import Transcripts
from training.dataset.pairs import question_rows
from training.fitting.methods.adapter import fit_adapter
from training.fitting.methods.lora import Lora
from training.fitting.methods.method import Fitted, Job
from training.fitting.recipe import Recipe


class Reranker:
    """The same weights and loop as a fine-tuning; what differs is the rows, and that no backend speaks with it."""

    kind: Literal["reranker"] = "reranker"

    def rows(
        self,
        sources: Sequence[Transcripts],
        recipe: Recipe,  # noqa: ARG002
        settings: Settings,
    ) -> Sequence[Transcripts]:
        """A row for each question and each passage that answers it."""
        return question_rows(sources, settings)

    def fit(self, job: Job) -> Fitted:
        """See Method."""
        return fit_adapter(job, Lora())
