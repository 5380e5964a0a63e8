"""JSON of any layout, read one record at a time: lines, one big list, or lists inside an envelope.

Exports arrive damaged: cut off, with a broken line or a lost quote. What is broken is reported with its line, and
reading goes on with the next record, in memory that the longest record bounds.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TextIO

from training.exports.conversation import Record

CHUNK = 1 << 18
# An object that could be one record is read whole up to here; a longer one can only be an envelope.
LONGEST_RECORD = 1 << 23
DEEPEST = 5
# Lists under these keys hold records, so what cannot be read in them is a rejected row and not decoration.
CONTAINERS = {
    "tickets", "conversations", "chats", "train", "dev", "test",
    "data", "payload", "results", "items", "records", "rows",
}  # fmt: skip
_STRUCTURE = re.compile(r'[{}\[\]]|"(?:[^"\\\n]|\\[^\n])*("?)')
_ATOM = re.compile(r'"(?:[^"\\\n]|\\[^\n])*"?|[^\s,:\]}\[{"]+')
_BETWEEN = re.compile(r"[^\s,:]")
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_CLOSES = {"{": "}", "[": "]"}


@dataclass(frozen=True, slots=True)
class Piece:
    """One record, and the line that it begins on."""

    line: int
    record: Record


@dataclass(frozen=True, slots=True)
class Broken:
    """A place that could not be read: its line, why, and how it begins."""

    line: int
    reason: str
    text: str


def read_json_lines(stream: TextIO, start: int = 1) -> Iterator[Piece | Broken]:
    """One JSON object a line; a line that is anything else is Broken, and the next one is read."""
    for line, text in enumerate(stream, start):
        if text.strip():
            yield parse(text, line)


def parse(text: str, line: int) -> Piece | Broken:
    """One JSON object."""
    try:
        # Bytes that are not UTF-8 were read as lone surrogates.
        text.encode("utf-8")
        value = json.loads(text)
    except UnicodeEncodeError:
        return Broken(line, "it holds bytes that are not UTF-8", text.encode("utf-8", "replace").decode())
    except json.JSONDecodeError as error:
        return Broken(line, f"not valid JSON: {error.msg}", text)
    except (RecursionError, ValueError) as error:
        return Broken(line, f"not readable JSON: {error}", text)
    if not isinstance(value, dict):
        return Broken(line, "it is JSON, but not an object", text)
    return Piece(line, _mended(value) if _SURROGATE.search(text) else value)


def _mended(value: Any) -> Any:
    """Half an emoji, which a tool that cuts texts leaves, becomes U+FFFD; escaped pairs were joined before."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {_mended(key): _mended(inner) for key, inner in value.items()}
    return [_mended(inner) for inner in value] if isinstance(value, list) else value


def read_document(stream: TextIO, is_record: Callable[[Record], bool]) -> Iterator[Piece | Broken]:
    """The records of JSON documents that may span many lines: a record itself, a list, or an envelope of lists."""
    return _Document(stream, is_record).read()


class _Damaged(Exception):
    """The text at the place is no JSON value; `ended` when the file ended inside it."""

    def __init__(self, ended: bool) -> None:
        self.ended = ended


