"""A sentence as it is compared: its values, its words, the segments that hold them together, its conditions."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from bot.prompting.claims.limiting import (
    STATEMENT,
    SUBJECT,
    Condition,
    Scope,
    conditions_in,
    exceptions_in,
    scopes_in,
)
from bot.prompting.claims.terms import _MEANINGS, Term, denials, denied_at, terms
from bot.prompting.claims.terms import stem as make_stem
from bot.prompting.claims.values import MONTHS, Value, values
from bot.prompting.claims.wording import normal

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY = rf"(?:(?:{'|'.join(_DAYS)})|(?-i:Mon|Tues?|Wed|Thu(?:rs)?|Fri|Sat|Sun)\b)"
_NAMED = re.compile(
    rf"\b(?P<day>{_DAY})s?(?: ?(?:-|to|through|until|till) ?(?P<to>{_DAY})s?)?\b|\b(?P<days>weekdays?|weekends?|every day)\b"
    rf"|\b(?P<month>(?-i:{'|'.join(name.capitalize() for name in MONTHS)}))\b(?: ?(?:-|to|through|until) ?(?P<last>{'|'.join(MONTHS)})\b)?",
    re.IGNORECASE,
)
# Where what belongs together ends: each column of a row, each part of a list with a figure of its own.
_JOINT = re.compile(r"[;,:()]| - |\b(?:and|but|while|whereas|or|then)\b", re.IGNORECASE)
_CELL = re.compile(r"; | - ")
_CLAUSE = re.compile(r"[;:()]|,(?! \d)|\b(?:and|but|while|whereas|so)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Words:
    """Stems, and the meanings that they have."""

    stems: frozenset[str]
    meanings: frozenset[int]

    def __contains__(self, stem: str) -> bool:
        return stem in self.stems or not self.meanings.isdisjoint(_MEANINGS.get(stem, ()))

    def __or__(self, other: "Words") -> "Words":
        return Words(self.stems | other.stems, self.meanings | other.meanings)


def words_of(stems: Iterable[str]) -> Words:
    """The words of some stems; a joined one ("door-to-door") is its parts too."""
    found = set(stems)
    found |= {part for one in found if "-" in one for part in map(make_stem, one.split("-")) if len(part) > 2}
    stems = frozenset(found)
    return Words(stems, frozenset(number for stem in stems for number in _MEANINGS.get(stem, ())))


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a sentence with its values, and the words that stand with them: its own, and the row's subject."""

    values: tuple[Value, ...]
    terms: tuple[Term, ...]
    words: Words


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a sentence that says something by itself."""

    terms: tuple[Term, ...]
    values: tuple[Value, ...]
    words: Words


@dataclass(frozen=True, slots=True)
class Reading:
    """A sentence read; `scopes` are what it says of whom and where it holds, besides its conditions."""

    text: str
    values: tuple[Value, ...]
    terms: tuple[Term, ...]
    words: Words
    segments: tuple[Segment, ...]
    clauses: tuple["Clause", ...]
    statements: tuple["Clause", ...]
    conditions: tuple[Condition, ...]
    exceptions: tuple[Condition, ...]
    scopes: tuple[Scope, ...]


@lru_cache(maxsize=20_000)
def read(sentence: str) -> Reading:
    """Read a sentence; what was read is kept, since a passage's sentences are read for many claims."""
    text = normal(sentence)
    found = values(text)
    blank = text
    for value in found:
        blank = blank[: value.start] + " " * (value.end - value.start) + blank[value.end :]
    named, blank = _named(blank)
    row = SUBJECT.match(blank)
    heads = row.end() if row else 0
    words = (replace(term, noun=2) if term.start < heads else term for term in terms(blank))
    said = tuple(sorted([*words, *named], key=lambda term: term.start))
    conditions = conditions_in(blank, found, said)
    return Reading(
        text,
        tuple(found),
        said,
        words_of(t.stem for t in said),
        _segments(blank, found, said),
        _clauses(blank, found, said, _CLAUSE),
        _clauses(blank, found, said, STATEMENT),
        conditions,
        tuple(exceptions_in(conditions, blank, said)),
        scopes_in(blank, found, said),
    )


