"""From files to conversations: each record to its format, single messages back to their conversations."""

import json
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bot.errors import StoreUnusable
from bot.store.tombstones import TRILANE
from training.exports.conversation import ExportedConversation, Format, MessageFormat, Record, Unreadable
from training.exports.files import Export, ExportUnreadable, opened
from training.exports.formats import names
from training.exports.formats.trilane import read_database
from training.exports.pieces import Broken, Piece
from training.exports.transcripts import unfolded
from training.ingest.people import customers_in, emails_in, people_in

# An export of which this many records in a row are of no known format is something else.
PATIENCE = 1000


@dataclass(frozen=True, slots=True)
class Found:
    """A conversation, the format that it came in, and where it begins."""

    file: str
    line: int
    format: str
    conversation: ExportedConversation
    # E-mail addresses in the record, by which a person may ask to be taken out.
    emails: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rejection:
    """A place that gave no conversation, and why; `text` is how it begins, unredacted."""

    file: str
    line: int
    reason: str
    text: str


def read_file(
    path: Path, formats: Sequence[Format], progress: Callable[[int], None], *, named: bool
) -> Iterator[Found | Rejection]:
    """Everything in one file. `progress` is told the bytes read so far.

    A file that was `named` and holds nothing of a known format raises ExportUnreadable; one that was only found in
    a folder, or in an archive, is a Rejection.
    """
    with opened(path) as (position, exports):
        for export in exports:
            try:
                if isinstance(export, ExportUnreadable):
                    raise export
                for item in _read_export(export, formats):
                    yield item
                    progress(position())
            except ExportUnreadable as error:
                if named and error.name == path.name:
                    raise
                yield Rejection(error.name, 0, error.reason, "")


def _read_export(export: Export, formats: Sequence[Format]) -> Iterator[Found | Rejection]:
    if export.is_database:
        yield from _read_store(export)
        return
    known, unknown, empty = 0, 0, export.is_empty
    with _Grouping() as grouping:
        for piece in export.pieces(lambda record: _format_of(record, formats) is not None):
            if isinstance(piece, Broken):
                yield Rejection(export.name, piece.line, piece.reason, piece.text)
                continue
            form = _format_of(piece.record, formats)
            if form is None:
                unknown += 1
                if not known and unknown >= PATIENCE:
                    break
                text = json.dumps(piece.record, ensure_ascii=False)
                yield Rejection(export.name, piece.line, "it has the shape of no known format", text)
                continue
            known += 1
            yield from _read_record(export.name, piece, form, grouping)
        if not known and not empty:
            raise ExportUnreadable(
                export.name,
                f"no conversation of a known format is in it; docs/formats.md describes them: {names()}",
            )
        yield from grouping.conversations(export.name)


def _read_record(name: str, piece: Piece, form: Format, grouping: "_Grouping") -> Iterator[Found | Rejection]:
    try:
        if isinstance(form, MessageFormat):
            grouping.add(form, form.conversation_of(piece.record), piece)
        else:
            yield _found(name, piece.line, form, piece.record)
    except Unreadable as error:
        yield Rejection(name, piece.line, str(error), json.dumps(piece.record, ensure_ascii=False))


def _found(name: str, line: int, form: Format, record: Record) -> Found:
    conversation = form.read(record)
    people = (*conversation.people, *people_in(record))
    conversation = unfolded(conversation, customers_in(record))
    return Found(name, line, form.name, replace(conversation, people=people), emails_in(record))


def _read_store(export: Export) -> Iterator[Found | Rejection]:
    with export.as_file() as database:
        try:
            for number, conversation in enumerate(read_database(database), 1):
                yield Found(export.name, number, TRILANE, conversation)
        except StoreUnusable as error:
            raise ExportUnreadable(export.name, error.reason) from error


def _format_of(record: Record, formats: Sequence[Format]) -> Format | None:
    return next((form for form in formats if form.matches(record)), None)


class _Grouping:
    """Messages that lie apart in a file, by conversation, on disk and not in memory."""

    def __init__(self) -> None:
        self._formats: dict[str, MessageFormat] = {}
        self._db: sqlite3.Connection | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def __enter__(self) -> "_Grouping":
        return self

    def __exit__(self, *_: object) -> None:
        if self._db is not None:
            self._db.close()
        if self._folder is not None:
            self._folder.cleanup()

    def add(self, form: MessageFormat, conversation: str, piece: Piece) -> None:
        """Keep one message until the file is read."""
        if self._db is None:
            self._folder = tempfile.TemporaryDirectory(prefix="trilane-")
            self._db = sqlite3.connect(Path(self._folder.name) / "messages.db", isolation_level=None)
            self._db.executescript(
                "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; "
                "CREATE TABLE messages (id INTEGER PRIMARY KEY, line, format, conversation, record); BEGIN"
            )
        self._formats[form.title] = form
        row = (piece.line, form.title, conversation, json.dumps(piece.record))
        self._db.execute("INSERT INTO messages (line, format, conversation, record) VALUES (?, ?, ?, ?)", row)

    def conversations(self, name: str) -> Iterator[Found | Rejection]:
        """Each conversation with all its messages, in the order in which they begin."""
        if self._db is None:
            return
        self._db.execute("COMMIT")
        self._db.execute("CREATE INDEX by_conversation ON messages (format, conversation)")
        groups = (
            "SELECT format, conversation, MIN(line) FROM messages GROUP BY format, conversation ORDER BY MIN(id)"
        )
        rows = "SELECT record FROM messages WHERE format = ? AND conversation = ? ORDER BY id"
        for title, conversation, line in self._db.execute(groups):
            form = self._formats[title]
            records = [json.loads(record) for (record,) in self._db.execute(rows, (title, conversation))]
            try:
                yield _found(name, line, form, {"rows": records})
            except Unreadable as error:
                yield Rejection(name, line, str(error), json.dumps(records[:2], ensure_ascii=False))
