"""What was registered, promoted and rolled back, in order, and which parts are chosen now.

`current.json` is the newest change and the only place that counts: it is replaced whole. The same line is then
added to `history.jsonl`; a process that is killed in between leaves that to whoever changes something next.
Only the holder of the lock writes.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.errors import ReleaseRefused
from bot.files import locked, write_whole
from bot.releases.release import Slot


class Change(BaseModel):
    """A line of the history. `parts` are the chosen ones after it; a slot without one has the shipped part.

    `choice` is the number of the change that chose these parts first (0: nothing was chosen yet), `before` the
    choice that a rollback goes to. So a rollback after a rollback goes further back, not forward again.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    number: int
    when: str
    what: Literal["register", "promote", "rollback"]
    slot: Slot | None = None
    sha256: str | None = None
    why: str = ""
    parts: dict[Slot, str]
    choice: int
    before: int | None


def nothing_chosen() -> Change:
    """What stands before the first change."""
    return Change(number=0, when="", what="rollback", parts={}, choice=0, before=None)


class Changes:
    """The changes of one shop's folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._current, self._history = folder / "current.json", folder / "history.jsonl"

    @contextmanager
    def changing(self) -> Iterator[Change]:
        """Hold the lock; gives the current change, which nobody else replaces meanwhile."""
        with locked(self._folder / "lock"):
            self._complete_history()
            yield self.current()

    def current(self) -> Change:
        """The newest change. Raises ReleaseRefused where it cannot be read."""
        try:
            line = self._current.read_bytes()
        except FileNotFoundError:
            return nothing_chosen()
        return _read(line, f"{self._current} is damaged; put the last line of {self._history.name} in its place")

    def history(self) -> list[Change]:
        """Every change, oldest first. Raises ReleaseRefused where a line cannot be read."""
        changes = [
            _read(line, f"{self._history}, line {number}, is damaged; take that line out")
            for number, line in enumerate(self._whole_lines().split(b"\n")[:-1], start=1)
        ]
        current = self.current()
        newest = changes[-1].number if changes else 0
        return [*changes, current] if current.number > newest else changes

    def add(self, change: Change) -> Change:
        """Number and date a change and make it the current one; the lock is held."""
        newest = max((past.number for past in self.history()), default=0)
        when = datetime.now(UTC).isoformat(timespec="seconds")
        change = change.model_copy(update={"number": newest + 1, "when": when})
        if change.what == "promote":
            change = change.model_copy(update={"choice": change.number})
        write_whole(self._current, _line(change).decode(), mode=0o600)
        self._complete_history()
        return change

    def _complete_history(self) -> None:
        """Cut off a line that a killed process did not finish, and add the current change where it is missing."""
        whole = self._whole_lines()
        missing = self.history()[whole.count(b"\n") :]
        descriptor = os.open(self._history, os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "r+b") as stream:
            stream.truncate(len(whole))
            stream.seek(len(whole))
            stream.write(b"".join(map(_line, missing)))
            stream.flush()
            os.fsync(stream.fileno())

    def _whole_lines(self) -> bytes:
        try:
            data = self._history.read_bytes()
        except FileNotFoundError:
            return b""
        return data[: data.rfind(b"\n") + 1]


def _line(change: Change) -> bytes:
    return change.model_dump_json().encode() + b"\n"


def _read(line: bytes, otherwise: str) -> Change:
    try:
        return Change.model_validate_json(line)
    except ValidationError as error:
        raise ReleaseRefused(otherwise) from error
