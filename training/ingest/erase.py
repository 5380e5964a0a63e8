"""Takes people and conversations out of datasets, and keeps later ingests from bringing them back."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bot.files import appearing, sha256_of
from bot.store.tombstones import TOMBSTONES, TRILANE, Tombstones, bury, mark_of
from training.dataset.folder import (
    DIALOGUES,
    REJECTED,
    DatasetManifest,
    Guess,
    open_dataset,
    read_rows,
    write_manifest,
    write_rows,
)
from training.errors import DatasetInvalid
from training.exports.formats import FORMATS

TOOLS = (TRILANE, *dict.fromkeys(form.name for form in FORMATS))


def erase(
    folders: Sequence[Path], home: Path, *, visitors: Sequence[str] = (), conversations: Sequence[str] = ()
) -> dict[Path, int]:
    """Take people and conversations out of datasets; returns how many dialogues went from each.

    Their marks stay in each folder and in `home`, so that no later ingest brings them back. A conversation is
    named by its id in the dataset ("zendesk:4711") or in its export ("4711"). Raises DatasetInvalid, before
    anything is written.
    """
    manifests = {folder: open_dataset(folder) for folder in folders}
    if not all(name.strip() for name in [*visitors, *conversations]):
        raise DatasetInvalid(folders[0], "the visitor or conversation to erase is empty")
    # A bare id is looked for in every tool's exports.
    spelled = [one for visitor in visitors for one in (visitor, *(f"{tool}:{visitor}" for tool in TOOLS))]
    marks = {mark_of("visitor", visitor) for visitor in spelled}
    marks |= {mark_of("conversation", conversation) for conversation in conversations}
    bury(home / TOMBSTONES, marks)
    return {folder: _erase(folder, manifest, marks) for folder, manifest in manifests.items()}


def _erase(folder: Path, manifest: DatasetManifest, marks: set[str]) -> int:
    gone: list[str] = []
    splits: Counter[str] = Counter()
    languages: Counter[str] = Counter()
    with appearing(folder) as made:
        stones = Tombstones([folder / TOMBSTONES])
        stones.marks |= marks
        stones.write(made / TOMBSTONES)

        def kept(file: Path) -> Iterator[dict[str, Any]]:
            for row in read_rows(file):
                if stones.cover(row.get("id", ""), row.get("visitors", [])):
                    gone.extend([row["id"]] if file.name == DIALOGUES else [])
                    continue
                if file.name == DIALOGUES:
                    splits[row["split"]] += 1
                    languages[row["language"]] += 1
                yield row

        for name in (DIALOGUES, REJECTED):
            write_rows(made / name, kept(folder / name))
        write_manifest(
            made,
            manifest.model_copy(
                update={
                    "dialogues": manifest.dialogues - len(gone),
                    "sha256": sha256_of(made / DIALOGUES),
                    "splits": dict(sorted(splits.items())),
                    "languages": dict(sorted(languages.items())),
                    "erased": manifest.erased + len(gone),
                    "guesses": [_without(guess, gone) for guess in manifest.guesses],
                }
            ),
        )
    return len(gone)


def _without(guess: Guess, gone: Sequence[str]) -> Guess:
    """The same guess, without the ids of erased dialogues."""
    return guess.model_copy(update={"examples": [one for one in guess.examples if one not in gone]})
