"""Constraint-based prompting: what a sentence may say, decided in code and never by the model."""

import re
from collections.abc import Iterable

# Amounts, numbers, percentages, codes, times; addresses of the web, of mail, and phone numbers.
_FIGURE = re.compile(
    r"https?://\S+|[\w.+-]+@[\w-]+\.[\w.]+|[\w-]+\.(?:example|com|org|net)(?:/\S*)?|\d+(?:[.,:]\d+)*|\b[A-Z]{2,}\d+\w*"
)
_NUMBER_WORDS = {
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8",
    "nine": "9", "ten": "10", "eleven": "11", "twelve": "12", "fifteen": "15", "twenty": "20", "thirty": "30",
    "forty": "40", "forty-five": "45", "sixty": "60", "ninety": "90",
}  # fmt: skip
_WORD = re.compile(r"[a-z]+(?:-[a-z]+)?")


def figures(text: str) -> set[str]:
    """Numbers, amounts, codes, links and addresses of a text, in one spelling; "a" and "one" claim nothing."""
    found = {match.group().rstrip(".,;:").replace(",", "").lower() for match in _FIGURE.finditer(text)}
    words = {_NUMBER_WORDS[word] for word in _WORD.findall(text.lower()) if word in _NUMBER_WORDS}
    return found | (words - {"1"})


def unsupported_figures(sentence: str, evidence: Iterable[str]) -> set[str]:
    """The figures of a sentence that stand in none of the texts."""
    known: set[str] = set()
    for text in evidence:
        known |= figures(text)
    return figures(sentence) - known
