"""What a model makes of the answers that are learnt from: the loss of training and the figure of evaluation."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch

from training.dataset.batches import Batch, collate, even_cut
from training.dataset.examples import IGNORED, Example

# Of a forward pass without gradients, in tokens with padding.
EVALUATION_TOKENS = 4096


def spoken_losses(model: Any, batch: Batch, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """Negative log-likelihood of each spoken token, (N,) fp32 nats, and its row in the batch, (N,) int64.

    The output layer sees the N hidden states that predict a spoken token and no others.
    """
    input_ids, labels = batch.input_ids.to(device), batch.labels.to(device)
    targets = labels[:, 1:]
    spoken = targets != IGNORED
    with _output_only_at(model, spoken):
        logits = model(input_ids=input_ids, use_cache=False).logits[0]
    losses = torch.nn.functional.cross_entropy(logits.float(), targets[spoken], reduction="none")
    return losses, spoken.nonzero()[:, 0]


@contextmanager
def _output_only_at(model: Any, spoken: torch.Tensor) -> Iterator[None]:
    """The output layer computes logits of shape (1, N, vocab) for the N places of `spoken`, (B, T - 1) bool.

    PEFT's soft prompt makes the hidden states longer than the input, in front; those rows predict nothing here.
    """

    def gather(_layer: Any, inputs: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor]:
        ahead = inputs[0][:, -spoken.shape[1] - 1 : -1]
        return (ahead[spoken][None],)

    hook = model.get_output_embeddings().register_forward_pre_hook(gather)
    try:
        yield
    finally:
        hook.remove()


@torch.inference_mode()
def summed_losses(
    model: Any, examples: Sequence[Example], device: torch.device, batches: Iterable[Sequence[int]]
) -> list[tuple[float, int]]:
    """For each example the sum of its spoken tokens' losses in nats, and how many they are."""
    sums, counts = [0.0] * len(examples), [0] * len(examples)
    for indices in batches:
        losses, rows = spoken_losses(model, collate([examples[index] for index in indices]), device)
        for loss, row in zip(losses.tolist(), rows.tolist(), strict=True):
            sums[indices[row]] += loss
            counts[indices[row]] += 1
    return list(zip(sums, counts, strict=True))


def evaluation_batches(examples: Sequence[Example]) -> list[list[int]]:
    """Every example once, near in length to the others of its batch."""
    lengths = [len(example.ids) for example in examples]
    order = sorted(range(len(examples)), key=lambda index: -lengths[index])
    return even_cut(order, lengths, EVALUATION_TOKENS, len(order))


def mean_loss(model: Any, examples: Sequence[Example], device: torch.device) -> float:
    """Mean NLL in nats per spoken token; 0 where nothing is spoken."""
    summed = summed_losses(model, examples, device, evaluation_batches(examples))
    tokens = sum(count for _, count in summed)
    return sum(total for total, _ in summed) / tokens if tokens else 0.0
