"""How dialogues become batches of token ids."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from bot.dialogue import Dialogue
from bot.engine.local.render import Renderer
from training.errors import DialogueTooLong

IGNORED = -100
BUCKET_BATCHES = 16


@dataclass(frozen=True, slots=True)
class Example:
    """A rendered dialogue; `labels` are its ids where an answer is learnt from, IGNORED elsewhere."""

    ids: tuple[int, ...]
    labels: tuple[int, ...]


@dataclass(frozen=True)
class Batch:
    """`input_ids` and `labels`, both (B, T) int64; `tokens` counts the ones that are not padding."""

    input_ids: torch.Tensor
    labels: torch.Tensor
    tokens: int


def tokenise(dialogue: Dialogue, renderer: Renderer, *, system: str, max_tokens: int) -> Example:
    """Render as serving does, without soft-prompt rows: PEFT puts those in front itself.

    Raises DialogueTooLong rather than truncating.
    """
    rendered = renderer.render(dialogue, system=system, reply=False)
    if len(rendered.ids) > max_tokens:
        raise DialogueTooLong(dialogue.id, len(rendered.ids), max_tokens)
    labels = tuple(
        token if spoken else IGNORED for token, spoken in zip(rendered.ids, rendered.spoken, strict=True)
    )
    return Example(rendered.ids, labels)


def collate(examples: Sequence[Example], *, pad_id: int) -> Batch:
    """Pad on the right to one length, with loss on the assistant's tokens only.

    Returns `input_ids` and `labels`, both (B, T) int64, T = the longest example in tokens. There is no
    attention mask: under causal attention no token looks right, so padding there changes nothing.
    Source: -100 is torch.nn.CrossEntropyLoss's ignore_index.
    """
    longest = max(len(example.ids) for example in examples)
    shape = (len(examples), longest)
    input_ids = torch.full(shape, pad_id, dtype=torch.int64)
    labels = torch.full(shape, IGNORED, dtype=torch.int64)
    for row, example in enumerate(examples):
        input_ids[row, : len(example.ids)] = torch.tensor(example.ids)
        labels[row, : len(example.labels)] = torch.tensor(example.labels)
    return Batch(input_ids, labels, sum(len(example.ids) for example in examples))


def shuffled_batches(lengths: Sequence[int], batch_size: int, *, seed: int, epoch: int) -> list[list[int]]:
    """Indices of one epoch's batches: a function of seed and epoch alone, so that a resume repeats it.

    Neighbours in length share a batch within shuffled pools of BUCKET_BATCHES batches: little padding.
    """
    chance = random.Random(f"{seed}:{epoch}")
    order = list(range(len(lengths)))
    chance.shuffle(order)
    pool = batch_size * BUCKET_BATCHES
    batches = []
    for start in range(0, len(order), pool):
        near = sorted(order[start : start + pool], key=lambda index: lengths[index])
        batches += [near[first : first + batch_size] for first in range(0, len(near), batch_size)]
    chance.shuffle(batches)
    return batches
