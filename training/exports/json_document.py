"""JSON documents of any layout, read one record at a time: a record itself, a list, or an envelope of lists.

Exports arrive damaged: cut off, with a broken line or a lost quote. What is broken is reported with its line, and
reading goes on with the next whole record, in memory that the longest record bounds. A record is told from what
lies inside of it by its keys: the records of one export have most of them in common.
"""

import json
import re
from collections.abc import Callable, Collection, Iterator
from typing import TextIO

from training.exports.conversation import Record
from training.exports.json_object import BEGINNING, LOST, SCALAR, Damaged, alike, end_of, keys_in, parse
from training.exports.pieces import Broken, Piece

CHUNK = 1 << 18
# From this many characters on an object is looked into: it may be an envelope, or damage that swallowed records.
LONG = 1 << 23
DEEPEST = 5
EXCERPT = 400
# So many objects of a list are kept back until one of them shows that the list holds records.
KEPT_BACK = 1000
# Lists under these keys hold records, so what cannot be read in them is a rejected row and not decoration.
CONTAINERS = {
    "tickets", "conversations", "chats", "train", "dev", "test",
    "data", "payload", "results", "items", "records", "rows",
}  # fmt: skip
# What holds one of these is a conversation and no envelope, though single messages can be records too.
PARTS = {"messages", "comments", "history", "events", "conversation_parts"}
# What a list of turns without an object around it is read as the value of.
TURNS = "conversations"
_ATOM = re.compile(r'"(?:[^"\\\n]|\\[^\n])*"?|[^\s,:\]}\[{"]+')
_BETWEEN = re.compile(r"[^\s,:]")


def read_document(
    stream: TextIO, is_record: Callable[[Record], bool], *, chunk: int = CHUNK, long: int = LONG
) -> Iterator[Piece | Broken]:
    """The records of JSON documents that may span many lines, and every place that could not be read.

    `chunk` is how many characters are read at once, `long` is LONG.
    """
    return _Document(stream, is_record, chunk, long).read()


class _Other(Piece):
    """An object that is no record and holds none: a rejected row where records are expected."""


