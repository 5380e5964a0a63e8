"""A dataset: dialogues with their hash and sources, and how they become batches of token ids."""

import json
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from bot.dialogue import Dialogue
from bot.engine.local.render import Renderer
from bot.files import sha256_of_text
from bot.releases.part import DatasetFacts
from training.errors import DatasetEmpty, DialogueTooLong
from training.ingest.folder import DIALOGUES, MANIFEST, open_dataset
from training.transcripts.rows import jsonl_files, read_dialogue_file

IGNORED = -100
BUCKET_BATCHES = 16


@dataclass(frozen=True)
class Dataset:
    """Dialogues, the sha256 of their canonical rows, and how many came from each source."""

    dialogues: tuple[Dialogue, ...]
    sha256: str
    sources: dict[str, int]

    def facts(self) -> DatasetFacts:
        """What an artefact's manifest says about its data."""
        return DatasetFacts(sha256=self.sha256, dialogues=len(self.dialogues), sources=self.sources)


def make_dataset(sources: Iterable[tuple[str, Sequence[Dialogue]]]) -> Dataset:
    """Join named sources, in their order; raises DatasetEmpty when no dialogue is left."""
    dialogues: list[Dialogue] = []
    counts: Counter[str] = Counter()
    for name, found in sources:
        dialogues += found
        counts[name] += len(found)
    if not dialogues:
        raise DatasetEmpty("no transcript was found: check `transcripts` in the recipe and TRILANE_DATA")
    rows = "".join(
        json.dumps(asdict(dialogue), sort_keys=True, ensure_ascii=False) + "\n" for dialogue in dialogues
    )
    return Dataset(tuple(dialogues), sha256_of_text(rows), dict(counts))


def transcript_sources(data: Path, globs: Sequence[str]) -> list[tuple[str, list[Dialogue]]]:
    """The transcript files under `data` that match, each with its dialogues, in sorted order.

    Raises DatasetEmpty when a pattern matches nothing, TranscriptInvalid for a broken row.
    """
    files: set[Path] = set()
    for pattern in globs:
        found = jsonl_files(data.glob(pattern))
        if not found:
            raise DatasetEmpty(f"no transcript matches {data / pattern}")
        files.update(found)
    return [(file.relative_to(data).as_posix(), read_dialogue_file(file)) for file in sorted(files)]


def named_sources(paths: Sequence[Path]) -> list[tuple[str, list[Dialogue]]]:
    """Transcript files, folders of them, and datasets that ingest made, each with the dialogues to learn from.

    Raises DatasetEmpty when a folder holds none, DatasetInvalid for a damaged dataset, TranscriptInvalid.
    """
    files: dict[Path, None] = {}
    for path in paths:
        if (path / MANIFEST).is_file():
            open_dataset(path)
            files[path / DIALOGUES] = None
            continue
        found = jsonl_files([path])
        if not found:
            raise DatasetEmpty(f"no *.jsonl transcript is in {path}")
        files |= dict.fromkeys(found)
    return [(file.as_posix(), read_dialogue_file(file)) for file in files]


@dataclass(frozen=True, slots=True)
class Example:
    """A rendered dialogue; `labels` are its ids where the assistant speaks, IGNORED elsewhere."""

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
    rendered = renderer.render(dialogue, system=system, soft_tokens=0, reply=False)
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
