"""The numbers of a few texts, changed at random and alike wherever they stand.

A number is known by its value alone, so "30 days", "thirty" and "$30.00" of one row stay the same number. What is
larger stays larger, in any unit, and a duration stays longer, so that what follows from the numbers ("you are
still in time") follows from the changed ones. Years, codes, ordinals, fractions and telephone numbers stay.
"""

import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations, pairwise

_ONES = re.findall(
    r"\w+",
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen",
)
_TENS = re.findall(r"\w+", "twenty thirty forty fifty sixty seventy eighty ninety")
_WORDS = {word: Decimal(value) for value, word in enumerate(_ONES, 2)} | {
    word: Decimal(10 * value) for value, word in enumerate(_TENS, 2)
}
_SPELLED_AS = {value: word for word, value in _WORDS.items()}
# Spelled in several words: no single value stands for them.
_COMPOUND = re.compile(
    rf"\b(?:hundred|thousand|million|(?:{'|'.join(_TENS)})[\s-](?:one|{'|'.join(_ONES)}))\b", re.IGNORECASE
)
_MONTHS = (
    "Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|"
    "Nov(?:ember)?|Dec(?:ember)?"
)
_KEPT = re.compile(
    r"\S+@\S+|https?://\S+|\b[\w-]+\.(?:example|com|org|net)\b\S*"  # addresses
    r"|\+?\b\d{1,5}(?:[ -]\d{3,4}){2,}\b|\b\d{3}-\d{4}\b|\b\d{4,5} \d{5,6}\b"  # telephone numbers
    r"|\b\d+(?:/\d+)+\b|\b\d+(?:\.\d+){2,}\b|\b\d{4}-\d{2}-\d{2}\b"  # fractions, versions, dates
    r"|\b\d+(?:st|nd|rd|th)\b"
    r"|\b[A-Za-z]+-?\d\w*"  # codes
    r"|(?<![$£€\d.,])\b(?:19|20)\d{2}\b(?![.,]?\d)"  # years
)
# Where steps are numbered, the numbers are places.
_STEP = re.compile(r"^\s*(\d{1,2})[.)]\s", re.MULTILINE)
_DAYS = {
    "second": 1 / 86400, "sec": 1 / 86400, "minute": 1 / 1440, "min": 1 / 1440, "hour": 1 / 24, "hr": 1 / 24,
    "night": 1.0, "day": 1.0, "week": 7.0, "wk": 7.0, "month": 30.4, "year": 365.0, "yr": 365.0,
}  # fmt: skip
_UNIT = rf"(?:\s|-)?(?:(?:business|working|calendar|full|whole|consecutive)\s)?(?P<unit>{'|'.join(_DAYS)})s?\b"
_NUMBER = re.compile(
    rf"(?P<money>[$£€]\s?)?(?P<digits>(?<![\w.,:])(?:\d{{1,3}}(?:,\d{{3}})+|\d+)(?:\.\d+)?|\b(?:{'|'.join(_WORDS)})\b)"
    rf"(?=(?P<clock>:\d\d)?(?P<half>\s?[ap]\.?m\b)?(?P<percent>\s?(?:%|per\s?cent))?(?P<date>\s(?:{_MONTHS})\b)?"
    rf"(?:(?:\s?(?:to|or|and|-|–)\s?\d+)?{_UNIT})?)",
    re.IGNORECASE,
)
_SHORT_UNIT = re.compile(r"[a-zA-Z]{1,3}\b")
_DATED = re.compile(rf"\b(?:{_MONTHS})\s$")
# Values that other words say, and durations: "a week" is as long as 7 days.
_SAID = tuple(
    (re.compile(rf"\b(?:{words})\b", re.IGNORECASE), tuple(map(Decimal, values)))
    for words, values in (
        ("dozen", ("12",)),
        ("twice|double[ds]?|couple|pair|both|second", ("2",)),
        ("hal(?:f|ves|ved)", ("50", "0.5")),
        ("half an hour|half past", ("30",)),
        ("third", ("3",)),
        ("quarter(?:s|ly)?", ("25", "4", "15", "3")),
        ("noon|midday|midnight", ("12", "24")),
    )
)
_ONE = re.compile(rf"\b(?:an?|one|whole|last|next|per)[ -](?P<unit>{'|'.join(_DAYS)})\b", re.IGNORECASE)
_FORTNIGHT = re.compile(r"\bfortnight", re.IGNORECASE)
_TRIES = 40
_STEPS = ((1000, 250), (100, 25), (50, 10), (10, 5), (5, 5))


@dataclass(frozen=True, slots=True)
class Number:
    """A number that may change: where it stands, its value, the most that it may become, and its days if any."""

    begin: int
    end: int
    value: Decimal
    spelled: bool
    most: Decimal | None
    days: float | None


def changed_numbers(texts: Iterable[str], chance: random.Random) -> Mapping[Decimal, Decimal] | None:
    """The new value of each that changes in these texts; None where they cannot be changed alike."""
    texts = list(texts)
    if any(_COMPOUND.search(text) for text in texts):
        return None
    found = [number for text in texts for number in numbers(text)]
    lengths = {(number.value, number.days) for number in found if number.days is not None}
    lengths |= {(Decimal(1), days) for text in texts for days in _said_lengths(text)}
    fixed = _fixed(texts, lengths)
    most: dict[Decimal, Decimal] = {}
    for number in found:
        if number.most is not None:
            most[number.value] = min(number.most, most.get(number.value, number.most))
    values = sorted({number.value for number in found} | fixed)
    for _ in range(_TRIES):
        drawn = _drawn(values, fixed, most, chance)
        if drawn and _keeps_lengths(lengths, drawn):
            return drawn
    return None


