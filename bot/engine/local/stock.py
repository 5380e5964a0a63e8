"""transformers' own forward pass of any base, over rows in pages."""

from collections.abc import Sequence
from typing import Any

import torch

from bot.engine.local.attention import Step, during


class Stock:
    """A base as transformers computes it."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._hidden: torch.Tensor | None = None

    def run(self, embedded: torch.Tensor, step: Step, outputs: Sequence[int]) -> tuple[torch.Tensor, torch.Tensor]:
        """One pass over `embedded` (ids, width); hidden states (outputs, width), logits (outputs, vocabulary)."""
        read = {"inputs_embeds": embedded[None], "position_ids": step.positions, "use_cache": False}
        with during(step, self._model.config.get_text_config()):
            if not outputs:
                self._model.base_model(**read)
                return embedded[:0], embedded.new_empty((0, 1))
            kept = torch.tensor(outputs, device=embedded.device)
            # What the output layer is given: its logits may be scaled or capped behind it.
            heard: list[torch.Tensor] = []
            hook = self._model.get_output_embeddings().register_forward_pre_hook(
                lambda _layer, inputs: heard.append(inputs[0])
            )
            try:
                logits: torch.Tensor = self._model(**read, logits_to_keep=kept).logits
            finally:
                hook.remove()
        return heard[0][0], logits[0]
