"""One JSON object in a text: where it ends, what it says, and which keys can be seen in it when it is damaged.

Everything here is a function of the text that is given; reading on is json_document's.
"""

import json
import re
from collections.abc import Collection
from typing import Any

from training.exports.pieces import Broken, Piece

# An object begins with a key: text that merely holds a brace does not look like this.
BEGINNING = re.compile(r'\{\s*"(?:[^"\\\n]|\\[^\n])*"\s*:')
# An entry of a list that is whole and no object. A text may be a key that lost its record.
SCALAR = re.compile(r"(?:null|true|false|-?\d[\d.eE+-]*)(?=\s*[,\]])")
# How far into a damaged object its keys are looked for.
VISIBLE = 1 << 16
# A string follows one of these; after anything else a quote was lost before.
MARKS = frozenset("{[,:")
_STRUCTURE = re.compile(r'[{}\[\]]|"(?:[^"\\\n]|\\[^\n])*("?)')
_COLON = re.compile(r"\s*:")
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_CLOSES = {"{": "}", "[": "]"}


LOST = "not valid JSON: a quote or bracket is lost"


class Damaged(Exception):
    """The text is no JSON value from the place asked for; says why."""


def end_of(text: str, start: int) -> int | None:
    """Where the value that begins at `start` ends; None where the text ends first. Raises Damaged."""
    open_marks: list[str] = []
    place = start
    while found := _STRUCTURE.search(text, place):
        mark, place = found.group(), found.end()
        if mark in "{[":
            open_marks.append(_CLOSES[mark])
        elif mark in "}]":
            if not open_marks or open_marks.pop() != mark:
                raise Damaged(LOST)
            if not open_marks:
                return place
        elif found.group(1) == "":
            if text[place:] in ("", "\\"):
                return None
            # A string may not go past the end of its line.
            raise Damaged(LOST)
    return None


def keys_in(text: str, start: int) -> tuple[str, ...]:
    """The keys of the object at `start` itself, up to its end or the first damage."""
    keys: list[str] = []
    depth, place, last = 0, start, min(len(text), start + VISIBLE)
    while found := _STRUCTURE.search(text, place, last):
        mark, place = found.group(), found.end()
        if mark in "{[":
            depth += 1
        elif mark in "}]":
            depth -= 1
        elif found.group(1) == "" or _before(text, found.start()) not in MARKS:
            break
        elif depth == 1 and _COLON.match(text, place):
            keys.append(mark[1:-1])
        if depth == 0:
            break
    return tuple(keys)


def parse(text: str, line: int) -> Piece | Broken:
    """A text that should be one JSON object."""
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


def alike(keys: Collection[str], other: Collection[str]) -> bool:
    """Whether more than half of the fewer keys are in both."""
    return 2 * len({*keys} & {*other}) > min(len({*keys}), len({*other}))


def _before(text: str, place: int) -> str:
    """The last character before a place that is not white space, if it is near."""
    return text[max(0, place - 200) : place].rstrip()[-1:]