def numbers(text: str) -> Iterator[Number]:
    """Those of a text that may change, in order."""
    kept = [match.span() for match in _KEPT.finditer(text)]
    for match in _NUMBER.finditer(text):
        begin, end = match.span("digits")
        if any(first < end and begin < last for first, last in kept):
            continue
        # "20p", "30kg", "5pm": what follows at once is a unit, of a few letters.
        if text[end : end + 1].isalpha() and not match["unit"] and not _SHORT_UNIT.match(text, end):
            continue
        word = match["digits"].lower()
        value = _WORDS.get(word) or Decimal(word.replace(",", ""))
        most = None
        if match["half"]:
            most = Decimal(11)
        elif match["clock"]:
            most = Decimal(23)
        elif match["percent"]:
            most = Decimal(99)
        elif match["date"] or _DATED.search(text[:begin]):
            most = Decimal(28)
        days = float(value) * _DAYS[match["unit"].lower()] if match["unit"] and not match["money"] else None
        yield Number(begin, end, value, word in _WORDS, most, days)


def with_numbers(text: str, changed: Mapping[Decimal, Decimal]) -> str:
    """The text with its numbers changed, each written as it was."""
    parts, place = [], 0
    for number in numbers(text):
        was = text[number.begin : number.end]
        parts += [text[place : number.begin], _written(changed.get(number.value, number.value), was, number)]
        place = number.end
    return "".join([*parts, text[place:]])


def _written(value: Decimal, was: str, number: Number) -> str:
    if value == number.value:
        return was
    if number.spelled and value in _SPELLED_AS:
        word = _SPELLED_AS[value]
        return str(word.capitalize() if was[0].isupper() else word)
    decimals = len(was.partition(".")[2]) if not number.spelled else 0
    if was.startswith("0") and not decimals:
        return f"{value:0{len(was)}.0f}"
    grouped = "," in was or number.value < 1000
    return f"{value:,.{decimals}f}" if grouped else f"{value:.{decimals}f}"


def _fixed(texts: Sequence[str], lengths: Iterable[tuple[Decimal, float]]) -> set[Decimal]:
    """What must not change, because it stands somewhere as another word or means something by itself."""
    fixed = {Decimal(0), Decimal(1), Decimal(100)}
    for text in texts:
        fixed |= {Decimal(step) for step in _STEP.findall(text)}
        for match in _KEPT.finditer(text):
            fixed |= {Decimal(digits) for digits in re.findall(r"\d+", match.group()) if len(digits) < 5}
        for words, values in _SAID:
            if words.search(text):
                fixed |= set(values)
        fixed |= {
            number.value for number in numbers(text) if number.most is not None and number.value > number.most
        }
    # One duration in two units: 7 days and 1 week.
    for (value, days), (other, others_days) in combinations(lengths, 2):
        if value != other and abs(days - others_days) < 0.02 * days:
            fixed |= {value, other}
    return fixed


def _said_lengths(text: str) -> list[float]:
    """Days of the durations that are said without a number."""
    found = [_DAYS[match["unit"].lower()] for match in _ONE.finditer(text)]
    return [*found, 14.0] if _FORTNIGHT.search(text) else found


def _drawn(
    values: Sequence[Decimal], fixed: set[Decimal], most: Mapping[Decimal, Decimal], chance: random.Random
) -> dict[Decimal, Decimal] | None:
    """A new value for each, the smallest first, so that none passes another; None where one has no room."""
    choices = [[value] if value in fixed else _near(value, most.get(value)) for value in values]
    # The largest that each may become, so that those behind it still have room.
    beyond: Decimal | None = None
    for place in reversed(range(len(choices))):
        choices[place] = [one for one in choices[place] if beyond is None or one < beyond]
        beyond = max(choices[place], default=Decimal(-1))
    drawn: dict[Decimal, Decimal] = {}
    before = Decimal(-1)
    for value, near in zip(values, choices, strict=True):
        left = [one for one in near if one > before]
        if not left:
            return None
        before = drawn[value] = chance.choice([one for one in left if one != value] or left)
    return drawn


def _near(value: Decimal, most: Decimal | None) -> list[Decimal]:
    """Values of like size and as round, itself among them."""
    whole = int(value)
    rest = value - whole
    if whole == 0:
        return [value]
    near = range(max(1 if rest else 2, whole - 2), whole + 4)
    if whole >= 10:
        step = next((step for size, step in _STEPS if whole % size == 0), 1)
        near = range(-(-whole * 6 // 10 // step) * step, whole * 16 // 10 + 1, step)
    return sorted(one + rest for one in map(Decimal, {*near, whole}) if most is None or one + rest <= most)


def _keeps_lengths(lengths: Iterable[tuple[Decimal, float]], drawn: Mapping[Decimal, Decimal]) -> bool:
    """Whether each duration is still shorter than those that it was shorter than."""
    order = sorted(((days, value) for value, days in lengths), key=lambda one: one[0])
    now = [days * float(drawn[value] / value) for days, value in order]
    return all(
        before < after or abs(then - first) < 0.02 * first
        for (before, after), ((first, _), (then, _)) in zip(pairwise(now), pairwise(order), strict=True)
    )
