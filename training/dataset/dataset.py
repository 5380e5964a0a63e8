"""What is learnt from: dialogues with their hash and their sources."""

import json
import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from bot.dialogue import Dialogue, Turn
from bot.files import sha256_of_text
from bot.releases.part import DatasetFacts
from bot.schemas import jsonl_files, read_cases, read_dialogue_file
from bot.settings import Settings
from training.dataset.folder import DIALOGUES, MANIFEST, open_dataset
from training.errors import DatasetEmpty, DatasetInvalid

CASES, KNOWLEDGE = "cases", "knowledge"


@dataclass(frozen=True, slots=True)
class Transcripts:
    """One source of dialogues: `dialogues` are those to learn from, `dev` those that it holds back.

    `knowledge` is the help centre whose articles their answers name; None is the served shop's.
    """

    name: str
    dialogues: Sequence[Dialogue]
    dev: Sequence[Dialogue] = ()
    knowledge: Path | None = None


@dataclass(frozen=True)
class Dataset:
    """Dialogues, the sha256 of their canonical rows, and how many came from each source.

    `unlearnt` are the ids of dialogues that were left out because every answer in them is context only; `dev` are
    dialogues that are never learnt from, on which the result is measured.
    """

    dialogues: tuple[Dialogue, ...]
    sha256: str
    sources: dict[str, int]
    unlearnt: tuple[str, ...] = ()
    dev: tuple[Dialogue, ...] = ()

    def facts(self) -> DatasetFacts:
        """What an artefact's manifest says about its data."""
        return DatasetFacts(sha256=self.sha256, dialogues=len(self.dialogues), sources=self.sources)

    def metrics(self) -> dict[str, float]:
        """Counts for a manifest, where there is something to count."""
        return {"dialogues_without_answer": float(len(self.unlearnt))} if self.unlearnt else {}


def make_dataset(sources: Iterable[Transcripts]) -> Dataset:
    """Join sources, in their order, without dialogues that hold no answer to learn from.

    Raises DatasetEmpty when no dialogue is left.
    """
    dialogues: list[Dialogue] = []
    dev: list[Dialogue] = []
    unlearnt: list[str] = []
    counts: Counter[str] = Counter()
    for source in sources:
        learnt = [dialogue for dialogue in source.dialogues if has_answer(dialogue)]
        unlearnt += [dialogue.id for dialogue in source.dialogues if not has_answer(dialogue)]
        dialogues += learnt
        if source.dialogues:
            counts[source.name] += len(learnt)
        dev += [dialogue for dialogue in source.dev if has_answer(dialogue)]
    if not dialogues:
        raise DatasetEmpty(
            "every answer in the transcripts is context only (weight 0): there is nothing to learn from"
            if unlearnt
            else "no transcript was found: check `transcripts` in the recipe, and --shop"
        )
    rows = "".join(
        json.dumps(_canonical(dialogue), sort_keys=True, ensure_ascii=False) + "\n" for dialogue in dialogues
    )
    return Dataset(tuple(dialogues), sha256_of_text(rows), dict(counts), tuple(unlearnt), tuple(dev))


def has_answer(dialogue: Dialogue) -> bool:
    """Whether an answer in it is learnt from."""
    return any(turn.learnt for turn in dialogue.turns if turn.role in ("assistant", "agent"))


def _canonical(dialogue: Dialogue) -> dict[str, Any]:
    """A dialogue as its hash reads it: a mark stands only where it was set, so that older hashes stay."""
    row = asdict(dialogue)
    defaults = {field.name: field.default for field in fields(Turn)}
    for turn in row["turns"]:
        for name in turn.keys() - {"articles"}:
            if turn[name] == defaults[name]:
                del turn[name]
    return row


def shop_sources(settings: Settings, globs: Sequence[str]) -> list[Transcripts]:
    """The *.jsonl files and datasets of a shop's folder that match, in sorted order, and its own dev cases.

    The cases are answered dialogues that nothing is learnt from: dev data of the same shop.
    Raises DatasetEmpty when a pattern matches nothing, DatasetInvalid for a damaged dataset, TranscriptInvalid for
    a broken row.
    """
    shop, cases = settings.shop_dir, settings.cases_dir / "dev.jsonl"
    files: set[Path] = set()
    for pattern in globs:
        matches = [path for path in shop.glob(pattern) if path.suffix == ".jsonl" or (path / MANIFEST).is_file()]
        if not matches:
            raise DatasetEmpty(f"no transcript matches {shop / pattern}")
        files.update(map(_dialogues, matches))
    found = [read_transcripts(file, file.relative_to(shop).as_posix()) for file in sorted(files)]
    if cases.is_file():
        found.append(Transcripts("cases", (), [case.answered for case in read_cases([cases])]))
    return found


def other_shops(settings: Settings, globs: Sequence[str]) -> list[Transcripts]:
    """The answered cases of other shops' folders below DATA that match, each file a source, in sorted order.

    Those of the shops that `trades/trades.toml` calls dev are held back: nothing is ever learnt from them.
    Raises DatasetEmpty when a pattern matches no shop with cases, DatasetInvalid, TranscriptInvalid.
    """
    folders: set[Path] = set()
    for pattern in globs:
        matches = [folder for folder in settings.data.glob(pattern) if any((folder / CASES).glob("*.jsonl"))]
        if not matches:
            raise DatasetEmpty(f"no shop's folder with {CASES}/*.jsonl matches {settings.data / pattern}")
        folders.update(matches)
    held_back = dev_trades(settings.data / "trades")
    found = []
    for folder in sorted(folders):
        for file in jsonl_files([folder / CASES]):
            said = [case.answered for case in read_cases([file])]
            learnt, dev = ((), said) if folder in held_back else (said, ())
            name = file.relative_to(settings.data).as_posix()
            found.append(Transcripts(name, learnt, dev, folder / KNOWLEDGE))
    return found


def dev_trades(folder: Path) -> set[Path]:
    """The shops' folders that choices are made on. Raises DatasetInvalid."""
    file = folder / "trades.toml"
    if not file.is_file():
        return set()
    try:
        names = tomllib.loads(file.read_text(encoding="utf-8"))["dev"]
        return {folder / str(name) for name in names}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
        raise DatasetInvalid(folder, f'{file.name} must name the dev shops, as in `dev = ["hotel"]`') from error


def named_sources(paths: Sequence[Path]) -> list[Transcripts]:
    """Transcript files, folders of them, and datasets that ingest made.

    Raises DatasetEmpty when a folder holds none, DatasetInvalid for a damaged dataset, TranscriptInvalid.
    """
    files: dict[Path, None] = {}
    for path in paths:
        if (path / MANIFEST).is_file():
            files[_dialogues(path)] = None
            continue
        found = jsonl_files([path])
        if not found:
            raise DatasetEmpty(f"no *.jsonl transcript is in {path}")
        files |= dict.fromkeys(found)
    return [read_transcripts(file, file.as_posix()) for file in files]


def read_transcripts(file: Path, name: str) -> Transcripts:
    """One transcript file under the name that manifests give it. Raises TranscriptInvalid."""
    return Transcripts(name, read_dialogue_file(file), read_dialogue_file(file, "dev"))


def _dialogues(path: Path) -> Path:
    """A transcript file itself, or the dialogues of a dataset, which must be whole."""
    if path.is_file():
        return path
    open_dataset(path)
    return path / DIALOGUES