class _Document:
    """A window on the text: `text[at:]` is unread, `line` is the line of `at`."""

    def __init__(self, stream: TextIO, is_record: Callable[[Record], bool], chunk: int, long: int) -> None:
        self.stream, self.is_record, self.chunk, self.long = stream, is_record, chunk, long
        self.text, self.at, self.line = "", 0, 1
        self.ended = False
        # The keys of the first record, by which the next ones are known after damage.
        self.keys: tuple[str, ...] = ()
        # How deep the newest record lay, and whether something broken has come since.
        self.record_depth, self.is_broken = 0, False

    def read(self) -> Iterator[Piece | Broken]:
        while mark := self._peek():
            if mark in "{[":
                yield from self._value(0, expected=True)
            elif mark in "}]":
                # What is left of an envelope that was damaged.
                self._move(self.at + 1)
            else:
                yield self._broken("not valid JSON")
                yield from self._to_next_record()

    def _value(self, depth: int, *, expected: bool) -> Iterator[Piece | Broken]:
        """Whatever stands here. `expected`: an object here should be a record."""
        mark = self._peek()
        if mark == "[":
            yield from self._list(depth, expected=expected)
        elif mark == "{":
            for piece in self._object(depth):
                if expected or not isinstance(piece, _Other):
                    yield piece
        else:
            self._skip()

    def _list(self, depth: int, *, expected: bool) -> Iterator[Piece | Broken]:
        self._move(self.at + 1)
        # Where one object of a list is a record, the others are rejected rows, also those that stood before it.
        others: list[Piece] = []
        while (mark := self._peek()) and mark not in "]}":
            if mark == "{":
                self.record_depth = -1
                for piece in self._object(depth + 1):
                    if isinstance(piece, _Other) and not expected:
                        others += [piece] if len(others) < KEPT_BACK else []
                        continue
                    if self.record_depth == depth + 1:
                        expected = True
                        yield from others
                        others.clear()
                    yield piece
            elif mark == "[":
                if (turns := self._bare_turns()) is not None:
                    yield turns
                else:
                    yield from self._list(depth + 1, expected=expected)
            elif expected and (found := SCALAR.match(self.text, self.at)):
                yield Broken(self.line, "it is JSON, but not an object", found.group())
                self._move(found.end())
            elif expected:
                # A bracket or quote was lost: this is the inside of a record.
                yield self._broken("not valid JSON: there is no record here")
                yield from self._to_next_record()
            else:
                self._skip()
        if mark == "]":
            self._move(self.at + 1)
        elif not mark and expected and not self.is_broken:
            yield self._broken("the file ends before its list does: it was cut off")

    def _bare_turns(self) -> Piece | None:
        """The list that begins here, where it is a dialogue without an object around it; it is read past."""
        try:
            end, line = self._end(), self.line
            value = json.loads(self.text[self.at : end]) if end is not None else None
        except (Damaged, ValueError, RecursionError):
            return None
        record = {TURNS: value}
        if not isinstance(value, list) or not self.is_record(record):
            return None
        self._move(end or 0)
        return Piece(line, record)

    def _object(self, depth: int) -> Iterator[Piece | Broken]:
        """A record, or what lies in an envelope; _Other where it is neither."""
        line = self.line
        try:
            end = self._end()
        except Damaged as damage:
            yield from self._damaged(depth, str(damage))
            return
        if end is None:
            if alike(keys_in(self.text, self.at), self._record_within()):
                yield from self._damaged(depth, LOST)
            else:
                yield from self._members(depth)
            return
        read = parse(self.text[self.at : end], line)
        if isinstance(read, Broken):
            yield from self._damaged(depth, read.reason)
        elif self.is_record(read.record):
            self.keys = self.keys or tuple(read.record)
            self.record_depth, self.is_broken = depth, False
            self._move(end)
            yield read
        elif depth < DEEPEST and any(isinstance(value, dict | list) for value in read.record.values()):
            found = False
            for piece in self._members(depth):
                found = True
                yield piece
            if not found:
                yield _Other(line, read.record)
        else:
            self._move(end)
            yield _Other(line, read.record)

    def _damaged(self, depth: int, reason: str) -> Iterator[Piece | Broken]:
        """Of an envelope what is whole in it, of a record nothing; at least one place of it is Broken."""
        broken = self._broken(reason)
        # The first record, where it is still to come, shows what this is.
        while not self.keys and not self.ended and len(self.text) - self.at < self.long:
            self._more()
        keys, within = keys_in(self.text, self.at), self._record_within()
        if depth < 2 and self._is_envelope(keys, within):
            self.is_broken = told = False
            for piece in self._members(depth):
                told = told or isinstance(piece, Broken)
                yield piece
            if not told:
                yield broken
            return
        yield broken
        is_message = bool({*keys} & PARTS) and PARTS.isdisjoint(within)
        yield from self._to_next_record(keys if is_message or alike(keys, within) else ())

    def _is_envelope(self, keys: Collection[str], within: Record) -> bool:
        """Whether a damaged object with these keys holds records, rather than being one."""
        if not keys or not within or (not PARTS.isdisjoint(keys) and CONTAINERS.isdisjoint(keys)):
            return False
        return not alike(keys, within) and not alike(keys, self.keys)

    def _members(self, depth: int) -> Iterator[Piece | Broken]:
        """Into an object: its values that may hold records."""
        self._move(self.at + 1)
        while (mark := self._peek()) and mark not in "}]":
            if mark != '"':
                return
            name = self._skip()
            if self._peek() in ("{", "["):
                yield from self._value(depth + 1, expected=name in CONTAINERS)
            else:
                self._skip()
        if mark:
            self._move(self.at + 1)

    def _to_next_record(self, like: Collection[str] = ()) -> Iterator[Broken]:
        """Past the damage that stands here, to the next whole record; one that is damaged too is Broken.

        `like` are the keys of a record, where they are not known from the first one that was read.
        """
        known = self.keys or like
        self._move(self.at + 1)
        while self._to_beginning():
            try:
                end = self._end()
            except Damaged:
                end = None
            read = parse(self.text[self.at : end], self.line) if end is not None else None
            if isinstance(read, Piece):
                if self.is_record(read.record) and (not known or alike(known, read.record)):
                    return
            elif len(seen := keys_in(self.text, self.at)) > 1 and alike(known, seen):
                yield self._broken(LOST)
            self._move(self.at + 1)

    def _to_beginning(self) -> bool:
        """To where an object begins; False when the file ends first."""
        while True:
            if found := BEGINNING.search(self.text, self.at):
                self._move(found.start())
                return True
            self._move(len(self.text) if self.ended else max(self.at, len(self.text) - EXCERPT))
            if self.ended:
                return False
            self._more()

    def _record_within(self) -> Record:
        """The first whole record inside the object that begins here; {} where the window has none."""
        for found in BEGINNING.finditer(self.text, self.at + 1):
            try:
                end = end_of(self.text, found.start())
            except Damaged:
                continue
            read = parse(self.text[found.start() : end], 0) if end is not None else None
            if isinstance(read, Piece) and self.is_record(read.record):
                return read.record
        return {}

    def _end(self) -> int | None:
        """Where the value that begins here ends; None where it is long and holds a record. Raises Damaged."""
        looked_into = self.long
        while (end := end_of(self.text, self.at)) is None:
            if self.ended:
                raise Damaged("the file ends inside it: it was cut off")
            if len(self.text) - self.at > looked_into:
                if self._record_within():
                    return None
                looked_into = 2 * len(self.text)
            self._more()
        return end

    def _skip(self) -> str:
        """Past a string, a number or a word, which is returned; past one character where there is none."""
        while True:
            found = _ATOM.match(self.text, self.at)
            if found is None:
                self._move(self.at + 1)
                return ""
            if self.text[found.end() :] not in ("", "\\") or self.ended:
                self._move(found.end())
                return found.group().strip('"')
            self._more()

    def _peek(self) -> str:
        """The next character that is not white space, comma or colon; "" at the end."""
        while True:
            found = _BETWEEN.search(self.text, self.at)
            self._move(found.start() if found else len(self.text))
            if found:
                return found.group()
            if self.ended:
                return ""
            self._more()

    def _move(self, place: int) -> None:
        self.line += self.text.count("\n", self.at, place)
        self.at = place

    def _more(self) -> None:
        """Read on, as much as is waiting again, and let go of what was read."""
        chunk = self.stream.read(max(self.chunk, len(self.text) - self.at))
        self.ended = not chunk
        self.text = self.text[self.at :] + chunk
        self.at = 0

    def _broken(self, reason: str) -> Broken:
        self.is_broken = True
        return Broken(self.line, reason, self.text[self.at : self.at + EXCERPT])
