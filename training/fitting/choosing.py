"""What a model makes of sentences that compete to answer a question: the loss of a reader, and what it chooses.

A row's labels stand where a sentence ends and behind "None", the last: 1 where that is right, 0 where not. The
score there is how much more probable " yes" is than " no" as the next token, in nats, so that nothing but the
base's own output layer is needed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from bot.answering.reader import NO, NONE, YES
from bot.engine.local.render import Renderer
from bot.engine.local.verdict import verdicts
from bot.errors import BaseUnusable
from training.dataset.batches import Batch, collate
from training.dataset.examples import IGNORED, Example
from training.fitting.losses import evaluation_batches


@dataclass(frozen=True, slots=True)
class Chosen:
    """The loss of training, by the ids of the two tokens that are compared."""

    yes: int
    no: int

    @classmethod
    def by(cls, renderer: Renderer) -> "Chosen":
        """Those of a base. Raises BaseUnusable where its vocabulary cannot say them, or end a sentence."""
        try:
            renderer.joined(("\n", NONE), (0, 1))
            return cls(*renderer.told_apart(YES, NO))
        except ValueError as error:
            raise BaseUnusable(f"a reader cannot be made for this base: {error}; fit it for another") from error

    def scores(self, model: Any, batch: Batch, device: torch.device) -> list[torch.Tensor]:
        """For each row the scores of its sentences and of "none", the last, in fp32."""
        # A PEFT model's layers are the base's own, changed in place.
        whole = model.get_base_model() if hasattr(model, "get_base_model") else model
        hidden = whole.base_model(input_ids=batch.input_ids.to(device), use_cache=False).last_hidden_state
        marks = (batch.labels != IGNORED).to(device)
        scores = verdicts(hidden[marks], whole.get_output_embeddings(), self.yes, self.no)
        return list(torch.split(scores, marks.sum(1).tolist()))

    def __call__(self, model: Any, batch: Batch, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
        """One loss for each row of the batch, (B,) fp32 nats, and the rows, (B,) int64.

        Half of it is small where one right sentence is probable, half where all are: a reader that is sure of one
        must not forget the others.
        """
        losses = []
        for row, scores in enumerate(self.scores(model, batch, device)):
            probable = torch.log_softmax(scores, 0)[_labels(batch, row).to(device) == 1]
            losses.append(-(torch.logsumexp(probable, 0) + probable.mean()) / 2)
        return torch.stack(losses), torch.arange(len(losses))

    @torch.inference_mode()
    def right(self, model: Any, examples: Sequence[Example], device: torch.device) -> list[bool]:
        """For each question whether the sentence with the best score answers it."""
        found = [False] * len(examples)
        for indices in evaluation_batches(examples):
            batch = collate([examples[index] for index in indices])
            for row, scores in enumerate(self.scores(model, batch, device)):
                sentences = _labels(batch, row)[:-1]
                if len(sentences):
                    found[indices[row]] = bool(sentences[int(scores[:-1].argmax())])
        return found


def _labels(batch: Batch, row: int) -> torch.Tensor:
    """Those of one row's sentences and of "none", the last."""
    labels = batch.labels[row]
    return labels[labels != IGNORED]
