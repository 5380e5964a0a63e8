"""On which line of a TOML text a key stands; the parser of the standard library does not say."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""^\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=(.*)$""")
_LONG = re.compile(r'"""|\'\'\'')
Path = tuple[str | int, ...]


def line_of(text: str, path: Sequence[str | int]) -> int | None:
    """The line, from 1, of a key or of the nearest table around it; None where neither stands in the text."""
    lines = dict(_keys(text))
    for length in range(len(path), 0, -1):
        if (line := lines.get(tuple(path[:length]))) is not None:
            return line
    return None


def _keys(text: str) -> Iterator[tuple[Path, int]]:
    """Every header and key with its line; items of inline arrays stand where their key does."""
    table: Path = ()
    counts: Counter[Path] = Counter()
    inside = False
    for number, line in enumerate(text.splitlines(), start=1):
        fences = len(_LONG.findall(line))
        if inside:
            inside = fences % 2 == 0
            continue
        if header := _HEADER.match(line):
            table = _split(header.group(2))
            if header.group(1) == "[[":
                counts[table] += 1
                table = (*table, counts[table] - 1)
            yield table, number
        elif key := _KEY.match(line):
            yield (*table, *_split(key.group(1))), number
        inside = fences % 2 == 1


def _split(dotted: str) -> Path:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))
