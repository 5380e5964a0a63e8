"""Times as the cells of a table hold them: ISO 8601, or day and month in the order of some country."""

import re
from collections.abc import Sequence
from datetime import datetime

from training.exports.conversation import utc

# "3/1/2024 10:05 AM", "01.03.2024 10:05", "1-3-24, 10:05:33"
_WRITTEN = re.compile(
    r"(?P<one>\d{1,2})(?P<mark>[./-])(?P<two>\d{1,2})(?P=mark)(?P<year>\d{4}|\d{2})(?:,?[ T]+"
    r"(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2}))?\s*(?P<half>[ap])?\.?m?\.?)?(?: ?(?:Uhr|UTC))?",
    re.IGNORECASE,
)


def times_of(cells: Sequence[str]) -> list[str | None]:
    """The times of one conversation, UTC, ISO 8601; None for a cell that is no time.

    Day and month are told apart by the conversation as a whole: by the dot, by AM and PM, by a number above 12.
    Where neither shows it, but both orders put the messages into one sequence, the day is read first.
    """
    written = [_WRITTEN.fullmatch(cell.strip()) for cell in cells]
    if not any(written):
        return [utc(cell) for cell in cells]
    found = [match for match in written if match]
    month_first = _month_first(found)
    if month_first is None:
        sequences = [_read(found, month_first=order) for order in (False, True)]
        if _order(sequences[0]) != _order(sequences[1]):
            return [None] * len(cells)
    read = iter(_read(found, month_first=bool(month_first)))
    return [next(read) if match else utc(cell) for match, cell in zip(written, cells, strict=True)]


def _month_first(found: Sequence[re.Match[str]]) -> bool | None:
    """Whether the month stands first; None where nothing shows it."""
    if any(match["mark"] == "." or int(match["one"]) > 12 for match in found):
        return False
    return True if any(match["half"] or int(match["two"]) > 12 for match in found) else None


def _read(found: Sequence[re.Match[str]], *, month_first: bool) -> list[str | None]:
    return [_time(match, month_first=month_first) for match in found]


def _time(match: re.Match[str], *, month_first: bool) -> str | None:
    day, month = (match["two"], match["one"]) if month_first else (match["one"], match["two"])
    year, hour = int(match["year"]), int(match["hour"] or 0)
    if match["half"]:
        hour = hour % 12 + 12 * (match["half"].lower() == "p")
    try:
        read = datetime(
            year + 2000 * (year < 100),
            int(month),
            int(day),
            hour,
            int(match["minute"] or 0),
            int(match["second"] or 0),
        )
    except ValueError:
        return None
    return utc(read.isoformat())


def _order(times: Sequence[str | None]) -> list[int]:
    return sorted(range(len(times)), key=lambda place: times[place] or "")
