"""One spelling for what says the same: marks, contractions, fixed phrases and spelled-out numbers.

Only what is equal anywhere stands here; words that are near in meaning are the thesaurus'.
"""

import re
from collections.abc import Callable
from functools import cache

_TO_NINETEEN = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
eighteen nineteen
"""
_ONES = _TO_NINETEEN.split()
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_NUMBERS = {word: number for number, word in enumerate(_ONES)}
_NUMBERS |= {word: number for number, word in zip(range(20, 100, 10), _TENS, strict=True)}
_NUMBER_WORD = "|".join(sorted(_NUMBERS, key=len, reverse=True))
_SPELLED = re.compile(
    rf"\b(?:(?P<hundreds>a|{_NUMBER_WORD})[ -](?P<scale>hundred|thousand)(?: and (?P<rest>(?:{_NUMBER_WORD})(?:-\w+)?))?"
    rf"|(?P<ten>{'|'.join(_TENS)})[ -](?P<one>{'|'.join(_ONES[1:10])})|(?P<plain>{_NUMBER_WORD}))\b",
    re.IGNORECASE,
)
_UNIT = "seconds?|minutes?|hours?|(?:working |business |calendar )?days?|nights?|weeks?|fortnights?|months?|years?"
_PERCENT = {"half": 50, "third": 33.3, "quarter": 25, "fifth": 20, "tenth": 10}

# (pattern, what it says), in this order.
_PHRASES: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
    (r"[\u2018\u2019\u02bc]", "'"),
    (r"[\u201c\u201d\"*`_\u00ab\u00bb]", ""),
    (r"[\u2013\u2014\u2212]", " - "),
    (r"\u00a0|\u202f|\u2009", " "),
    (r"(?<=\w)- (?=\w)", " - "),
    (r"\bcan'?t\b|\bcannot\b", "can not"),
    (r"\bwon't\b", "will not"),
    (r"\bshan't\b", "shall not"),
    (r"n't\b", " not"),
    (r"\blet's\b", "let us"),
    (r"'(?:s|re|ve|ll|d|m)\b|(?<=s)'(?=\s)", ""),
    (r"\b([ap])\.? ?m\b\.?", r"\1m"),
    (r"\be\.g\.|\bi\.e\.|\bfor example\b", "such as"),
    (r"\bper cent\b", "percent"),
    (r"\bon[- ]site\b", "onsite"),
    # What denies nothing, though it has the word for it.
    (r"(\d+)[- ]years?[- ](?:of age|old)\b", r"age \1"),
    (r"\bnot even\b", "even"),
    (r"\bon top(?: of)?\b", "plus"),
    (r"\bin place of\b", "instead of"),
    (r"\bchange of mind\b", "change"),
    (r"\bnon-?(?=[a-z]{3})", "non "),
    (r"\bno (?:problem|worries|doubt|matter)\b|\bnot only\b|\bdo not worry\b|\bnot to worry\b", " "),
    (r"^(?:no|yes|sure|right|well|ok|okay)\b(?: -|[,.;:!]) +", ""),
    (r"\b(?:no|not) (?:more|longer|older|larger|higher|heavier|bigger|further|farther) than\b", "at most"),
    (r"\b(?:not|never) (?:go over|be over|exceed|be more than)\b", "be at most"),
    (r"\b(?:no|not) (?:less|fewer|younger|earlier|shorter|smaller) than\b", "at least"),
    (r"\b(?:no|not) later than\b|\bby .{0,12}\bat the latest\b", "by"),
    (r"\bnot (?:until|before)\b", "only from"),
    (r"\bnot (?:accepted|allowed|possible|valid|available) (?:until|before)\b", "only from"),
    (r"\bno longer\b|\bnot (\w+ )?any ?(?:more|longer)\b", r"not \1"),
    (
        r"\b(?:free of (?:any )?charges?|for free|for nothing|(?:at|with) no (?:extra |additional |further )?(?:charge|"
        r"cost|fee)s?|without (?:any |a |an )?(?:extra |additional |further )?(?:charge|cost|fee)s?(?! \w+ed)|"
        r"(?:no|not any|without any) (?:extra |additional )?(?:charge|cost|fee)s?(?: (?:is|are|applies|apply))?"
        r"(?= ?[.,;:]|$| for\b| if\b| when\b| at\b| on\b)|costs? (?:you )?(?:nothing|not anything)|"
        r"not cost (?:you )?(?:anything|a (?:penny|cent|thing))|"
        r"(?:pay|pays|cost|costs) [$\u00a3\u20ac]0(?![\d.,]*\d)|nothing to pay|pay nothing|pays nothing|complimentary|"
        r"not (?:be |have to |need to )?(?:charged?|pay)(?: (?:you|extra|anything|for (?:it|this|that)))*(?= ?[.,;:]|$| for\b| if\b))",
        "free",
    ),
    (r"\b(?:(?:pays?|carry|carries) )?(?:no|not any|without a|without any) ((?:[\w-]+ ){1,3}?)(?:fee|charge)s?(?: (?:is|are) (?:charged|due|taken))?(?= ?[.,;:]|$| for\b| if\b| when\b| at\b| on\b)", r"\1free"),
    (r"[$\u00a3\u20ac]0(?![\d.,]*\d)", "free"),
    (r"\b(?:money|cash|payment) (?:is |gets? )?(?:paid )?back\b|\breimburse", "refund"),
    (r"\b(?:paid|pay|pays|given|give) back\b", "refund"),
    (r"\b(?:get|gets|give|gives|given|pay|pays) (?:\S+ ){0,3}?back\b(?! at)", "refund"),
    (r"\b(?:send|sends|sending|sent|bring|brings|bringing|brought|take|takes|taken|hand|handed|give)( it| them| the \w+| your \w+|) back\b", r"return\1"),
    (r"\b(?:24/7|24 hours a day|(?:a)?round the clock|day and night|at (?:any|all) (?:time|hour)s?(?: of the day)?|at any hour)\b", "always"),
    (r"\b(?:working|business|work|bank working)[ -](days?)\b", r"work\1"),
    (r"\b(?:provided|providing|so long as|as long as|in case|on condition)(?: that)?\b", "if"),
    (r"\b(?:apart from|other than|aside from|with the exception of|excepting|excluding|except for|save for)\b", "except"),
    (r"\b(?:nobody|no one|none) (?:except|but)\b", "only"),
    (r"\b((?:all|every|each|any|everybody|everyone|everything)(?: [\w-]+){0,4}) but (?!also\b|not\b|if\b)(?=[A-Z]|the |an? |for |in |at |on )", r"\1 except "),
    (r"\b(?:is|are|was|be) the only\b", "are only the"),
    (r"\b(?:exclusively|solely|just for)\b", "only"),
    (r"\b(?:have|has|had|having|need|needs|needed|obliged|required|ought|got)(?: got)? to\b|\bmust\b", "must"),
    (r"\b(?:able|allowed|permitted|entitled|free|welcome|possible) to\b|\b(?:can|(?-i:may)|could|might)\b", "can"),
    (r"\bunable to\b|\bimpossible to\b", "not can"),
    (r"\bget in touch with\b|\breach out to\b|\bspeak to\b|\btalk to\b", "contact"),
    (r"\bsign(?:ed|ing|s)? up\b", "join"),
    (r"\b(?:switch|turn)(?:ed|es|s|ing)?(?: (?:it|them|this|that))? off\b|\bdeactivat(?:es?|ed|ing)\b", "disable"),
    (r"\b(?:switch|turn)(?:ed|es|s|ing)?(?: (?:it|them|this|that))? on\b|\bactivat(?:es?|ed|ing)\b", "enable"),
    (r"\bin advance\b|\bahead of time\b|\bbeforehand\b|\bprior to\b|\bahead of\b|\bahead\b", "before"),
    (r"\b(?:of|at|over|under|above|below) the age of\b", lambda m: f"{m[0].split()[0]} age"),
    (r"\bevery (?:single )?day\b|\bseven days a week\b|\b7 days a week\b|\bdaily\b", "every day"),
    (r"\b(?:a )?dozen\b", "12"),
    (r"\btwice\b", "2 times"),
    (r"\b1?2 noon\b|\bmidday\b|\bnoon\b", "12:00"),
    (r"\bmidnight\b", "0:00"),
    (r"\b(?:half an hour|a half hour|half-hour)\b", "30 minutes"),
    (r"\bhalf a year\b", "6 months"),
    (r"\bhalf a day\b", "12 hours"),
    (r"\b(?:a|one) year and a half\b|\bone and a half years\b", "18 months"),
    (r"\b(?:an|one) hour and a half\b|\bone and a half hours\b", "90 minutes"),
    (r"\bthree[ -]quarters\b", "75 percent"),
    (r"\btwo[ -]thirds\b", "66.7 percent"),
    (
        r"\b(?:a|one)[ -](third|quarter|fifth|tenth)\b(?= (?:of (?:the|your|its|a|what|this|that)|off|less|more|cheaper|price)\b)",
        lambda m: f"{_PERCENT[m[1].lower()]} percent",
    ),
    (rf"\b(?:the|these|those|of|between) two\b(?! (?:{_UNIT})\b)", "both"),
    (r"\bhalf\b(?![ -](?:term|shield|day|board|inch))", "50 percent"),
    (rf"\bone ({_UNIT}|dollar|pound|euro|cent)\b", r"1 \1"),
    (
        rf"\b(within|in|after|for|than|least|most|of|over|under|to|until|is|takes?|lasts?|up to|about|only|by|before|from) an? ({_UNIT})\b"
        r"(?![- ](?:later|pass|plan|ticket|term|end|meter|rate|return))",
        r"\1 1 \2",
    ),
)  # fmt: skip


@cache
def _compiled() -> list[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]]:
    return [(re.compile(pattern, re.IGNORECASE), said) for pattern, said in _PHRASES]


def normal(text: str) -> str:
    """A text in one spelling; capitals stay, since they tell names."""
    for pattern, said in _compiled():
        text = pattern.sub(said, text)
    text = _SPELLED.sub(_figure, text)
    return re.sub(r"\s+", " ", text).strip()


def _figure(found: re.Match[str]) -> str:
    said = {name: part.lower() for name, part in found.groupdict().items() if part}
    if "plain" in said:
        # "one" alone claims nothing ("one of them").
        return found[0] if said["plain"] == "one" else str(_NUMBERS[said["plain"]])
    if "ten" in said:
        return str(_NUMBERS[said["ten"]] + _NUMBERS[said["one"]])
    count = 1 if said["hundreds"] == "a" else _NUMBERS[said["hundreds"]]
    rest = sum(_NUMBERS.get(part, 0) for part in said.get("rest", "").split("-"))
    return str(count * (100 if said["scale"] == "hundred" else 1000) + rest)
