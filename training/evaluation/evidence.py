"""What the passages say that an answer cites: their sentences, clauses, values and words."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from training.evaluation.claim_values import Value, values
from training.evaluation.claim_words import content, every, stem
from training.evaluation.sentences import clauses, sentences
from training.evaluation.spelling import plain

_OTHER_NAMES = {"united kingdom": "uk", "united states": "us usa", "american": "america", "great britain": "uk"}
_OTHER_NAME = re.compile("|".join(_OTHER_NAMES))

MINUTES_A_DAY = 1440
# "The two of them": what is counted so low need not be counted there.
COUPLE = 2
# "Yearly" states "a year", and "within the hour" an hour.
_RATES = {
    ("12", "month"): re.compile(r"\b(?:yearly|annual(?:ly)?|year)\b"),
    ("1", "month"): re.compile(r"\b(?:monthly|month)\b"),
    ("10080", "minute"): re.compile(r"\b(?:weekly|(?:a|one|per|each|every) week)\b"),
    ("1440", "minute"): re.compile(r"\b(?:daily|(?:a|one|per|each|every|same|next) day)\b"),
    ("60", "minute"): re.compile(r"\b(?:hourly|(?:an|the|one|per|each|every) hour)\b"),
}
_NOTHING = re.compile(
    r"\bnone\b|\bnothing\b|\bwaived\b|\bincluded\b|\b(?:no|without) (?:\w+ )?(?:fee|charge|cost|price|interest)|\b(?:not|never|n't)(?: be)? charged?\b|n't charged\b"
)
_BETWEEN = re.compile(r" ?(?:-|to|and) ?")


@dataclass(frozen=True, slots=True)
class Stated:
    """A sentence in the one spelling, with its values, its clauses and their words."""

    text: str
    values: tuple[Value, ...]
    places: tuple[tuple[int, int], ...]

    def clause_at(self, place: int) -> int:
        """Which clause a character stands in."""
        return max((i for i, (start, _) in enumerate(self.places) if start <= place), default=0)

    def clause(self, index: int) -> str:
        """Its text."""
        start, end = self.places[index]
        return self.text[start:end]


@lru_cache(maxsize=4096)
def stated(sentence: str) -> Stated:
    """Read a sentence."""
    text = plain(sentence)
    return Stated(text, tuple(values(text)), tuple(clauses(text)))


class Evidence:
    """The passages that an answer cites."""

    def __init__(self, passages: Iterable[str], known: Iterable[str] = ()) -> None:
        passages, known = list(passages), list(known)
        self.sentences = [stated(one) for passage in passages for one in sentences(passage)]
        self.values = {(one.kind, one.key): one for part in self.sentences for one in part.values}
        self.figures = [one for part in self.sentences for one in part.values if one.kind == "figure"]
        self.ranges = [found for part in self.sentences for found in _ranges(part)]
        for text in known:
            self.values |= {(one.kind, one.key): one for one in values(plain(text))}
        whole = plain(" ".join([*passages, *known]))
        whole = _OTHER_NAME.sub(lambda match: f"{match.group()} {_OTHER_NAMES[match.group()]}", whole)
        self.words = set(re.findall(r"[\w&+-]+", whole)) | every(whole)
        self.whole = whole
        self._digits = re.sub(r"\D", "", whole)
        counts = Counter(word for part in self.sentences for word in content(part.text))
        total = len(self.sentences) + 1
        self._weights = {word: math.log(total / (count + 0.5)) + 0.2 for word, count in counts.items()}
        self._unseen = math.log(2 * total) + 0.2

    def weight(self, words: Iterable[str]) -> float:
        """Rare words say more about what a sentence is about."""
        return sum(self._weights.get(word, self._unseen) for word in words)

    def states(self, value: Value) -> bool:
        """Whether a passage states it; "30 days" is not stated by "30 minutes"."""
        stated_values = self.values.keys()
        if value.kind == "figure":
            return self._figure(value)
        if value.kind == "address":
            return value.key in self._digits if value.key.isdigit() else self._address(value.key)
        if value.kind == "time" and not value.unit:
            # "4:15" may be either.
            return bool({("time", value.key), ("time", str((int(value.key) + 720) % 1440))} & stated_values)
        if value.kind == "free":
            return bool({("free", "free"), ("figure", "0")} & stated_values) or bool(_NOTHING.search(self.whole))
        return (value.kind, value.key) in stated_values

    def _figure(self, value: Value) -> bool:
        if value.unit:
            rate = _RATES.get((value.key, value.unit))
            if rate and rate.search(self.whole):
                return True
            number = float(value.key)
            between = any(low <= number <= high and unit == value.unit for low, high, unit in self.ranges)
            return between or any(_same(one, value) for one in self.figures)
        hours = {("time", str(hour * 60)) for hour in _hours(value)}
        day_of_month = any(kind == "date" and key.split()[-1] == value.key for kind, key in self.values)
        counted = float(value.key) <= COUPLE
        return ("figure", value.key) in self.values or bool(hours & self.values.keys()) or day_of_month or counted

    def _address(self, wanted: str) -> bool:
        """A page below one that is stated, or the domain of a mailbox, is stated too."""
        return any(
            key == wanted or key.startswith(f"{wanted}/") or key.endswith(f"@{wanted}")
            for kind, key in self.values
            if kind == "address"
        )

    def names(self, word: str) -> bool:
        """Whether a passage says a name, or a word of it."""
        parts = [part for part in re.split(r"[^\w&+]+", plain(word)) if part]
        return all(part in self.words or stem(part) in self.words for part in parts)

    def nearest(self, words: Set[str]) -> list[tuple[float, Stated]]:
        """The sentences that hold these words, and what share of them by weight; the best first."""
        total = self.weight(words)
        if not total:
            return []
        found = [(self.weight(words & content(part.text)) / total, part) for part in self.sentences]
        return sorted(found, key=lambda pair: -pair[0])


def _ranges(part: Stated) -> Iterator[tuple[float, float, str]]:
    """What lies between two figures of a sentence: "one to four nights"."""
    figures = [one for one in part.values if one.kind == "figure"]
    for low, high in pairwise(figures):
        if low.unit == high.unit and high.unit and _BETWEEN.fullmatch(part.text[low.end : high.start]):
            yield float(low.key), float(high.key), high.unit


def _same(one: Value, other: Value) -> bool:
    """Whether two figures are as much: in the same unit, or a month as 30 days, a week as five business days."""
    if one.key == other.key and one.unit in ("", other.unit):
        return True
    if one.key == other.key and {one.unit, other.unit} == {"lb", "pound"}:
        return True
    if {one.unit, other.unit} in ({"pence", "pound"}, {"cent", "dollar"}):
        small, large = sorted((one, other), key=lambda figure: figure.unit in ("pound", "dollar"))
        return float(small.key) == 100 * float(large.key)
    amounts = {unit: float(key) for unit, key in ((one.unit, one.key), (other.unit, other.key))}
    if amounts.keys() == {"month", "minute"}:
        days = amounts["minute"] / MINUTES_A_DAY
        return days in (30 * amounts["month"], 28 * amounts["month"]) or days == round(365 * amounts["month"] / 12)
    if amounts.keys() == {"business day", "minute"}:
        return amounts["minute"] / MINUTES_A_DAY == 7 * amounts["business day"] / 5
    return False


def _hours(value: Value) -> list[int]:
    """The hours of the day that a bare number may be: "until 9"."""
    hour = float(value.key)
    return [int(hour), int(hour) % 12 + 12] if hour.is_integer() and 1 <= hour <= 12 else []
