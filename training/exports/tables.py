"""CSV and TSV files as records of header -> cell, whatever the delimiter, one row at a time."""

import csv
import io
import re
from collections import deque
from collections.abc import Iterator
from typing import TextIO

from training.exports.pieces import Broken, Piece

DELIMITERS = ",;\t|"
# A quoted cell may hold line breaks; one that goes on for longer than this has lost its closing quote.
MOST_LINES = 200


def delimiter_of(header: str) -> str | None:
    """The delimiter that a header line uses most; None where it has none."""
    best = max(DELIMITERS, key=header.count)
    return best if header.count(best) else None


def read_table(stream: TextIO) -> Iterator[Piece | Broken]:
    """Every row under the header; names of columns are lower-cased and trimmed.

    A row with other than the header's number of cells is Broken. Where a quote is never closed, the line that
    opens it is Broken and reading goes on with the line after.
    """
    header = stream.readline().rstrip("\n")
    delimiter = delimiter_of(header) or ","
    names = [cell.strip().lower() for cell in _cells(header, delimiter)]
    for line, text in _rows(stream, delimiter):
        if text is None:
            yield Broken(line[0], "a quote is opened and never closed", line[1])
        elif any("\udc80" <= mark <= "\udcff" for mark in text):
            yield Broken(line[0], "it holds bytes that are not UTF-8", text.encode("utf-8", "replace").decode())
        elif text.strip():
            cells = _cells(text, delimiter)
            if len(cells) == len(names):
                yield Piece(line[0], dict(zip(names, cells, strict=True)))
            else:
                yield Broken(line[0], f"it has {len(cells)} cells where the header has {len(names)}", text)


def _cells(row: str, delimiter: str) -> list[str]:
    return next(csv.reader(io.StringIO(row, newline=""), delimiter=delimiter), [])


def _rows(stream: TextIO, delimiter: str) -> Iterator[tuple[tuple[int, str], str | None]]:
    """The first line of each row with its number, and the row whole; None where its quotes are never closed."""
    mark = re.escape(delimiter)
    # A quote opens a cell at its beginning only; elsewhere it is a character like any other.
    closed = re.compile(rf'(^|\n|{mark})"(?:[^"]|"")*"(?={mark}|\n|$)')
    opens = re.compile(rf'(?:^|{mark})"')
    numbered = enumerate(stream, 2)
    waiting: deque[tuple[int, str]] = deque()
    while first := waiting.popleft() if waiting else next(numbered, None):
        row = [first]
        while opens.search(closed.sub(r"\1", "".join(text for _, text in row))):
            following = waiting.popleft() if waiting else next(numbered, None)
            if following is not None:
                row.append(following)
            if following is None or len(row) > MOST_LINES:
                waiting.extendleft(reversed(row[1:]))
                yield first, None
                break
        else:
            yield first, "".join(text for _, text in row).rstrip("\n")
