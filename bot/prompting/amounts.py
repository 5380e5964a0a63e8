"""Amounts of a text with their units, comparable with those of another: 8 pm is 20:00, two weeks are 14 days."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_NUMBERS = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
]  # fmt: skip
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_ONES = "|".join(_NUMBERS[1:10])
_SPELLED = re.compile(
    rf"\b(?:(?P<tens>{'|'.join(_TENS)})(?:[ -](?P<ones>{_ONES}))?|(?P<number>{'|'.join(_NUMBERS[2:])})"
    rf"|(?:a|one) (?P<large>hundred|thousand))\b",
    re.IGNORECASE,
)
_PERIOD = r"(?:minute|hour|day|night|week|fortnight|month|year)"
_SINGLE = re.compile(
    rf"\b(?:an? (?:full|whole)|one(?: full| whole)?|(?<=have )an?|(?<=got )an?|(?P<free>free)) (?={_PERIOD}\b)",
    re.IGNORECASE,
)
_PERIODS = re.compile(rf"\ban? (?={_PERIOD}\b)", re.IGNORECASE)
# Unit as it is written, the unit that it is compared in, and how many of those it is: lengths of time in minutes.
_UNITS: tuple[tuple[str, str, float], ...] = (
    (r"minutes?|mins?", "time", 1),
    (r"hours?|hrs?", "time", 60),
    (r"(?:business |working |work |calendar |full )?days?|nights?", "time", 1440),
    (r"weeks?", "time", 10080),
    (r"fortnights?", "time", 20160),
    (r"(?:calendar |full )?months?", "time", 43800),
    (r"(?:calendar |full )?(?:years?|yrs?)", "time", 525600),
    (r"%|percent|per cent", "percent", 1),
    (r"dollars?|bucks|usd", "$", 1),
    (r"euros?|eur", "€", 1),
    (r"quid|gbp", "£", 1),
    (r"pounds?|lbs?|kg|kilos?|grams?|g|oz|ounces?", "weight", 1),
    (r"inch(?:es)?|feet|foot|ft|cm|mm|meters?|metres?|miles?|km", "size", 1),
)
_UNIT = "|".join(unit for unit, _, _ in _UNITS)
_N = r"\d+(?:,\d{3})*(?:\.\d+)?"
_HOUR = r"\d{1,2}(?:[:.]\d\d)? ?(?:am|pm|a\.m\.|p\.m\.)|\d{1,2}:\d\d"
_TO = r" ?(?:-|–|to|or|and) ?"
_AMOUNT = re.compile(
    rf"\b(?P<clock>{_HOUR})(?!\w)"
    rf"|(?P<sign>[$£€]) ?(?P<money>{_N})"
    rf"|(?<![\w.#-])(?P<low>{_N})(?:{_TO}(?P<high>{_N}))?[ -]?(?P<unit>{_UNIT})(?!\w)"
    rf"|(?<![\w.,#-])(?P<number>{_N})(?![\w:]|[.,]\d)",
    re.IGNORECASE,
)
_AT_LEAST = re.compile(
    r"^(?: years?(?: old)?)? (?:(?:and|or) (?:over|older|above|up|more)|plus)\b|^\+", re.IGNORECASE
)
_AT_MOST = re.compile(r"^(?: years?(?: old)?)? (?:and|or) (?:under|younger|below|less)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount in its unit ("number" where it has none) and where it stands; `high` is the end of a range.

    `bound` is 1 where more is meant too ("60 or over"), and -1 where less is.
    """

    unit: str
    low: float
    high: float
    start: int
    end: int
    bound: int = 0

    @property
    def is_money(self) -> bool:
        """Whether it is a price."""
        return self.unit in ("$", "£", "€")


def in_figures(text: str, *, periods: bool = False) -> str:
    """A text with its spelled-out numbers as figures: "a full week" and "my free hour" are one of them.

    With `periods` "a week" is one, too; of a customer it may mean how often.
    """
    text = _SINGLE.sub(lambda found: "free 1 " if found["free"] else "1 ", text.replace("’", "'"))
    text = _PERIODS.sub("1 ", text) if periods else text
    return _SPELLED.sub(_figure, text)


def amounts(text: str) -> list[Amount]:
    """All amounts of a text whose numbers are figures, in order."""
    return list(_amounts(text))


def same_amount(one: Amount, other: Amount, *, slack: float) -> bool:
    """Whether the other amount is the same, or a range that holds it; lengths of time may differ by a share."""
    give = slack * one.low if one.unit == "time" else 0.0
    return other.low - give <= one.low <= other.high + give


def _amounts(text: str) -> Iterator[Amount]:
    for found in _AMOUNT.finditer(text):
        said = {name: part for name, part in found.groupdict().items() if part is not None}
        start, end = found.span()
        if clock := said.get("clock"):
            yield Amount("clock", minutes := _minutes(clock), minutes, start, end)
        elif money := said.get("money"):
            yield Amount(said["sign"], amount := _number(money), amount, start, end)
        elif low := said.get("low"):
            unit, each = _unit(said["unit"])
            yield Amount(unit, _number(low) * each, _number(said.get("high", low)) * each, start, end)
        else:
            number = _number(said["number"])
            behind = text[end:]
            bound = 1 if _AT_LEAST.match(behind) else -1 if _AT_MOST.match(behind) else 0
            yield Amount("number", number, number, start, end, bound)


def _figure(found: re.Match[str]) -> str:
    if large := found["large"]:
        return "100" if large.lower() == "hundred" else "1000"
    if number := found["number"]:
        return str(_NUMBERS.index(number.lower()))
    ones = found["ones"]
    return str(20 + 10 * _TENS.index(found["tens"].lower()) + (_NUMBERS.index(ones.lower()) if ones else 0))


def _number(written: str) -> float:
    return float(written.replace(",", ""))


def _minutes(clock: str) -> float:
    """Since midnight."""
    hour, minute, *_ = (*map(int, re.findall(r"\d+", clock)), 0)
    half = re.search(r"[ap](?=\.?m)", clock, re.IGNORECASE)
    if half:
        hour = hour % 12 + (12 if half[0].lower() == "p" else 0)
    return float(hour * 60 + minute)


def _unit(written: str) -> tuple[str, float]:
    return next((unit, each) for pattern, unit, each in _UNITS if re.fullmatch(pattern, written, re.IGNORECASE))
