"""Check of comparisons: "3 cm wider than the old one" is not "3 cm wide", "another $10" is not "$10"."""

import re
from collections.abc import Iterator, Sequence

from bot.prompting.claims.found import Unsupported

_MORE = (
    "wider|longer|larger|bigger|smaller|shorter|taller|higher|lower|later|earlier|older|younger|heavier|lighter|"
    "thicker|thinner|deeper|narrower|cheaper|dearer|faster|slower|warmer|colder|more|less|fewer"
)
_BEFORE = "another|extra|additional|further"
_NUMBER = r"(?P<number>\d[\d.,]*\d|\d)"
_COMPARED = re.compile(
    rf"{_NUMBER}(?:[ -][a-z°%]+)? (?:{_MORE})\b|\b(?:{_BEFORE}) [$£€]?{_NUMBER.replace('number', 'other')}"
)
_ANY = re.compile(_NUMBER)
_SAID = re.compile(rf"\b(?:{_MORE}|{_BEFORE}|than|on top|besides|plus|added?|adds|as well|beyond)\b")


def comparisons_of(sentence: str, passage: Sequence[str]) -> Iterator[Unsupported]:
    """Figures that the passage has only as a difference to something, in a sentence that compares nothing."""
    said = sentence.lower()
    if _SAID.search(said):
        return
    compared: set[str] = set()
    plain: set[str] = set()
    for one in passage:
        text = one.lower()
        own = {match["number"] or match["other"] for match in _COMPARED.finditer(text)}
        compared |= own
        plain |= {match["number"] for match in _ANY.finditer(_COMPARED.sub(" ", text))}
    for match in _ANY.finditer(said):
        if match["number"] in compared - plain:
            yield Unsupported("comparison", match["number"])
