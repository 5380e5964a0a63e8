"""LoRA: low-rank additions on every linear layer. Source: https://arxiv.org/abs/2106.09685"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import torch
from peft import LoraConfig, TaskType, get_peft_model

from bot.models.base import LoadedBase
from bot.settings import Settings
from training.dataset.dataset import Transcripts
from training.fitting.lora_linear import use_lean_linears
from training.fitting.methods.adapter import base_name, fit_adapter, quiet_peft, save_adapter, spoken_rows
from training.fitting.methods.method import Fitted, Job
from training.fitting.recipe import Recipe


class Lora:
    """Adapters in the base's own dtype: no autocast, so one bf16 pass trains them."""

    kind: Literal["lora"] = "lora"

    def rows(self, sources: Sequence[Transcripts], recipe: Recipe, settings: Settings) -> Sequence[Transcripts]:
        """See spoken_rows."""
        return spoken_rows(sources, recipe, settings)

    def fit(self, job: Job) -> Fitted:
        """See Method."""
        return fit_adapter(job, self)

    def soft_tokens(self, recipe: Recipe) -> int:  # noqa: ARG002
        """None: nothing is put before the template."""
        return 0

    def prepare(self, base: LoadedBase, recipe: Recipe) -> Any:
        """Rank-r factors A (r, in) and B (out, r) on each linear layer but the output layer."""
        torch.manual_seed(recipe.seed)
        config = LoraConfig(
            r=recipe.lora.rank,
            lora_alpha=recipe.lora.alpha,
            lora_dropout=recipe.lora.dropout,
            target_modules="all-linear",
            task_type=TaskType.CAUSAL_LM,
        )
        with quiet_peft():
            model = get_peft_model(base.model, config, autocast_adapter_dtype=False)
        config.base_model_name_or_path = base_name(base.folder)
        # PEFT resolves the layers to a set; a sorted list makes the same file every time.
        config.target_modules = sorted(config.target_modules or ())
        if not recipe.lora.dropout:
            use_lean_linears(model)
        return model

    def save(self, model: Any, folder: Path) -> None:
        """In bf16 whatever the base's dtype: half the size, and what serving adds to the base."""
        save_adapter(model, folder, torch.bfloat16)
