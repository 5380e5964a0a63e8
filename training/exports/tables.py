"""CSV and TSV files as records of header -> cell, whatever the delimiter, one row at a time."""

import csv
import io
import itertools
import re
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import TextIO

from training.exports.pieces import Broken, Piece

DELIMITERS = ",;\t|"
# A header stands in one of the first lines, under a title or the hint that spreadsheets leave.
TITLE_LINES = 20
# A quoted cell may hold line breaks; one that goes on for longer than this has lost its closing quote.
MOST_LINES = 20_000
_HINT = re.compile(r"\s*sep=(.)\s*", re.IGNORECASE)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def is_table(head: str) -> bool:
    """Whether a text that begins like this has a header."""
    return "\0" not in head and _header(head.splitlines()[:TITLE_LINES]) is not None


def read_table(stream: TextIO) -> Iterator[Piece | Broken]:
    """Every row under the header; names of columns are lower-cased, with underscores for spaces and capitals.

    Of a row with fewer cells than the header the last ones are None; one with more is Broken. Where a quote is
    never closed, the line that opens it is Broken and reading goes on with the line after.
    """
    first = list(itertools.islice(stream, TITLE_LINES))
    place, delimiter = _header(first) or (0, ",")
    names = [_CAMEL.sub("_", cell.strip()).lower() for cell in _cells(first[place], delimiter)] if first else []
    lines = itertools.chain(first[place + 1 :], stream)
    for line, opening, text in _rows(enumerate(lines, place + 2), delimiter):
        if text is None:
            yield Broken(line, "a quote is opened and never closed", opening)
        elif any("\udc80" <= mark <= "\udcff" for mark in text):
            yield Broken(line, "it holds bytes that are not UTF-8", text.encode("utf-8", "replace").decode())
        elif text.strip():
            yield _record(line, names, text, delimiter)


def _record(line: int, names: Sequence[str], text: str, delimiter: str) -> Piece | Broken:
    try:
        cells = _cells(text, delimiter)
    except csv.Error as error:
        return Broken(line, f"not a row of a table: {error}", text)
    if len(cells) > len(names) and any(cell.strip() for cell in cells[len(names) :]):
        return Broken(line, f"it has {len(cells)} cells where the header has {len(names)}", text)
    if len(cells) < 2 <= len(names):
        return Broken(line, f"it has {len(cells)} cells where the header has {len(names)}", text)
    return Piece(line, dict(itertools.zip_longest(names, cells[: len(names)])))


def _header(lines: Sequence[str]) -> tuple[int, str] | None:
    """The line of the header and the delimiter; None where no line is one.

    It is the first line that has as many cells as the shortest of the three that follow: a title has fewer.
    """
    hint = _HINT.fullmatch(lines[0].rstrip("\n")) if lines else None
    found: tuple[int, str] | None = None
    for place, line in enumerate(lines):
        if place == 0 and hint:
            continue
        delimiter = hint.group(1) if hint else max(DELIMITERS, key=line.count)
        if not line.count(delimiter):
            continue
        found = found or (place, delimiter)
        following = [text for text in lines[place + 1 :] if text.strip()][:3]
        if len(_cells(line, delimiter)) >= min((len(_cells(text, delimiter)) for text in following), default=1):
            return place, delimiter
    return found


def _cells(row: str, delimiter: str) -> list[str]:
    # Python's own limit is 131,072 characters a cell, and it is one for the whole process.
    csv.field_size_limit(sys.maxsize)
    return next(csv.reader(io.StringIO(row, newline=""), delimiter=delimiter), [])


def _rows(numbered: Iterable[tuple[int, str]], delimiter: str) -> Iterator[tuple[int, str, str | None]]:
    """Each row's first line with its number, and the row whole; None where its quotes are never closed."""
    quotes = _Quotes(delimiter)
    lines = iter(numbered)
    waiting: deque[tuple[int, str]] = deque()
    while first := waiting.popleft() if waiting else next(lines, None):
        row = [first]
        is_open = quotes.after(first[1], is_open=False)
        while (
            is_open
            and len(row) <= MOST_LINES
            and (following := waiting.popleft() if waiting else next(lines, None))
        ):
            row.append(following)
            is_open = quotes.after(following[1], is_open=True)
        if is_open is False:
            yield *first, "".join(text for _, text in row).rstrip("\n")
        else:
            waiting.extendleft(reversed(row[1:]))
            yield *first, None


class _Quotes:
    """Whether a quoted cell is open at the end of a line.

    A quote opens a cell at its beginning only, and closes it before a delimiter or the line's end; outside of
    quoted cells it is a character like any other, inside it is written twice.
    """

    def __init__(self, delimiter: str) -> None:
        mark = re.escape(delimiter)
        self._opens = re.compile(rf'(?:^|{mark})"')
        self._inside = re.compile(r'[^"]*(?:""[^"]*)*')
        self._closes = re.compile(rf'"(?={mark}|\n|$)')

    def after(self, line: str, *, is_open: bool) -> bool | None:
        """None where a quote stands in a quoted cell as no cell can hold it."""
        place = 0
        while True:
            if is_open:
                inside = self._inside.match(line, place)
                place = inside.end() if inside else place
                if place >= len(line):
                    return True
                if not self._closes.match(line, place):
                    return None
                is_open, place = False, place + 1
            if not (found := self._opens.search(line, place)):
                return False
            is_open, place = True, found.end()
