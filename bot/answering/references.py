"""Sentences that begin with a word for what was said before them: "Without either, …", "These cost $5."."""

import re
from collections.abc import Sequence

_LEADS = r"(?:(?:with|without|in|for|of|on|at|from|between|after|before|under) )?"
_SEVERAL = r"(?:either|neither|both|these|those|the (?:former|latter))"
# Without a noun of its own: "both are", but not "both branches".
_NAMELESS = re.compile(
    rf"{_LEADS}{_SEVERAL}(?: of (?:them|these|those|which))?(?=,|\W*$| (?:is|are|was|were|can|may|must|will|"
    r"have|has|do|does|needs?|costs?|pays?|gets?|appl(?:y|ies)|takes?)\b)|(?:with|without) (?:it|them|this|that),",
    re.IGNORECASE,
)
# Of an article's sentence, whose neighbours are at hand: "both branches" too, but not "both tea and coffee".
_POINTS_BACK = re.compile(
    rf"{_LEADS}(?:{_SEVERAL}(?! [\w' -]+ (?:or|nor|and)\b)|this|that|they|them|such|"
    r"it(?! (?:is|was|takes) [^.]{0,30}\b(?:to|that|if)\b))\b",
    re.IGNORECASE,
)
_NAMES_SEVERAL = re.compile(r"\b(?:or|and|both|either|neither|two)\b|[/&+]", re.IGNORECASE)


def dangles(sentence: str, question: str) -> bool:
    """Whether the first sentence of a reply begins with "either" or "both" of what the question doesn't name."""
    return _NAMELESS.match(sentence) is not None and _NAMES_SEVERAL.search(question) is None


def with_antecedents(sentence: str, sentences: Sequence[str], text: str, *, most: int = 2) -> list[str]:
    """A sentence of a passage behind those that it points back to: at most so many, of the same paragraph.

    `sentences` are the passage's, `text` is the passage itself.
    """
    whole = [sentence]
    place = sentences.index(sentence)
    while len(whole) <= most and place and _POINTS_BACK.match(whole[0]):
        place -= 1
        if f"{sentences[place]} {whole[0]}" not in text:
            break
        whole.insert(0, sentences[place])
    return whole
