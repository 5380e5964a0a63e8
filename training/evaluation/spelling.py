"""One spelling for what is said in many: amounts, numbers in words, dashes, units, times of day.

Both sides of a comparison are brought into it, so that "$1,000" is said by "1000 dollars".
"""

import re
import unicodedata
from functools import lru_cache

_UNITS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
NUMBER_WORDS: dict[str, int] = {word: number for number, word in enumerate(_UNITS, start=1)} | {
    "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19,
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
# "One" is a pronoun too often; both sides keep it.
_SPELLED = re.compile(rf"\b({'|'.join(word for word in NUMBER_WORDS if word != 'one')})\b")
_TEN, _UNIT = (
    "|".join(word for word, number in NUMBER_WORDS.items() if least <= number < 10 * least) for least in (20, 1)
)
# "Fifty-five", but not the two numbers of "thirty four-hour sessions".
_TENS = re.compile(rf"\b({_TEN})(?:-({_UNIT})\b| ({_UNIT})\b(?!-))")
_MARKS = str.maketrans({
    "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "−": "-",  # noqa: RUF001
    "‘": "'", "’": "'", "‛": "'", "“": '"', "”": '"', "\u00ad": None, "\u200b": None,  # noqa: RUF001
})  # fmt: skip
_CURRENCY = {"$": "dollars", "€": "euros", "£": "pounds"}
# Of "US$14" and "CA$5": which dollars they are is said or not.
_COUNTRY = re.compile(r"\b(?:us|ca|au|nz|[ac])(?=\$ ?\d)")
_AMOUNT = re.compile(r"([$€£]) ?(\d+(?:\.\d+)?)")
_AMOUNT_AFTER = re.compile(r"(\d) ?([$€£])(?!\d)")
_THOUSANDS = re.compile(r"(?<=\d)[, '](?=\d{3}(?!\d))")
_CENTS = re.compile(r"(\d+)\.00(?!\d)")
_HALF_DAY = re.compile(r"(\d|noon) ?([ap])\.?m\b\.?")
_WHOLE_HOUR = re.compile(r"\b(\d{1,2}):00(?= [ap]m)")
_SPANS = {
    "(?:a )?fortnight": "2 week", "half a year": "6 month", "half a day": "12 hour", "(?:a )?quarter of an hour": "15 minute",
    "3[ -]quarters of an hour": "45 minute", "a dozen": "12", "a couple of": "2", "3[ -]quarters": "75 percent",
    "mon": "monday", "tues?": "tuesday", "wed": "wednesday", "thu(?:rs?)?": "thursday", "fri": "friday",
    "sat": "saturday", "sun": "sunday",
}  # fmt: skip
# A unit after its figure, however it is written.
_UNIT_NAMES = {
    "km": "kilomet(?:er|re)s?|kms", "kg": "kilo(?:gram(?:me)?)?s?|kgs", "gram": "grams?|grammes?|g", "cm": "centimet(?:er|re)s?",
    "mm": "millimet(?:er|re)s?", "meter": "met(?:er|re)s?|m", "liter": "lit(?:er|re)s?|l", "ml": "millilit(?:er|re)s?",
    "inch": "inch(?:es)?|in(?= (?:long|wide|high|tall|deep)\b)", "foot": "feet|foot|ft", "oz": "ounces?|fl oz", "lb": "lbs?",
    "hour": "hrs?|h", "minute": "mins?", "second": "secs?", "gb": "gigabytes?|gigs?", "mb": "megabytes?", "tb": "terabytes?",
    "kwh": "kilowatt[ -]hours?", "dollar": "bucks?|usd", "pound": "quid|gbp", "euro": "eur", "cent": "cents",
}  # fmt: skip
_UNIT_NAME = [(re.compile(rf"(?<=\d) ?(?:{names})\b"), f" {unit}") for unit, names in _UNIT_NAMES.items()]
_HUNDREDS = re.compile(r"\b(?:a|(\d{1,2})) (hundred|thousand)\b(?: (?:and )?(\d{1,2})\b(?! ?%))?")
_SHARES = {"half": 50, "third": 33, "quarter": 25, "fifth": 20, "tenth": 10}
_OF_WHAT = "of|the|off|price|that|this|your|their|our|my|its|his|her|for|back|less|more|cheaper|as"
# "First" and "second" are said of much else.
_ORDINALS = ("third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth")
_ORDINAL = re.compile(rf"\b(?:{'|'.join(_ORDINALS)})\b")
_PLURAL = re.compile(
    r"\b(day|week|month|year|hour|minute|night|point|dollar|euro|pound|percent|mile|foot|item|time)s\b"
)


@lru_cache(maxsize=20_000)
def plain(text: str) -> str:
    """A text in the one spelling: lower case, single spaces."""
    text = unicodedata.normalize("NFKC", text).translate(_MARKS).casefold()
    text = re.sub(r"\s+", " ", text)
    # "10-day" and "ten days" say the same; "junipertrail-shop" keeps its dash.
    text = re.sub(r"(?<=\d)-(?=[a-z])", " ", text)
    text = _THOUSANDS.sub("", text)
    text = _TENS.sub(lambda match: str(NUMBER_WORDS[match[1]] + NUMBER_WORDS[match[2] or match[3]]), text)
    text = _SPELLED.sub(lambda match: str(NUMBER_WORDS[match.group()]), text)
    text = re.sub(r"(?<=\d)-(?=[a-z])", " ", text)
    text = _COUNTRY.sub("", text)
    text = _AMOUNT.sub(lambda match: f"{match.group(2)} {_CURRENCY[match.group(1)]}", text)
    text = _AMOUNT_AFTER.sub(lambda match: f"{match.group(1)} {_CURRENCY[match.group(2)]}", text)
    text = re.sub(r"(\d) ?%|(\d) per cent\b", lambda match: f"{match.group(1) or match.group(2)} percent", text)
    text = _spoken(text)
    text = _CENTS.sub(r"\1", text)
    text = _HALF_DAY.sub(r"\1 \2m", text)
    text = _WHOLE_HOUR.sub(r"\1", text)
    text = re.sub(r"\be-mail", "email", text)
    text = _PLURAL.sub(r"\1", text)
    return re.sub(r"\s+", " ", text).strip()


def _spoken(text: str) -> str:
    """Times, spans and shares as they are said aloud, in figures."""
    text = re.sub(r"\bhalf an hour\b", "30 minutes", text)
    text = re.sub(r"\ban hour and a half\b", "90 minutes", text)
    text = re.sub(r"\ba year and a half\b", "18 months", text)
    text = re.sub(r"\bhalf past (\d{1,2})\b", r"\1:30", text)
    text = _HUNDREDS.sub(_hundreds, text)
    for pattern, unit in _UNIT_NAME:
        text = pattern.sub(unit, text)
    text = re.sub(r"(\d) o'clock\b|\b12 (?=noon|midnight)", r"\1", text)
    for span, figure in _SPANS.items():
        text = re.sub(rf"\b{span}\b", figure, text)
    text = re.sub(r"\bquarter to (\d{1,2})\b", lambda match: f"{int(match.group(1)) - 1}:45", text)
    text = re.sub(r"\b(one|\d+) and a half (hour|year|day|month|week)s?\b", _and_a_half, text)
    text = re.sub(r"\b(\d+)s\b", r"\1", text)
    text = re.sub(r"\bquarter past (\d{1,2})\b", r"\1:15", text)
    text = re.sub(
        r"\b(\d{1,2}(?::\d\d)?) (?:o'clock )?in the (?:(morning)|(?:afternoon|evening))\b", _half_of_day, text
    )
    text = re.sub(
        r"\b(\d+) (?:more|extra|further|additional|whole|full) (?=(?:business |working )?(?:day|week|month|year|hour|minute)s?\b)",
        r"\1 ",
        text,
    )
    for word, percent in _SHARES.items():
        # What stands alone is a share only of "half": "the third" is a day too.
        alone = "[.,;:!?)]|$|" if word == "half" else ""
        text = re.sub(
            rf"\b(?:(?:a|one) {word}\b(?=[.,;:!?)]|$| (?:{_OF_WHAT})\b)|{word}\b(?={alone} (?:{_OF_WHAT})\b))(?! ?-)",
            f"{percent} percent",
            text,
        )
    text = _ORDINAL.sub(lambda match: f"{_ORDINALS.index(match.group()) + 3}th", text)
    return re.sub(r"(\d)p\b", r"\1 pence", text)


def _hundreds(match: re.Match[str]) -> str:
    times = 100 if match.group(2) == "hundred" else 1000
    return str(int(match.group(1) or 1) * times + int(match.group(3) or 0))


def _and_a_half(match: re.Match[str]) -> str:
    number, unit = int(match.group(1).replace("one", "1")), match.group(2)
    parts, smaller = {
        "hour": (60, "minute"),
        "year": (12, "month"),
        "day": (24, "hour"),
        "month": (30, "day"),
        "week": (7, "day"),
    }[unit]
    return f"{(2 * number + 1) * parts / 2:g} {smaller}"


def _half_of_day(match: re.Match[str]) -> str:
    return f"{match.group(1)} {'am' if match.group(2) else 'pm'}"


def says(text: str, spelling: str) -> bool:
    """Whether a text says this: from the start of a word on, and never a part of a longer number."""
    wanted = plain(spelling)
    before = r"(?<![\w.,])" if wanted[:1].isdigit() else r"(?<!\w)" if wanted[:1].isalnum() else ""
    after = r"(?![\d]|[.,:]\d)" if wanted[-1:].isdigit() else ""
    return re.search(before + re.escape(wanted) + after, plain(text)) is not None


def says_any(text: str, spellings: tuple[str, ...]) -> bool:
    """Whether a text says a fact in any of its accepted spellings."""
    return any(says(text, spelling) for spelling in spellings)
