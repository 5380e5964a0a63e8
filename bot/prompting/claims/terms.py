"""The words of a text that claim something, each by its meaning, and whether it is denied there."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.prompting.claims.thesaurus import CONTRAST, EMPTY, IRREGULAR, LIGHT, OPPOSITE, SAME, STRICT

_SUFFIX = re.compile(
    r"(?:ational|ations?|itions?|ments?|ances?|ences?|abil(?:ity|ities)|able|ible|ally|als?|ions?|ings?|ingly|edly|ed|"
    r"ers?|ors?|ness|ly|es|s)$"
)
_WORD = re.compile(r"[^\W\d_]+(?:[-'][^\W\d_]+)*\+?", re.UNICODE)


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """A word without its ending, so that "refunds", "refunded" and "refundable" are one."""
    if IRREGULAR.get(word) == word:
        return word
    word = IRREGULAR.get(word, word)
    if word.endswith(("ies", "ied")) and len(word) > 4:
        word = word[:-3] + "y"
    while len(word) > 3:
        cut = word if word.endswith(("ss", "us", "is")) else _SUFFIX.sub("", word)
        cut = cut.removesuffix("e")
        if cut[-1:] == cut[-2:-1] and cut[-1:] not in ("l", "s", "z") and cut[-1:] not in "aeiou":
            cut = cut[:-1]
        if cut == word or len(cut) < 3 or not re.search("[aeiouy]", cut):
            break
        word = cut
    return word


def _lines(table: str) -> list[list[str]]:
    return [line.split() for line in table.strip().splitlines()]


_MEANINGS: dict[str, set[int]] = {}
for _number, _line in enumerate(_lines(SAME)):
    for _word in _line:
        _MEANINGS.setdefault(stem(_word), set()).add(_number)
_DENIES = {stem(negative): stem(positive) for positive, negative in _lines(OPPOSITE)}
_RIVALS: dict[str, set[str]] = {}
for _line in _lines(CONTRAST):
    for _word in _line:
        _RIVALS.setdefault(stem(_word), set()).update(stem(other) for other in _line if other != _word)
FREE = stem("free")
STRICT_STEMS = frozenset(stem(word) for word in STRICT.split())
LIGHT_STEMS = frozenset(stem(word) for word in LIGHT.split())


def _forms(word: str) -> set[str]:
    if len(word) < 3:
        return {word}
    base = word.removesuffix("e").removesuffix("y")
    return {word, f"{word}s", f"{base}ing", f"{word}ing", f"{base}ed", f"{word}ed", f"{base}ies", f"{base}ied"}


_EMPTY = {form for word in EMPTY.split() for form in _forms(word)}


def same_meaning(one: str, other: str) -> bool:
    """Whether two stems say the same."""
    return one == other or not _MEANINGS.get(one, set()).isdisjoint(_MEANINGS.get(other, ()))


def rivals(one: str) -> set[str]:
    """Stems that say something else in the place of this one."""
    return _RIVALS.get(one, set())


@dataclass(frozen=True, slots=True)
class Term:
    """A word's stem, where it stands, whether it is a name there, the denial in whose reach it is (0: none).

    `noun` says that it stands where a thing or a person does (2), or right after such a place (1)."""

    stem: str
    word: str
    start: int
    name: bool = False
    denied: int = 0
    noun: int = 0


_DENIAL = re.compile(
    r"\b(?:not|no|never|neither|nor|none|without|nobody|nothing|nowhere|hardly|non)\b", re.IGNORECASE
)
_DENIAL_ENDS = re.compile(
    r"[;:()]|,(?![^.;:()]*\b(?:or|nor)\b)|\.(?= |$)| - |\b(?:but|if|when|unless|because|since|so|except|until|before|after|while|which|who|only|"
    r"and (?:you|we|it|they|the)|is|are|was|were|can|will|must|does|do|costs?|pays?|gets?)\b",
    re.IGNORECASE,
)
_APART = (",", ";", "(", ")", " - ", "but")
# A denial reaches at least the first word with a meaning after it: "no one can", "is not to be used".
_DENIED_FIRST = re.compile(
    r"(?:[ -]+(?:only|is|are|was|were|be|been|to|can|will|must|do|does|a|an|the|any|yet|of))*[ -]+[\w'-]+"
)


def denials(text: str) -> Iterator[tuple[int, int]]:
    """Where each denial of a text begins and how far it reaches."""
    for found in _DENIAL.finditer(text):
        first = _DENIED_FIRST.match(text, found.end())
        end = _DENIAL_ENDS.search(text, first.end() if first else found.end())
        start, stop = found.start(), end.start() if end else len(text)
        reached = list(_WORD.finditer(text, found.end(), stop))
        few = {"non": 1, "without": 3}.get(found[0].lower(), len(reached))
        stop = reached[:few][-1].end() if reached else stop
        if not reached:
            # "Dogs are allowed, cats are not": what stands before it.
            joints = (joint for joint in _DENIAL_ENDS.finditer(text, 0, start) if joint[0].lower() in _APART)
            start = max((joint.end() for joint in joints), default=0)
        yield start, stop


# Where a thing stands, told without a dictionary: behind an article, a preposition or a figure, or before a verb.
_BEFORE_NOUN = re.compile(
    r"(?:\b(?:an?|the|your|our|their|his|her|my|its|this|that|these|those|each|every|any|some|no|all|by|in|at|on|with|for|from|of|via|as|into|onto)|\d| {3,})[ -]+$",
    re.IGNORECASE,
)
_BEFORE_PAIR = re.compile(r"\b(?:an?|the|your|our|each|every|any|no|of|for|by) [\w'-]+ $", re.IGNORECASE)
# The first word of a sentence tells somebody to do something where these follow, and else names what it is about.
_BEHIND_ORDER = re.compile(
    r"\W*(?:$|(?:the|your|an?|to|it|us|up|off|on|this|that|any|in|all|my|our|at|for|by|from|them)\b)",
    re.IGNORECASE,
)


def denied_at(place: int, reach: Sequence[tuple[int, int]]) -> int:
    """The number of the denial that reaches a place, from 1; 0 where none does."""
    return max((number for number, (start, end) in enumerate(reach, 1) if start <= place < end), default=0)


def terms(text: str, *, first: bool = True) -> list[Term]:
    """What is said by the words of a text in one spelling; `first` says that it begins a sentence."""
    reach = list(denials(text))
    found: list[Term] = []
    for match in _WORD.finditer(text):
        word, lower = match[0], match[0].lower()
        root = stem(lower)
        begins = first and not text[: match.start()].strip(" ([-")
        behind = text[: match.start()].rstrip()[-1:]
        name = word[0].isupper() and not begins and behind not in (".", "!", "?", ":", ";", "-") and lower != "i"
        if name and lower in _EMPTY:
            # "Rooted Max": a name, whatever the word means elsewhere.
            found.append(Term(lower, lower, match.start(), name, denied_at(match.start(), reach), 2))
            continue
        if lower in _EMPTY:
            continue
        denied = denied_at(match.start(), reach)
        if root in _DENIES:
            # "Closed" is "not open": its own denial, or the end of another one.
            root, denied = _DENIES[root], 0 if denied else 1000 + match.start()
        if begins:
            noun = 0 if _BEHIND_ORDER.match(text, match.end()) else 2
        else:
            pair = _BEFORE_PAIR.search(text, 0, match.start())
            noun = 2 if _BEFORE_NOUN.search(text, 0, match.start()) else int(pair is not None)
        found.append(Term(root, lower, match.start(), name, denied, noun))
    return found
