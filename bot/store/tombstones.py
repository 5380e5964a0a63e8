"""Who asked to be taken out: marks that are hashes, in a file that every ingest and every training reads."""

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from bot.errors import StoreUnusable
from bot.files import make_private, write_whole

TOMBSTONES = "tombstones.jsonl"
# What a dataset calls the conversations that Trilane itself had: "trilane:ID".
TRILANE = "trilane"


def mark_of(kind: str, identifier: str) -> str:
    """What is kept of a visitor's or conversation's id: a hash, in lower case and without white space."""
    plain = identifier.strip().casefold()
    return hashlib.sha256(f"trilane {kind}: {plain}".encode()).hexdigest()[:32]


def visitor_marks(form: str, visitor: str | None, emails: Sequence[str] = ()) -> list[str]:
    """The marks of a conversation's people: an id is its tool's own, an e-mail address is the same everywhere."""
    known = [visitor if "@" in visitor else f"{form}:{visitor}"] if visitor else []
    return list(dict.fromkeys(mark_of("visitor", one) for one in [*known, *emails]))


def marks_of(identifier: str, visitors: Sequence[str]) -> set[str]:
    """What a dialogue answers to: its visitors' marks, and those of its id with and without the format."""
    plain = identifier.partition("#")[0]
    return {*visitors, mark_of("conversation", plain), mark_of("conversation", plain.partition(":")[2])}


class Tombstones:
    """Marks of visitors and conversations that are to stay out. Raises StoreUnusable where a file is damaged."""

    def __init__(self, files: Iterable[Path]) -> None:
        self.marks: set[str] = set()
        for file in files:
            if file.is_file():
                self.marks |= set(_read(file))

    def cover(self, identifier: str, visitors: Sequence[str]) -> bool:
        """Whether this dialogue is to stay out."""
        return bool(self.marks) and not self.marks.isdisjoint(marks_of(identifier, visitors))

    def write(self, file: Path) -> None:
        """One mark a line, sorted."""
        write_whole(file, "".join(_line(mark) for mark in sorted(self.marks)), mode=0o600)


def bury(file: Path, marks: Iterable[str]) -> None:
    """Add marks to a file that other programs may add to at the same moment; they are on disk when it returns."""
    known = Tombstones([file])
    new = sorted(set(marks) - known.marks)
    make_private(file.parent)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write("".join(_line(mark) for mark in new))
        stream.flush()
        os.fsync(stream.fileno())


def _line(mark: str) -> str:
    return json.dumps({"mark": mark}) + "\n"


def _read(file: Path) -> Iterable[str]:
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        try:
            yield str(json.loads(line)["mark"])
        except (ValueError, KeyError, TypeError) as error:
            raise StoreUnusable(file, f"line {number} marks no erased person; mend or remove it") from error