class _Document:
    """A window on the text: `text[at:]` is unread, `line` is the line of `at`."""

    def __init__(self, stream: TextIO, is_record: Callable[[Record], bool]) -> None:
        self.stream, self.is_record = stream, is_record
        self.text, self.at, self.line = "", 0, 1
        self.ended = False
        # How records begin here, learnt from the first: what to look for after damage.
        self.first_key: str | None = None
        self.indent: str | None = None

    def read(self) -> Iterator[Piece | Broken]:
        while mark := self._peek():
            if mark in "{[":
                yield from self._value(0, expected=True)
            else:
                yield Broken(self.line, "not valid JSON", self.text[self.at : self.at + 400])
                if not self._resync():
                    return

    def _value(self, depth: int, *, expected: bool) -> Iterator[Piece | Broken]:
        """Whatever stands here. `expected`: an object here should be a record."""
        mark = self._peek()
        if mark == "[":
            yield from self._list(depth, expected=expected)
        elif mark == "{":
            yield from self._object(depth, expected=expected)
        else:
            self._skip()

    def _list(self, depth: int, *, expected: bool) -> Iterator[Piece | Broken]:
        self._move(self.at + 1)
        while (mark := self._peek()) and mark != "]":
            before = (self.line, self.at)
            if expected and mark not in "{[":
                # A bracket or quote was lost: this is the inside of a record.
                yield Broken(
                    self.line, "not valid JSON: there is no record here", self.text[self.at : self.at + 400]
                )
                if not self._resync():
                    break
                continue
            if mark == "}":
                break
            yield from self._value(depth + 1, expected=expected)
            if (self.line, self.at) == before:
                self._move(self.at + 1)
        if mark == "]":
            self._move(self.at + 1)
        elif not mark and expected:
            yield Broken(self.line, "the file ends before its list does: it was cut off", "")

    def _object(self, depth: int, *, expected: bool) -> Iterator[Piece | Broken]:
        line, indent = self.line, self._indent()
        try:
            end = self._end(LONGEST_RECORD)
        except _Damaged as damage:
            # An envelope can be damaged in one of its records only.
            if depth < 2 and self._envelope():
                yield from self._members(depth)
                return
            reason = (
                "the file ends inside it: it was cut off"
                if damage.ended
                else "not valid JSON: a quote or bracket is lost"
            )
            yield Broken(line, reason, self.text[self.at : self.at + 400])
            self._move(self.at + 1)
            self._resync(indent)
            return
        if end is None:
            yield from self._members(depth)
            return
        read = parse(self.text[self.at : end], line)
        if isinstance(read, Piece) and self.is_record(read.record):
            if self.first_key is None:
                self.first_key, self.indent = next(iter(read.record), None), indent
            self._move(end)
            yield read
        elif isinstance(read, Broken):
            if depth < 2 and self._envelope():
                yield from self._members(depth)
                return
            yield read
            self._move(self.at + 1)
            self._resync(indent)
        elif depth < DEEPEST and any(isinstance(value, dict | list) for value in read.record.values()):
            found = False
            for piece in self._members(depth):
                found = True
                yield piece
            if not found and expected:
                yield Piece(line, read.record)
        else:
            self._move(end)
            if expected:
                yield read

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

    def _envelope(self) -> bool:
        """Whether the object that begins here names a container before its first nested value ends."""
        head = self.text[self.at : self.at + CHUNK]
        return (
            any(name in CONTAINERS for name in re.findall(r'"(\w+)"\s*:\s*[\[{]', head)[:8])
            and self.first_key is None
        )

    def _end(self, limit: int) -> int | None:
        """Where the value that begins here ends, or None past `limit` characters. Raises _Damaged."""
        open_marks: list[str] = []
        place = self.at
        while True:
            found = _STRUCTURE.search(self.text, place)
            if found is None or (found.group(1) == "" and self.text[found.end() :] in ("", "\\")):
                if self.ended:
                    raise _Damaged(ended=True)
                if len(self.text) - self.at > limit:
                    return None
                place = (found.start() if found else len(self.text)) - self.at
                self._more()
                place += self.at
                continue
            mark = found.group()
            place = found.end()
            if mark in "{[":
                open_marks.append(_CLOSES[mark])
            elif mark in "}]":
                if not open_marks or open_marks.pop() != mark:
                    raise _Damaged(ended=False)
                if not open_marks:
                    return place
            elif found.group(1) == "":
                # A string may not go past the end of its line.
                raise _Damaged(ended=False)

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

    def _resync(self, indent: str | None = None) -> bool:
        """To where the next record seems to begin; False when the file ends first."""
        if self.first_key is not None:
            indent = self.indent
        if indent is not None:
            pattern = re.compile(rf"\n{indent}(?=\{{)")
        elif self.first_key is not None:
            pattern = re.compile(rf'[\[,}}]\s*(?=\{{\s*"{re.escape(self.first_key)}"\s*:)')
        else:
            pattern = re.compile(r"[\[,}\n]\s*(?=\{)")
        while True:
            found = pattern.search(self.text, self.at)
            if found is not None:
                self._move(found.end())
                return True
            if self.ended:
                self._move(len(self.text))
                return False
            self._move(max(self.at, len(self.text) - 400))
            self._more()

    def _indent(self) -> str | None:
        """The white space before this place where it is the first of its line, otherwise None."""
        before = self.text[max(0, self.at - 80) : self.at]
        line = before.rpartition("\n")
        return line[2] if line[1] and not line[2].strip() else None

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
        """Read on, and let go of what was read, but for the current line's beginning."""
        chunk = self.stream.read(CHUNK)
        self.ended = not chunk
        keep = max(0, self.at - 80)
        self.text = self.text[keep:] + chunk
        self.at -= keep
