"""Prompt tuning: trained input embeddings before everything. Source: https://arxiv.org/abs/2104.08691"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import torch
from peft import PromptTuningConfig, PromptTuningInit, TaskType, get_peft_model

from bot.models.base import LoadedBase
from bot.settings import Settings
from training.dataset.dataset import Transcripts
from training.fitting.methods.adapter import base_name, fit_adapter, quiet_peft, save_adapter, spoken_rows
from training.fitting.methods.method import Fitted, Job
from training.fitting.recipe import Recipe


class SoftPrompt:
    """PEFT puts the rows before the input, so a dialogue is rendered without them for training."""

    kind: Literal["soft-prompt"] = "soft-prompt"

    def rows(self, sources: Sequence[Transcripts], recipe: Recipe, settings: Settings) -> Sequence[Transcripts]:
        """See spoken_rows."""
        return spoken_rows(sources, recipe, settings)

    def fit(self, job: Job) -> Fitted:
        """See Method."""
        return fit_adapter(job, self)

    def soft_tokens(self, recipe: Recipe) -> int:
        """Rows before the template."""
        return recipe.soft_prompt.tokens

    def prepare(self, base: LoadedBase, recipe: Recipe) -> Any:
        """Rows of shape (tokens, hidden), fp32, starting as the embeddings of the recipe's text.

        A text shorter than that is repeated, a longer one cut.
        """
        torch.manual_seed(recipe.seed)
        config = PromptTuningConfig(
            task_type=TaskType.CAUSAL_LM,
            num_virtual_tokens=recipe.soft_prompt.tokens,
            prompt_tuning_init=PromptTuningInit.TEXT,
            prompt_tuning_init_text=recipe.soft_prompt.init_text or recipe.system,
            tokenizer_name_or_path=str(base.folder.path),
        )
        with quiet_peft():
            model = get_peft_model(base.model, config)
        config.base_model_name_or_path = config.tokenizer_name_or_path = base_name(base.folder)
        return model

    def save(self, model: Any, folder: Path) -> None:
        """In fp32, as trained: a few kilobytes; serving casts the rows to the base's dtype."""
        save_adapter(model, folder, torch.float32)
