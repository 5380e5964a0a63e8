"""Export files as records: plain, .gz or .zip, JSON or CSV or SQLite, told apart by what is in them."""

from __future__ import annotations

import gzip
import io
import json
import re
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, Literal

from bot.errors import ErrorCode, TrilaneError
from training.exports.conversation import Record
from training.exports.json_document import read_document
from training.exports.json_object import BEGINNING, parse
from training.exports.pieces import Broken, Piece
from training.exports.tables import is_table, read_table

HEAD = 1 << 16
GZIP, ZIP, SQLITE = b"\x1f\x8b", b"PK\x03\x04", b"SQLite format 3\0"
ENCRYPTED = 0x1
DAMAGED = (EOFError, gzip.BadGzipFile, zlib.error, zipfile.BadZipFile, NotImplementedError)

# Never within an object, unless in a text of it; then it is not followed by a key.
_JOINED = re.compile(r'(?<=\})\s*(?=\{\s*"(?:[^"\\]|\\.)*"\s*:)')


class ExportUnreadable(TrilaneError):
    """A file is no export that we know; the message names it and what would be."""

    code = ErrorCode.TRANSCRIPT

    def __init__(self, name: str, reason: str) -> None:
        self.name, self.reason = name, reason
        super().__init__(f"{name}: {reason}")


def find_exports(sources: Sequence[Path]) -> list[Path]:
    """Files as they are named, and all files of folders, sorted and without hidden ones; each once."""
    found: dict[Path, None] = {}
    for source in sources:
        inside = sorted(path for path in source.rglob("*") if path.is_file()) if source.is_dir() else [source]
        for path in inside:
            if path == source or not any(part.startswith(".") for part in path.relative_to(source).parts):
                found[path] = None
    return list(found)


class Unpacked(io.RawIOBase):
    """The content of an archive; where it is damaged it ends, and `damage` says why."""

    def __init__(self, packed: gzip.GzipFile | IO[bytes]) -> None:
        self._packed = packed
        self.damage: Exception | None = None

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Up to the buffer's size; 0 at the end or where the archive is damaged."""
        try:
            data = self._packed.read(len(buffer)) if self.damage is None else b""
        except DAMAGED as error:
            self.damage, data = error, b""
        buffer[: len(data)] = data
        return len(data)


