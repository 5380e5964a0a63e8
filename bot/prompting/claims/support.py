"""Whether all that a sentence claims stands in a passage, and what does not.

Pure, and without a model: `supported` compares a sentence with the sentences of one passage. What it says must
stand there as it says it: figures beside the same words, days, times and names, what is denied, what limits it.
"""

import re
from collections.abc import Iterable, Sequence

from bot.prompting.claims.alignment import Alignment
from bot.prompting.claims.comparisons import comparisons_of
from bot.prompting.claims.conditions import conditions_of
from bot.prompting.claims.denials import denials_of, opposites_of
from bot.prompting.claims.endings import endings_of
from bot.prompting.claims.exceptions import exceptions_of
from bot.prompting.claims.figures import figures_of
from bot.prompting.claims.found import Limits, Unsupported
from bot.prompting.claims.quantifiers import quantifiers_of
from bot.prompting.claims.reading import read
from bot.prompting.claims.subjects import subjects_of
from bot.prompting.claims.verdicts import verdicts_of
from bot.prompting.claims.words import names_of, roles_of, ways_of, words_apart

_MARKS = re.compile(r"[*_`\"\u201c\u201d]")
_LIMITED = re.compile(r"\b(?:except|unless|only|but)\b")
_FRAMED = re.compile(r" - |^(?:if|when|unless)\b")
STOCK = Limits()


def supported(
    sentence: str,
    passage: Sequence[str],
    topic: str = "",
    user_texts: Iterable[str] = (),
    limits: Limits = STOCK,
) -> list[Unsupported]:
    """What of the sentence is not supported by the passage's sentences; nothing where all of it is.

    `topic` is the passage's title and headings. What the customer said (`user_texts`) holds no claim, but its
    words may be said back to them.
    """
    if is_span(sentence, passage):
        return []
    # A rule across the page or a lone sign says nothing.
    sources = [source for source in map(read, passage) if source.statements]
    if not sources:
        return [Unsupported("passage", sentence)]
    claim = Alignment(read(sentence), sources, read(topic), [read(text) for text in user_texts])
    return [
        *figures_of(claim),
        *ways_of(claim),
        *roles_of(claim),
        *names_of(claim),
        *words_apart(claim, limits),
        *denials_of(claim),
        *opposites_of(claim),
        *conditions_of(claim),
        *exceptions_of(claim),
        *quantifiers_of(claim),
        *verdicts_of(claim),
        *subjects_of(claim),
        *endings_of(claim),
        *comparisons_of(sentence, passage),
    ]


def is_span(sentence: str, passage: Iterable[str]) -> bool:
    """Whether a sentence is one of the passage's, or a clause of one that nothing before or after it limits."""
    said = _plain(sentence)
    for one in passage:
        whole = _plain(one)
        place = f" {whole} ".find(f" {said} ")
        if place < 0:
            continue
        before, after = whole[:place].rstrip(), whole[place + len(said) :].lstrip()
        begins = not before or (before.endswith((";", ":")) and not _FRAMED.search(before))
        following = after.removeprefix(";").split(";")[0]
        if begins and (not after or (after.startswith(";") and not _LIMITED.search(following))):
            return True
    return False


def _plain(text: str) -> str:
    text = _MARKS.sub("", text.lower().replace("\u2019", "'"))
    text = re.sub(r"[\u2013\u2014]", " - ", text)
    return " ".join(re.sub(r"([;:,])", r" \1", text).split()).rstrip(" .!")
