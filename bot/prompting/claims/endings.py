"""Check of endings: a sentence that breaks off in the middle of what its passage says, says something else.

"Up to 8." of "up to 8 labels a semester", "valid at all." of "valid at all of them".
"""

import re
from collections.abc import Iterator

from bot.prompting.claims.alignment import Alignment
from bot.prompting.claims.found import Unsupported

_NUMBER = re.compile(r"(?<![$\u20ac\u00a3:.,\d/-])\b(?P<last>\d{1,4})[ .!]*$")
_LAST = re.compile(r"(?P<last>\b[a-z'-]+ [a-z'-]+)[ .!]*$", re.IGNORECASE)
# A unit is no end, and behind a number these are no unit.
_NO_UNIT = (
    r"(?!(?:and|or|but|to|if|when|at|in|on|by|for|from|with|within|before|after|until|unless|is|are|was|per|a|an|"
    r"the|of|you)\b)"
)


def endings_of(claim: Alignment) -> Iterator[Unsupported]:
    """A number at the end whose unit the passage has, and words that the passage goes on from with "of them"."""
    text = claim.claim.text
    for source in claim.rests_on:
        if number := _NUMBER.search(text):
            figure = rf"(?<![\d.,:/$-]){number['last']}"
            goes_on = re.search(rf"{figure} {_NO_UNIT}[a-z][a-z-]+", source.text, re.IGNORECASE)
            alone = re.search(rf"{figure}(?: *$|[.,;:)])", source.text)
            if goes_on and not alone and not _is_told(goes_on[0], text):
                yield Unsupported("cut off", goes_on[0])
        elif (last := _LAST.search(text)) and (
            goes_on := re.search(
                rf"\b{re.escape(last['last'])} of (?:them|these|those|it|which)\b", source.text, re.IGNORECASE
            )
        ):
            yield Unsupported("cut off", goes_on[0])


def _is_told(figure: str, text: str) -> bool:
    """Whether the claim names the unit elsewhere: "of the labels you get up to 8"."""
    _, unit = figure.split(" ", 1)
    return re.search(rf"\b{re.escape(unit.rstrip('s'))}s?\b", text, re.IGNORECASE) is not None