@dataclass(frozen=True)
class Export:
    """One file, or one member of an archive, open at its beginning."""

    name: str
    stream: io.BufferedReader[Any]
    unpacked: Unpacked | None = None
    path: Path | None = None

    @property
    def is_database(self) -> bool:
        """Whether it is an SQLite file."""
        return self._head().startswith(SQLITE)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing in it but white space."""
        return not self._head().strip()

    def _head(self) -> bytes:
        return self.stream.peek(HEAD)[:HEAD]

    @contextmanager
    def as_file(self) -> Iterator[Path]:
        """A file on disk, for what must be opened by name: a copy of what is packed in an archive.

        Any other file itself, never a copy: what is newest in a database stands in files beside it.
        """
        if self.path is not None:
            yield self.path
            return
        with tempfile.TemporaryDirectory(prefix="trilane-") as folder:
            copy = Path(folder) / "export.db"
            with copy.open("wb") as target:
                shutil.copyfileobj(self.stream, target)
            yield copy

    def pieces(self, is_record: Callable[[Record], bool]) -> Iterator[Piece | Broken]:
        """Its records and broken places. Raises ExportUnreadable where it is neither JSON nor a table."""
        head = self._head()
        encoding = _encoding(head)
        text = io.TextIOWrapper(self.stream, encoding, errors="surrogateescape", newline=None)
        with _staying_open(text):
            match layout(head.decode(encoding, "replace")):
                case "document":
                    yield from read_document(text, is_record)
                case "lines":
                    yield from _read_lines(text, is_record)
                case "table":
                    yield from read_table(text)
                case None if head.strip():
                    raise ExportUnreadable(self.name, "it is neither JSON nor a table with a header")
        if self.unpacked is not None and self.unpacked.damage is not None:
            reason = f"the archive is damaged, and what follows in it is lost: {self.unpacked.damage}"
            yield Broken(0, reason, "")


@contextmanager
def opened(path: Path) -> Iterator[tuple[Callable[[], int], Iterator[Export | ExportUnreadable]]]:
    """How many bytes of the file have been read so far, and the exports in it, or why a member is none."""
    with path.open("rb") as raw:
        yield raw.tell, _exports(path.name, raw, path=path)


@contextmanager
def _staying_open(text: io.TextIOWrapper) -> Iterator[None]:
    """The file under the text is not closed with it: how far it was read is still asked."""
    try:
        yield
    finally:
        text.detach()


def _exports(
    name: str, stream: io.BufferedReader[Any], unpacked: Unpacked | None = None, path: Path | None = None
) -> Iterator[Export | ExportUnreadable]:
    head = stream.peek(4)
    if head.startswith(GZIP):
        with gzip.open(stream) as inner:
            content = Unpacked(inner)
            yield Export(name, io.BufferedReader(content, HEAD), content)
    elif head.startswith(ZIP) and unpacked is None:
        try:
            archive = zipfile.ZipFile(stream)
        except zipfile.BadZipFile as error:
            yield ExportUnreadable(name, f"the archive is damaged ({error}); fetch it again, or unpack it")
            return
        with archive:
            for member in archive.infolist():
                if member.is_dir() or member.filename.startswith("__MACOSX/"):
                    continue
                inside = f"{name}/{member.filename}"
                if member.flag_bits & ENCRYPTED:
                    yield ExportUnreadable(inside, "it is encrypted; unpack it first")
                    continue
                with archive.open(member) as packed:
                    content = Unpacked(packed)
                    yield from _exports(inside, io.BufferedReader(content, HEAD), content)
    elif head.startswith(ZIP):
        yield ExportUnreadable(name, "it is an archive inside an archive; unpack the outer one")
    else:
        yield Export(name, stream, unpacked, path)


def _encoding(head: bytes) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if head.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    try:
        # The head may end in the middle of a character.
        head[: head.rfind(b"\n") + 1].decode("utf-8")
    except UnicodeDecodeError:
        # JSON is UTF-8 by its standard; tables from spreadsheets are often of the western Windows code page.
        if not head.lstrip().startswith((b"{", b"[")):
            return "cp1252"
    return "utf-8"


def layout(head: str) -> Literal["document", "lines", "table"] | None:
    """How a text that begins like this is laid out; None where it is nothing that we read."""
    start = head.lstrip()
    if start.startswith(("{", "[")) or _lost_its_beginning(start):
        # Documents have objects on lines too, with commas behind them.
        lines = [line for line in start.splitlines()[:200] if line.startswith("{")]
        return "lines" if any(map(_is_object, lines[:1])) or _mostly_objects(lines) else "document"
    return "table" if is_table(start) else None


def _read_lines(text: io.TextIOWrapper, is_record: Callable[[Record], bool]) -> Iterator[Piece | Broken]:
    """Lines of JSON, where a line may also be an envelope: one page of an API."""
    for number, line in enumerate(text, 1):
        # Where a line break was lost, two objects stand on one line.
        for part in _JOINED.split(line) if line.strip() else ():
            piece = parse(part, number)
            if isinstance(piece, Broken) or is_record(piece.record):
                yield piece
                continue
            for inner in read_document(io.StringIO(part), is_record):
                yield replace(inner, line=number)


def _lost_its_beginning(start: str) -> bool:
    """Whether it is JSON whose first bytes are damaged: objects with keys, and no header above them."""
    first = start.partition("\n")[0]
    return bool(BEGINNING.search(start)) and ('":' in first or sum(map(str.isalpha, first)) < 2)


def _mostly_objects(lines: list[str]) -> bool:
    return sum(map(_is_object, lines)) * 2 > len(lines)


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False
