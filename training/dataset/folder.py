"""A dataset folder: dialogues.jsonl, rejected.jsonl, manifest.json, and who asked to be taken out."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from bot.files import sha256_of
from bot.validation import first_wrong_value
from training.errors import DatasetInvalid

DIALOGUES, REJECTED, MANIFEST = "dialogues.jsonl", "rejected.jsonl", "manifest.json"


class SourceFacts(BaseModel):
    """One export: `records` were conversations or broken places in it, `dialogues` are what came of them.

    All others were rejected; manifests made before this was counted do not say how many.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    bytes: int
    sha256: str
    formats: dict[str, int]
    records: int
    dialogues: int
    rejected: int | None = None

    @model_validator(mode="after")
    def _adds_up(self) -> "SourceFacts":
        if self.rejected is not None and self.dialogues + self.rejected != self.records:
            counted = f"{self.dialogues} dialogues and {self.rejected} rejected"
            raise ValueError(f"{self.name}: {counted} are not {self.records} records")
        return self


class Guess(BaseModel):
    """How roles were guessed that an export does not give, in how many conversations, and two of them by id."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    how: str
    conversations: int
    examples: list[str]


class DatasetManifest(BaseModel):
    """What is in a dataset and how it came about; nothing in it depends on when or where it was made."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int = 1
    dialogues: int
    sha256: str
    splits: dict[str, int]
    languages: dict[str, int]
    sources: list[SourceFacts]
    options: dict[str, Any]
    rejected: dict[str, int]
    left_out: dict[str, int]
    redacted: dict[str, int]
    erased: int = 0
    guesses: list[Guess] = []


def read_rows(file: Path) -> Iterator[dict[str, Any]]:
    """The JSON objects of one of our files, a line each; none where it does not exist."""
    if file.is_file():
        with file.open(encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)


def write_rows(file: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """JSON objects as lines, the same bytes for the same rows."""
    with file.open("w", encoding="utf-8") as target:
        for row in rows:
            target.write(json.dumps(row, ensure_ascii=False) + "\n")


def write_manifest(folder: Path, manifest: DatasetManifest) -> None:
    """manifest.json."""
    (folder / MANIFEST).write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")


def open_dataset(folder: Path) -> DatasetManifest:
    """The manifest of a dataset whose dialogues are what it says. Raises DatasetInvalid."""
    try:
        manifest = DatasetManifest.model_validate_json((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetInvalid(
            folder, f"it has no readable {MANIFEST}; make it with `trilane-train ingest`"
        ) from error
    except ValidationError as error:
        raise DatasetInvalid(folder, f"{MANIFEST} is damaged: {first_wrong_value(error)}") from error
    if not (folder / DIALOGUES).is_file():
        raise DatasetInvalid(folder, f"{DIALOGUES} is missing; ingest again")
    if sha256_of(folder / DIALOGUES) != manifest.sha256:
        raise DatasetInvalid(folder, f"{DIALOGUES} was changed since it was made; ingest again")
    return manifest
