"""The values that a text states: figures with their unit, times, dates, weekdays, months, addresses, names."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

ValueKind = Literal["figure", "time", "date", "weekday", "month", "address", "free"]

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?"
_MONTH = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december"
    r"|(?:jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\.?(?= \d))"
)
_TO = r" ?(?:-|to|through|until|till|thru) ?"
_DAYS = re.compile(rf"\b({_DAY})(?:{_TO}({_DAY}))?\b")
_EVERY_DAY = re.compile(r"\b(?:every day|each day|7 day a week|any day|24/7|all week)\b")
_PARTS_OF_THE_WEEK = {"weekday": range(5), "weekend": range(5, 7)}
_DATE = re.compile(
    rf"\b({_MONTH}) (\d{{1,2}})(?:st|nd|rd|th)?\b(?! ?[ap]m)|\b(\d{{1,2}})(?:st|nd|rd|th)? (?:of )?({_MONTH})\b"
)
_MONTH_RUN = re.compile(rf"\b({_MONTH})(?: \d{{1,2}}(?:st|nd|rd|th)?)?(?:{_TO}(?:the end of )?({_MONTH}))?\b")
# "May" is a verb more often; a month where a preposition or a number stands beside it.
_MAY = re.compile(
    r"(?:\b(?:in|of|from|until|till|to|through|by|before|after|since|and|or|next|last|early|late|mid|this) |\d(?:st|nd|rd|th)? )may\b"
    r"|\bmay(?= \d| to | through | until )"
)
_HALF = r"(?: ([ap])m)"
_TIME = re.compile(rf"\b(\d{{1,2}})(?:[:.](\d\d))?{_HALF}\b|\b([01]?\d|2[0-3]):([0-5]\d)\b|\b(noon|midnight)\b")
_TIME_RANGE = re.compile(rf"\b(\d{{1,2}})(?::(\d\d))?(?= ?(?:-|to|and|until) ?\d{{1,2}}(?::\d\d)?{_HALF}\b)")
_ADDRESS = re.compile(
    r"https?://[^\s)]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\b(?:[\w-]+\.)+[a-z]{2,}\b(?:/[\w/#?=&.-]*)?"
)
_TELEPHONE = re.compile(r"(?<!\w)\+?\(?\d[\d ()./-]{5,}\d")
_UNIT = (
    r"business day|working day|calendar day|day|week|month|year|hour|minute|second|night|percent|dollar|euro|pound|"
    r"cents?|pence|point|mile|kilomet(?:er|re)s?|km|kg|lbs?|oz|ounces?|grams?|feet|foot|ft|inch(?:es)?|cm|mm|met(?:er|re)s?|"
    r"lit(?:er|re)s?|ml|degrees?|gb|mb|tb|kwh|watts?|wh"
)
_FIGURE = re.compile(rf"(?<![\w.])(\d+(?:\.\d+)?)(?:st|nd|rd|th)?(?: ?({_UNIT})\b)?(?![\w])")
_RANGE_END = re.compile(rf" ?(?:-|to|or|and) ?\d+(?:\.\d+)? ?({_UNIT})\b")
_ONE = re.compile(rf"\bone(?= (?:{_UNIT})\b)|\ba(?= (?:year|month|week)\b)")
_FREE = re.compile(
    r"\b(?:free(?! to\b)|no (?:extra |additional |further )?(?:charge|cost|fee|price)|without (?:charge|cost|a fee)"
    r"|at no cost|nothing (?:extra|more)|costs? (?:you )?nothing|complimentary|gratis|(?:does not|doesn't|won't|not) cost)\b"
)
_SINGULAR = {
    "liters": "liter", "litre": "liter", "litres": "liter", "metre": "meter", "meters": "meter", "metres": "meter", "kilometres": "kilometer",
    "feet": "foot", "ft": "foot", "inches": "inch", "lbs": "lb", "cents": "cent", "degrees": "degree", "km": "kilometer",
    "kilometers": "kilometer", "gram": "gram", "grams": "gram", "working day": "business day", "ounces": "oz", "ounce": "oz", "watts": "watt",
}  # fmt: skip
_MINUTES = {"minute": 1, "hour": 60, "day": 1440, "calendar day": 1440, "week": 10080}
# "Two ways", "3 of them": how many things are listed, which the passage need not count.
_COUNTED = re.compile(
    r" (?:ways?|things?|options?|steps?|reasons?|of|questions?|cases?|kinds?|possibilities|choices|rules?)\b"
)
COUNTED_AT_MOST = 5

_NAME = re.compile(r"(?<![\w'’])[A-Z][\w&'’+-]*")
_NO_NAME = frozenset(
    "i i'm i'll i've i'd ok okay faq id pdf sms app url pin mr mrs ms dr st am pm hi hello dear thanks yes no "
    "the a an if tv usb gps".split()
)
# Where a sentence begins a capital says nothing; these are names there, too.
_KNOWN_NAMES = frozenset(
    "america australia austria belgium brazil britain canada china denmark england europe finland france germany "
    "greece hungary iceland india ireland israel italy japan kenya korea luxembourg mexico netherlands norway poland "
    "portugal romania russia scotland singapore spain sweden switzerland turkey ukraine wales alabama alaska arizona "
    "california colorado florida georgia hawaii idaho illinois kansas maine michigan montana nevada ohio oregon texas "
    "utah virginia washington london paris berlin dublin amsterdam madrid rome vienna zurich boston chicago denver "
    "seattle portland toronto vancouver sydney melbourne tokyo dhl ups usps fedex hermes dpd visa mastercard amex "
    "paypal klarna google amazon samsung microsoft iphone android facebook instagram whatsapp".split()
)


@dataclass(frozen=True, slots=True)
class Value:
    """A value in its one spelling, at its place in the text; `unit` is "" where it has none."""

    kind: ValueKind
    key: str
    unit: str
    start: int
    end: int

    @property
    def identity(self) -> tuple[str, str, str]:
        """What it is, wherever it stands."""
        return self.kind, self.key, self.unit


def values(text: str) -> list[Value]:
    """Every value of a text that is in the one spelling; names aside."""
    found: list[Value] = []
    rest = text
    for pattern, read in (
        (_ADDRESS, _address),
        (_TELEPHONE, _telephone),
        (_TIME_RANGE, _time),
        (_TIME, _time),
        (_DATE, _date),
    ):
        taken = [value for match in pattern.finditer(rest) for value in read(match)]
        found += taken
        for value in taken:
            rest = rest[: value.start] + "#" * (value.end - value.start) + rest[value.end :]
    found += _figures(_ONE.sub(lambda match: "1".rjust(len(match.group())), rest))
    found += [Value("free", "free", "", match.start(), match.end()) for match in _FREE.finditer(text)]
    return [*found, *_weekdays(text), *_months(text)]


def _address(match: re.Match[str]) -> Iterator[Value]:
    key = match.group().rstrip(".,;:").removeprefix("https://").removeprefix("http://").removeprefix("www.")
    yield Value("address", key.rstrip("/"), "", match.start(), match.end())


def _telephone(match: re.Match[str]) -> Iterator[Value]:
    digits = re.sub(r"\D", "", match.group())
    if 7 <= len(digits) <= 15:
        yield Value("address", digits[-10:], "", match.start(), match.end())


def _time(match: re.Match[str]) -> Iterator[Value]:
    hour, minute, half, *rest = (*match.groups(), None, None, None)[:6]
    if hour is None:
        named = {"noon": 720, "midnight": 0}.get(str(rest[2]))
        minutes = named if named is not None else int(str(rest[0])) * 60 + int(str(rest[1]))
    else:
        minutes = int(hour) % 12 * 60 + int(minute or 0) + (720 if half == "p" else 0)
    yield Value("time", str(minutes % 1440), half or "", match.start(), match.end())


def _date(match: re.Match[str]) -> Iterator[Value]:
    month, day, other_day, other_month = match.groups()
    yield Value("date", f"{(month or other_month)[:3]} {int(day or other_day)}", "", match.start(), match.end())


def _figures(text: str) -> Iterator[Value]:
    for match in _FIGURE.finditer(text):
        number, unit = float(match.group(1)), match.group(2) or ""
        after = text[match.end() :]
        if not unit and (end := _RANGE_END.match(after)):
            unit = end.group(1)
        unit = _SINGULAR.get(unit, unit)
        if not unit and number <= COUNTED_AT_MOST and _COUNTED.match(after):
            continue
        if unit in _MINUTES:
            number, unit = number * _MINUTES[unit], "minute"
        elif unit == "year":
            number, unit = number * 12, "month"
        yield Value("figure", f"{number:g}", unit, match.start(), match.end())


def _weekdays(text: str) -> Iterator[Value]:
    for match in _DAYS.finditer(text):
        first = _WEEKDAYS.index(match.group(1)[:3])
        last = _WEEKDAYS.index(match.group(2)[:3]) if match.group(2) else first
        for day in range(first, last + 1 + (7 if last < first else 0)):
            yield Value("weekday", _WEEKDAYS[day % 7], "", match.start(), match.end())
    for match in _EVERY_DAY.finditer(text):
        # "Every day but Sunday".
        but = re.match(
            rf" (?:but|except|apart from|besides)(?: on)? ({_DAY})(?:(?: and|,) ({_DAY}))?", text[match.end() :]
        )
        out = {day[:3] for day in but.groups() if day} if but else set()
        for name in (day for day in _WEEKDAYS if day not in out):
            yield Value("weekday", name, "every", match.start(), match.end())
    for word, days in _PARTS_OF_THE_WEEK.items():
        for match in re.finditer(rf"\b{word}s?\b", text):
            for day in days:
                yield Value("weekday", _WEEKDAYS[day], word, match.start(), match.end())


def _months(text: str) -> Iterator[Value]:
    mays = {place for match in _MAY.finditer(text) for place in range(match.start(), match.end())}
    for match in _MONTH_RUN.finditer(text):
        if match.group(1) == "may" and match.start() not in mays:
            continue
        first = _MONTHS.index(match.group(1)[:3])
        last = _MONTHS.index(match.group(2)[:3]) if match.group(2) else first
        for month in range(first, last + 1 + (12 if last < first else 0)):
            yield Value("month", _MONTHS[month % 12], "", match.start(), match.end())


def names(sentence: str) -> Iterator[str]:
    """The words of a sentence, as it was written, that name somebody, some place or some product."""
    begins = True
    place = 0
    for match in _NAME.finditer(sentence):
        before = sentence[place : match.start()]
        begins = match.start() == 0 or not re.search(r"\w", sentence[: match.start()])
        begins = (
            begins or re.search(r"[.!?:;“\"(]\s*$|^\W*(?:yes|no|sure|ok)\W+$", before, re.IGNORECASE) is not None
        )
        place = match.end()
        word = re.sub(r"['’]s$", "", match.group()).strip("'’-").casefold()
        loud = match.group().isupper() and len(word) > 1
        if word in _NO_NAME or re.match(r"i['’]", word) or not re.search(r"[a-z]", word):
            continue
        if begins and not loud and word not in _KNOWN_NAMES:
            continue
        if values(word) or re.fullmatch(rf"{_DAY}|{_MONTH}|may|mon|tue|wed|thu|fri|sat|sun|jan|feb|mar|apr", word):
            continue
        yield word
