"""Sentences, and the words that carry meaning.

sentencex splits (why, and how others did: docs/log.md). What it takes for an end where a sentence goes on, as help
centres write, is mended here, and so are the few ends that it misses.
"""

import re
from itertools import accumulate

from sentencex import segment

_WORD = re.compile(r"[^\W_]+", re.UNICODE)
# "Wait… Then", "(Call us.) We", and "your ID. We", whose capitals sentencex takes for initials.
_MISSED = re.compile(r"(?:(?<=…)|(?<=[.!?]\))|(?<=[A-Z]{2}\.))\s+(?=[\"“(]?[A-Z])")
# Words that no sentence ends with, or that a sentence hardly ever ends with.
_SHORT = re.compile(
    r"(?<![^\s(])(?:approx|aprox|e\.g|i\.e|incl|excl|max|min|nos?|tel|ext|vol|figs?|sec|dept|plc|tsp|deg|vs|"
    r"ca|bzw|usw|z\. ?B|env|Mm?e?|Sra?|sig|np|mon|tues?|wed|thurs?|fri|sat|sun)\.$",
    re.IGNORECASE,
)
# Those of them that are whole words too: abbreviations before a figure only.
_SHORT_BEFORE_FIGURES = re.compile(r"\b(?:nos?|max|sat|sun)\.$", re.IGNORECASE)
_HOUR = re.compile(r"\d ?[ap]\. ?m\.$", re.IGNORECASE)
_BEHIND_HOURS = re.compile(
    r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?\b|(?:Eastern|Central|Mountain|Pacific)\b|[A-Z]{2,4}\b(?! [a-z])"
)
_GERMAN_DAY = re.compile(r"\b\d{1,2}\.$")
_GERMAN_MONTH = re.compile(
    r"(?:Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember)\b"
)
_STEP = re.compile(r"\d{1,2}[.)]$")
_STOPWORDS = frozenset(
    _WORD.findall(
        "a an and are as at be but by can could do does for from had has have how i if in is it its me my of on "
        "or our so that the their them there they this to us was we what when where which who will with you your"
    )
)


def split_sentences(text: str) -> tuple[str, ...]:
    """Sentences of running text; bullets and paragraphs end one too, and the number of a step begins one."""
    lines = (line.strip().removeprefix("- ") for line in text.splitlines())
    return tuple(sentence for line in lines if line for sentence in _split(line))


def _split(line: str) -> list[str]:
    ends = {*accumulate(map(len, segment("en", line))), *(found.end() for found in _MISSED.finditer(line))}
    sentences: list[str] = []
    start = 0
    for end in sorted(ends):
        sentence, behind = line[start:end].strip(), line[end:].lstrip()
        if sentence and not (behind and _goes_on(sentence, behind, first=start == 0)):
            sentences.append(sentence)
            start = end
    return sentences


def _goes_on(sentence: str, behind: str, *, first: bool) -> bool:
    """Whether the full stop before `behind` ends no sentence."""
    if first and _STEP.match(sentence):
        return True
    # "and", and not "iPhone".
    if behind[0].islower() and not behind[1:2].isupper():
        return True
    if not sentence.endswith("."):
        return False
    if _SHORT.search(sentence):
        return behind[0].isdigit() or not _SHORT_BEFORE_FIGURES.search(sentence)
    return bool(
        (_HOUR.search(sentence) and _BEHIND_HOURS.match(behind))
        or (_GERMAN_DAY.search(sentence) and _GERMAN_MONTH.match(behind))
    )


def content_words(text: str) -> list[str]:
    """Lower-case words that carry meaning."""
    return [word for word in (w.lower() for w in _WORD.findall(text)) if word not in _STOPWORDS]
