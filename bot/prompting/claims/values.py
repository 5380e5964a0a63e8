"""Figures with their units, times, dates, codes and addresses of a text, and what bounds them.

Each is one value, comparable with those of another text: 8 p.m. is 20:00, two weeks are 14 days, and 30 days are
not 30 working days. Works on texts in one spelling (wording.py).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, cast

Bound = Literal["", "min", "max", "until", "above", "below", "after", "before"]
Side = Literal["", "before", "after"]

_MONTHS = "january february march april may june july august september october november december"
MONTHS = _MONTHS.split()
_MONTH = "|".join([*MONTHS, "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sept?", "oct", "nov", "dec"])
_N = r"\d+(?:,\d{3})*(?:\.\d+)?"
_HOUR = r"(?:[01]?\d|2[0-4])"
_CLOCK = rf"{_HOUR}[:.][0-5]\d ?(?:am|pm)|{_HOUR} ?(?:am|pm)|{_HOUR}:[0-5]\d"
# Unit as written, the unit that it is compared in, and how many of those it is.
_UNITS: tuple[tuple[str, str, float], ...] = (
    (r"seconds?|secs?", "minute", 1 / 60),
    (r"minutes?|mins?", "minute", 1),
    (r"hours?|hrs?", "minute", 60),
    (r"workdays?|weekdays?", "workday", 1),
    (r"(?:calendar |full |whole )?days?", "minute", 1440),
    (r"nights?", "night", 1),
    (r"weeks?", "minute", 10080),
    (r"fortnights?", "minute", 20160),
    (r"(?:calendar |full )?months?|mths?", "month", 1),
    (r"(?:calendar |full |tax )?years?|yrs?", "month", 12),
    (r"percent|%", "percent", 1),
    (r"dollars?|bucks|usd", "$", 1),
    (r"euros?|eur", "\u20ac", 1),
    (r"pounds? sterling|quid|gbp", "\u00a3", 1),
    (r"pounds?|lbs?", "lb", 1),
    (r"pence|pennies|p", "\u00a3", 0.01),
    (r"cents?|c|\u00a2", "$", 0.01),
    (r"kwh|kilowatt[- ]hours?", "kwh", 1),
    (r"kw|kilowatts?", "kw", 1),
    (r"watts?|w", "watt", 1),
    (r"volts?|v", "volt", 1),
    (r"kilograms?|kilos?|kgs?", "kg", 1),
    (r"grams?|g", "kg", 0.001),
    (r"ounces?|oz", "oz", 1),
    (r"kilomet(?:er|re)s?|kms?", "m", 1000),
    (r"centimet(?:er|re)s?|cms?", "m", 0.01),
    (r"millimet(?:er|re)s?|mms?", "m", 0.001),
    (r"met(?:er|re)s?|m", "m", 1),
    (r"miles?", "mile", 1),
    (r"inch(?:es)?|in(?=[.,;)]| - |$)", "inch", 1),
    (r"feet|foot|ft", "foot", 1),
    (r"yards?", "yard", 1),
    (r"lit(?:er|re)s?|l", "litre", 1),
    (r"millilit(?:er|re)s?|ml", "litre", 0.001),
    (r"gallons?", "gallon", 1),
    (r"gigabytes?|gbs?", "gb", 1),
    (r"megabytes?|mbs?", "gb", 0.001),
    (r"terabytes?|tbs?", "gb", 1000),
    (r"mbps|mbit/s|megabits?", "mbps", 1),
    (r"gbps|gbit/s|gigabits?", "mbps", 1000),
    (r"\u00b0 ?f|degrees? fahrenheit", "\u00b0f", 1),
    (r"\u00b0 ?c|degrees? celsius|degrees?", "\u00b0c", 1),
    (r"times?", "times", 1),
)  # fmt: skip
_UNIT = "|".join(pattern for pattern, _, _ in _UNITS)
_MONEY = r"(?:us|ca|au?)?[$\u00a3\u20ac]"
_TO = r" ?(?:-|to|and|until|till|through|or) ?"

_PATTERN = re.compile(
    rf"(?P<address>https?://\S+|[\w.+-]+@[\w-]+\.[\w.]+\w|[\w-]+(?:\.[\w-]+)*\.(?:example|com|org|net|gov|uk)\b(?:/[\w/.-]*\w)?)"
    rf"|(?P<phone>\+?\(?\d[\d() -]{{7,}}\d)(?![\d:.,]*\d)"
    rf"|(?P<code>\b(?-i:(?=[A-Z-]*[A-Z]\d|\d+[A-Z])[A-Z\d-]{{2,}})\b)"
    rf"|(?P<day>\b\d{{1,2}}(?:st|nd|rd|th)?)(?: of)? (?P<month>{_MONTH})\b\.?"
    rf"|\b(?P<month2>{_MONTH})\b\.? (?P<day2>\d{{1,2}})(?:st|nd|rd|th)?\b(?![:\d]| ?[ap]m)"
    rf"|\b(?P<open>{_CLOCK}|{_HOUR}(?:[:.][0-5]\d)?)(?:{_TO})(?P<close>{_CLOCK})(?! ?(?:{_UNIT})\b)"
    rf"|\b(?P<clock>{_CLOCK})\b(?! ?(?:{_UNIT})\b)"
    rf"|(?P<sign>{_MONEY}) ?(?P<money>{_N})(?P<thousand>k\b)?(?:{_TO}(?:{_MONEY}) ?(?P<money2>{_N}))?"
    rf"|(?<![\w.])(?P<low>{_N})(?:{_TO}(?P<high>{_N}))?[ -]?(?P<unit>{_UNIT})(?![\w/])"
    rf"|(?<![\w.])(?P<ordinal>\d{{1,2}})(?:st|nd|rd|th)\b"
    rf"|(?<![\w.,])(?P<number>{_N})(?:(?: to |-| - )(?P<number2>{_N}))?(?![\w%])",
    re.IGNORECASE,
)  # fmt: skip

_BEFORE: tuple[tuple[str, Bound], ...] = (
    (r"more than|over|above|exceed(?:s|ing)?|(?:long|old|great|larg|heavi|high|lat)er than|beyond|past|upwards? of", "above"),
    (r"less than|fewer than|under|below|(?:short|young|small|light|earli|cheap|low)er than|up until", "below"),
    (r"after", "after"),
    (r"before", "before"),
    (r"at least|(?:a )?minimum(?: is| of| age(?: is)?)?|from|starting at|since|earliest|between|(?:smallest|lowest)[\w ]{0,30}? is|smallest(?: \w+)?|lowest(?: \w+)?|(?:must|should) be", "min"),
    (r"up to|until|till|by", "until"),
    (r"at most|(?:a )?maximum(?: \w+)?(?: is| of)?|max|within|limited to|limit(?:s|ed)?(?: is| of| to)?|through|largest(?: \w+)?(?: is)?|highest(?: \w+)?(?: is)?|in under|inside", "max"),
)  # fmt: skip
_BOUND_BEFORE = re.compile(
    "(?:" + "|".join(f"(?P<{bound}>\\b(?:{pattern}))" for pattern, bound in _BEFORE) + ")"
    r"(?: (?:the|a|an|about|around|only|just|another|further|next|first|last|total of|age|aged))*\s*$",
    re.IGNORECASE,
)
_BOUND_AFTER = re.compile(
    r"^\W*(?:(?P<min>(?:or|and) (?:more|over|older|above|longer|later|up|upwards|higher|heavier|any newer|newer)\b|"
    r"plus\b|\+|minimum\b|at least\b|at the earliest\b|upwards\b)|"
    r"(?P<max>(?:or|and) (?:less|under|fewer|younger|below|shorter|earlier|lower|lighter)\b|at most\b|maximum\b|max\b|"
    r"at the latest\b|tops\b))",
    re.IGNORECASE,
)
_SIDE = re.compile(
    r"^(?:\W| (?:or more|or less|of|the|at the latest|at least|notice|workdays?))*"
    r"(?:(?P<before>before|early|earlier|sooner)|(?P<after>after|later|afterwards?|following|since|from(?= [a-z])))\b",
    re.IGNORECASE,
)

_PER = re.compile(
    r"^(?: [a-z]+)?(?: ?/ ?| (?:an?|per|each|every) )(minute|hour|day|week|month|quarter|year)\b|^(?: is)?(?: charged| due| paid)? (monthly|yearly|annually|weekly|daily)\b",
    re.IGNORECASE,
)
_PERIODS = {"monthly": "month", "yearly": "year", "annually": "year", "weekly": "week", "daily": "day"}


@dataclass(frozen=True, slots=True)
class Value:
    """An amount in its unit (`high` where it is a range), or a code; where it stands in its text.

    `bound` says whether more or less of it is meant too, `side` whether it is counted before or after an event,
    `per` the time that it is paid or counted for ("£9 a month").
    """

    unit: str
    low: float | str
    high: float | str
    start: int
    end: int
    bound: Bound = ""
    side: Side = ""
    per: str = ""

    @property
    def upwards(self) -> int:
        """1 where more is meant too, -1 where less is, 0 where the amount itself is."""
        if not self.bound:
            return 0
        return 1 if self.bound in ("min", "above", "after") else -1


def values(text: str) -> list[Value]:
    """All values of a text in one spelling, in order."""
    return [_bounded(value, text) for value in _values(text)]


def _values(text: str) -> Iterator[Value]:
    for found in _PATTERN.finditer(text):
        said = {name: part for name, part in found.groupdict().items() if part is not None}
        yield from _read(said, found.start(), found.end())


def _read(said: dict[str, str], start: int, end: int) -> Iterator[Value]:
    if code := said.get("address") or said.get("code"):
        code = re.sub(r"^https?://(?:www\.)?", "", code.lower()).rstrip(".,;:/")
        yield Value("code", code, code, start, end)
    elif phone := said.get("phone"):
        yield Value("code", digits := re.sub(r"\D", "", phone), digits, start, end)
    elif month := said.get("month") or said.get("month2"):
        day = int(re.sub(r"\D", "", said.get("day") or said["day2"]))
        place = next(i for i, name in enumerate(MONTHS, 1) if name.startswith(month.lower().rstrip(".")[:3]))
        yield Value("date", place * 100 + day, place * 100 + day, start, end)
    elif "open" in said:
        # Of "8 to 10 pm" both are in the evening, of "9 to 5 pm" one.
        opening, close = said["open"], _minutes(said["close"])
        half = re.search(r"[ap]m", said["close"], re.IGNORECASE)
        if half and not re.search(r"[:apm]", opening, re.IGNORECASE):
            opening += half[0]
            if _minutes(opening) > close:
                opening = opening.replace("p", "a").replace("P", "a")
        yield Value("time", begins := _minutes(opening), begins, start, start + len(said["open"]), "min")
        yield Value("time", close, close, end - len(said["close"]), end, "max")
    elif clock := said.get("clock"):
        yield Value("time", minutes := _minutes(clock), minutes, start, end)
    elif money := said.get("money"):
        amount = _amount(money) * (1000 if "thousand" in said else 1)
        sign = said["sign"].upper().removeprefix("US")
        yield Value(sign, amount, _amount(said["money2"]) if "money2" in said else amount, start, end)
    elif "low" in said:
        unit, each = _unit(said["unit"])
        low = round(_amount(said["low"]) * each, 4)
        yield Value(unit, low, round(_amount(said["high"]) * each, 4) if "high" in said else low, start, end)
    elif ordinal := said.get("ordinal"):
        yield Value("ordinal", number := float(ordinal), number, start, end)
    else:
        count = _amount(said["number"])
        yield Value("number", count, _amount(said["number2"]) if "number2" in said else count, start, end)


def _bounded(value: Value, text: str) -> Value:
    if value.bound:
        return value
    before, after = text[max(0, value.start - 40) : value.start], text[value.end : value.end + 30]
    bound: Bound = ""
    if found := _BOUND_AFTER.match(after) or _BOUND_BEFORE.search(before):
        bound = cast(Bound, next(name for name, part in found.groupdict().items() if part))
    if bound in ("after", "before") and value.unit not in ("minute", "workday", "month", "night", "time", "date"):
        # "After 5 tries" counts and does not bound.
        bound = ""
    if bound == "min" and value.low != value.high:
        # "From 3 to 12" is the range itself.
        bound = ""
    side: Side = ""
    if value.unit in ("minute", "workday", "month", "night") and (found := _SIDE.match(after)):
        side = "before" if found["before"] else "after"
    per = _PER.match(after)
    period = next((part.lower() for part in per.groups() if part), "") if per else ""
    return replace(value, bound=bound, side=side, per=_PERIODS.get(period, period))


def _amount(written: str) -> float:
    return float(written.replace(",", ""))


def _minutes(clock: str) -> int:
    """Since midnight; 24:00 is midnight too."""
    hour, minute = (int(part) for part in [*re.findall(r"\d+", clock), "0"][:2])
    if "am" in clock.lower() or "pm" in clock.lower():
        hour = hour % 12 + (12 if "pm" in clock.lower() else 0)
    return (hour * 60 + minute) % 1440


def _unit(written: str) -> tuple[str, float]:
    return next((unit, each) for pattern, unit, each in _UNITS if re.fullmatch(pattern, written, re.IGNORECASE))


def same(claim: Value, evidence: Value) -> bool:
    """Whether the evidence states the claim's value: the amount, its unit, and the side that is bounded."""
    if claim.unit != evidence.unit and not _alike(claim, evidence):
        return False
    if claim.side != evidence.side and (claim.side == "before" or (claim.side and evidence.side)):
        return False
    if claim.per and evidence.per and claim.per != evidence.per:
        return False
    if claim.unit == evidence.unit == "time":
        # A time is either end of opening hours, unless the wrong end is meant.
        return claim.low == evidence.low and claim.upwards * evidence.upwards != -1
    amounts = (_scaled(claim, evidence, claim.low), _scaled(claim, evidence, claim.high))
    if amounts != (evidence.low, evidence.high):
        # One end of a range, said as such; or both ends where the evidence has two values is left to them.
        end = {1: evidence.low, -1: evidence.high}.get(claim.upwards)
        return evidence.low != evidence.high and claim.low == claim.high == end
    # "Until 2 days before" and "at least 2 days before" are one.
    deadline = "before" in (claim.side, evidence.side) and "until" in (claim.bound, evidence.bound)
    against = claim.upwards * evidence.upwards == -1 and not deadline
    # "More than 30 days" is not what "30 days" says, nor is "at least".
    beyond = claim.bound in ("above", "below", "min") and not evidence.bound and claim.unit not in ("time", "date")
    return not against and not (beyond and not deadline)


def _alike(claim: Value, evidence: Value) -> bool:
    """Units that may be meant by one another: "30" is any figure, a pound is money or weight."""
    if claim.unit == "number":
        return evidence.unit != "code"
    return {claim.unit, evidence.unit} in ({"times", "number"}, {"\u00a3", "lb"}, {"\u00b0c", "\u00b0f"})


def _scaled(claim: Value, evidence: Value, amount: float | str) -> float | str:
    """A bare number in the unit that the evidence has, where its own is not told: 30 of "30 days"."""
    if claim.unit != "number" or isinstance(amount, str):
        return amount
    if evidence.unit == "time" and (amount + 12) * 60 == evidence.low:
        return evidence.low
    scales = {"time": (60.0,), "minute": (1440.0, 60.0, 1.0, 10080.0), "month": (1.0, 12.0)}
    scale = scales.get(evidence.unit, (1.0,))
    return next((amount * each for each in scale if amount * each in (evidence.low, evidence.high)), amount)
