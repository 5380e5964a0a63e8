"""Constraint-based prompting: what a sentence may say, decided in code and never by the model."""

import re
from collections.abc import Iterable

_NUMBER_WORDS = {
    "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
    "ten": "10", "eleven": "11", "twelve": "12", "fifteen": "15", "twenty": "20", "thirty": "30", "forty": "40",
    "sixty": "60", "ninety": "90",
}  # fmt: skip
_SPELLED = re.compile(rf"\b({'|'.join(_NUMBER_WORDS)})\b", re.IGNORECASE)
_ADDRESS = re.compile(r"https?://\S+|[\w.+-]+@[\w-]+\.[\w.]+|[\w-]+\.(?:example|com|org|net)\b(?:/[\w/-]*)?")
_CODE = re.compile(r"\b[A-Z]{2,}\d+\w*")
_NUMBER = re.compile(
    r"(\d+(?:[.,:]\d+)*)(?:[\s-]*(business day|day|hour|minute|month|year|week|night|percent|%|pound|foot))?",
    re.IGNORECASE,
)

_SECRET = re.compile(
    r"\b(passwords?|passcodes?|pin|cvv|cvc|(?:security|card|login|backup) (?:code|number)s?)\b", re.I
)


def figures(text: str) -> set[str]:
    """Numbers with their unit, codes, links and addresses of a text, in one spelling; "one" claims nothing."""
    text = _SPELLED.sub(lambda match: _NUMBER_WORDS[match.group().lower()], text)
    found: set[str] = set()
    for pattern in (_ADDRESS, _CODE):
        found |= {match.group().rstrip(".,;:").lower() for match in pattern.finditer(text)}
        text = pattern.sub(" ", text)
    for match in _NUMBER.finditer(text):
        number, unit = match.group(1).replace(",", ""), (match.group(2) or "").lower()
        found.add(f"{number} {'percent' if unit == '%' else unit}".strip())
    return found


def unsupported_figures(sentence: str, evidence: Iterable[str]) -> set[str]:
    """The figures of a sentence that stand in none of the texts; "30 days" does not support "30 business days"."""
    known: set[str] = set()
    for text in evidence:
        stated = figures(text)
        known |= stated | {figure.split(" ")[0] for figure in stated}
    return figures(sentence) - known


def foreign_words(sentence: str, words: Iterable[str], evidence: Iterable[str]) -> set[str]:
    """Those of another shop's words that a sentence says and none of the texts does."""
    own = list(evidence)
    said = {word for word in words if _says(sentence, word)}
    return {word for word in said if not any(_says(text, word) for text in own)}


def _says(text: str, word: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE) is not None


def asks_for_a_secret(sentence: str) -> bool:
    """Whether a sentence mentions what support must never ask for: passwords, PINs, codes, card numbers."""
    return _SECRET.search(sentence) is not None