def _named(text: str) -> tuple[list[Term], str]:
    """Weekdays and months, each of a range by itself, and the text without them."""
    found: list[Term] = []
    reach = list(denials(text))
    for match in _NAMED.finditer(text):
        denied = denied_at(match.start(), reach)
        found += [Term(stem, match[0].lower(), match.start(), denied=denied) for stem in _meant(match)]
    return found, _NAMED.sub(lambda match: " " * len(match[0]), text)


def _meant(match: re.Match[str]) -> list[str]:
    if month := match["month"]:
        first = MONTHS.index(month.lower())
        last = MONTHS.index(match["last"].lower()) if match["last"] else first
        return [f"month:{number % 12}" for number in range(first, last + 1 + (12 if last < first else 0))]
    if days := match["days"]:
        numbers = range(7) if "every" in days.lower() else range(5) if "weekd" in days.lower() else range(5, 7)
        return [f"day:{number}" for number in numbers]
    first, last = _day(match["day"]), _day(match["to"] or match["day"])
    return [f"day:{number % 7}" for number in range(first, last + 1 + (7 if last < first else 0))]


def _day(written: str) -> int:
    return next(number for number, name in enumerate(_DAYS) if name.startswith(written.lower()[:3]))


def _segments(blank: str, found: list[Value], said: tuple[Term, ...]) -> tuple[Segment, ...]:
    subject = SUBJECT.match(blank)
    begin = subject.end() if subject else 0
    joints = (_CELL if subject else _JOINT).finditer(blank, begin)
    cuts = [begin, *(joint.start() for joint in joints), len(blank)]
    parts: list[tuple[int, int]] = []
    for start, end in pairwise(cuts):
        # What has no value belongs to the part before it, or before the first value to that one.
        if parts and not (_any_in(found, start, end) and _any_in(found, *parts[-1])):
            parts[-1] = (parts[-1][0], end)
        else:
            parts.append((start, end))
    shared = [term for term in said if term.start < begin]
    segments = []
    for start, end in parts:
        own = [term for term in said if start <= term.start < end]
        inside = tuple(v for v in found if start <= v.start < end or v.start < begin)
        segments.append(Segment(inside, (*shared, *own), words_of(term.stem for term in (*shared, *own))))
    return tuple(segments)


def _any_in(found: Sequence[Value], start: int, end: int) -> bool:
    return any(start <= value.start < end for value in found)


def _clauses(
    blank: str, found: Sequence[Value], said: tuple[Term, ...], joint: re.Pattern[str]
) -> tuple[Clause, ...]:
    """The clauses; what has but one word goes with the clause before it.

    Of a row each cell is one, with the row's subject.
    """
    row = SUBJECT.match(blank)
    begin = row.end() if row else 0
    cuts = [begin, *(end.start() for end in (_CELL if row else joint).finditer(blank, begin)), len(blank)]
    subject = tuple(term for term in said if term.start < begin)
    about = tuple(value for value in found if value.start < begin)
    clauses: list[tuple[tuple[Term, ...], tuple[Value, ...]]] = []
    for start, end in pairwise(cuts):
        words = tuple(term for term in said if start <= term.start < end)
        values = tuple(value for value in found if start <= value.start < end)
        if row:
            clauses.append((subject + words, about + values))
        elif clauses and (len(words) < 2 or len(clauses[-1][0]) < 2):
            clauses[-1] = (clauses[-1][0] + words, clauses[-1][1] + values)
        else:
            clauses.append((words, values))
    return tuple(Clause(*clause, words_of(t.stem for t in clause[0])) for clause in clauses if any(clause))
