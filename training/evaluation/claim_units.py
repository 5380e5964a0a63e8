"""What a passage says in one go: a sentence, a part of it with a figure of its own, a cell of a table under its heads."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from training.evaluation.claim_synonyms import COURTESY, SYNONYMS
from training.evaluation.claim_values import Value, values
from training.evaluation.claim_words import content
from training.evaluation.sentences import sentences
from training.evaluation.spelling import plain

# A row of a table as a sentence: "Label – Head: cell; Head: cell."
_ROW = re.compile(r"^(?P<label>[^–]+) – (?P<cells>[^–]*: .*)$", re.DOTALL)
_BULLET = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s+")
_PARTS = re.compile(
    r"; |, (?:and|but|while|whereas|so) |,? (?:while|whereas|but) |: | and (?=[^,;]*\d|(?:is|are|can|cannot|has|have|costs?) )"
)
_VERB = re.compile(
    r"\b(?:is|are|can|cannot|can't|has|have|gets?|needs?|pays?|costs?|must|may|will|do|does|don't|doesn't)\b"
)

# Words that only values are made of.
_IN_VALUES = content(
    "am pm monday tuesday wednesday thursday friday saturday sunday mondays tuesdays wednesdays thursdays fridays saturdays "
    "sundays weekday weekdays weekend weekends january february march april june july august september october november "
    "december noon midnight dollar cent pence p kwh lb lbs mile kilometer inch foot feet free charge o'clock daily oz ounce pound penny pences pint gram kg liter meter percent half twice once double quarter"
)


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table with the tokens of its column's head."""

    head: frozenset[str]
    tokens: frozenset[str]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: the tokens of its label, and its cells."""

    label: frozenset[str]
    cells: tuple[Cell, ...]
    text: str

    @property
    def tokens(self) -> frozenset[str]:
        """Everything that it says."""
        return self.label.union(*(cell.head | cell.tokens for cell in self.cells))


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence, or a part of it together with the beginning that it shares with the part before."""

    text: str
    tokens: frozenset[str]
    sentence: str


@lru_cache(maxsize=8192)
def tokens(text: str) -> frozenset[str]:
    """The stems and the values of a text in the one spelling."""
    return (content(text) - _IN_VALUES) | {_token(value) for value in values(text)}


def _token(value: Value) -> str:
    # "8:30" may be either half of the day.
    return f"time:{int(value.key) % 720}" if value.kind == "time" else f"{value.kind}:{value.key}"


@lru_cache(maxsize=512)
def read(passage: str) -> tuple[tuple[Unit, ...], tuple[Row, ...]]:
    """The sentences and the rows of a passage."""
    units: list[Unit] = []
    rows: list[Row] = []
    for line in passage.splitlines():
        line = _BULLET.sub("", line)
        if row := _ROW.match(line):
            rows.append(_row(row))
            continue
        for sentence in sentences(line):
            units += _units(plain(sentence))
    return tuple(units), tuple(rows)


def _row(match: re.Match[str]) -> Row:
    cells = []
    for cell in match["cells"].rstrip(".").split("; "):
        head, _, said = cell.partition(": ")
        cells.append(Cell(tokens(plain(head)), tokens(plain(said))))
    return Row(tokens(plain(match["label"].split(": ", 1)[-1])), tuple(cells), plain(match.group()))


def _units(sentence: str) -> Iterator[Unit]:
    parts = [part for part in _PARTS.split(sentence) if part.strip()]
    if len(parts) == 1:
        yield Unit(sentence, tokens(sentence), sentence)
        return
    # "Costs 52p at one place and 44p at another": the second part has the first one's beginning.
    begins = ""
    for part in parts:
        own = part if _VERB.search(part) else f"{begins} {part}"
        if _VERB.search(part):
            found = list(_VERB.finditer(part))
            begins = part[: found[0].end()]
        yield Unit(own, tokens(own), sentence)


def near(token: str, others: frozenset[str]) -> bool:
    """Whether a token, a synonym or another form of it is among these."""
    if token in others or COURTESY & {token} or SYNONYMS.get(token, frozenset()) & others:
        return True
    if ":" in token or len(token) < 3:
        return False
    return any(
        (len(token) < 5 and other.startswith(token) and len(other) - len(token) <= 3)
        or (other.startswith(token[:5]) and len(token) >= 5)
        or (len(other) >= 4 and token.startswith(other))
        or other.startswith(token)
        or (len(token) > 6 and token.endswith(other) and len(other) > 3)
        for other in others
        if ":" not in other
    )
