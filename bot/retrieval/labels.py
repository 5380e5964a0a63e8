"""Sentences as an article's author wrote them, found again in what is read of the article.

Labelled questions name their answering sentences by the article's source: a sentence, an item of a list, or a
whole row of a table ("| Gold | $9 |"), with its bold words and links.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.retrieval.articles import Article, Passage
from bot.retrieval.markdown import Block, blocks, plain

_MARK = re.compile(r"^\s*(?:[-*+]|\d{1,9}[.)])\s+")
_DELIMITERS = re.compile(r"\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A sentence of a passage that a label names."""

    passage: Passage
    sentence: str


def sentences_for(label: str, article: Article, passages: Sequence[Passage]) -> list[Labelled]:
    """The sentences of these passages that hold what a line of the article's source says; [] where none does.

    `passages` may be those of a whole help centre; a label of several sentences finds them all, in order.
    """
    own = [passage for passage in passages if passage.article == article.slug]
    for wanted in map(_normal, _rows(label, article) or [plain(_MARK.sub("", label))]):
        for search in (_in_text, _in_what_is_said, _by_lead_in, _in_pieces) if wanted else ():
            if found := [hit for passage in own for hit in search(wanted, passage)]:
                return found
    return []


def _rows(label: str, article: Article) -> list[str]:
    """The sentences that the tables of an article make of a row's line."""
    if "|" not in label:
        return []
    lines = article.body.split("\n")
    found: list[str] = []
    for number, line in enumerate(lines):
        if _normal(line) != _normal(label):
            continue
        above = number
        while above > 1 and lines[above].strip() and not _DELIMITERS.match(lines[above]):
            above -= 1
        table = blocks("\n".join([*lines[above - 1 : above + 1], line]))
        found += [row.removeprefix("- ") for block in table if isinstance(block, Block) for row in block.lines]
    return found


def _in_text(wanted: str, passage: Passage) -> list[Labelled]:
    return _overlapping(wanted, passage, [quotable.text for quotable in passage.quotables])


def _in_what_is_said(wanted: str, passage: Passage) -> list[Labelled]:
    return _overlapping(wanted, passage, passage.sentences)


def _by_lead_in(wanted: str, passage: Passage) -> list[Labelled]:
    return [
        Labelled(passage, quotable.said)
        for quotable in passage.quotables
        if any(wanted in _normal(lead) for lead in quotable.leads)
    ]


def _in_pieces(wanted: str, passage: Passage) -> list[Labelled]:
    """A sentence that is longer than a passage lies in several, in pieces, none of which is a word or two."""
    return [
        Labelled(passage, quotable.said)
        for quotable in passage.quotables
        if len(quotable.text.split()) > 3 and _normal(quotable.text) in wanted
    ]


def _overlapping(wanted: str, passage: Passage, texts: Sequence[str]) -> list[Labelled]:
    """The sentences that the wanted words run through; they begin and end where words do."""
    text, spans = "", []
    for said, sentence in zip(texts, passage.sentences, strict=True):
        begin = len(text)
        text += " ".join(said.split()).casefold() + " "
        spans.append((begin, len(text) - 1, sentence))
    found: dict[str, None] = {}
    for match in re.finditer(rf"(?<!\w){re.escape(wanted)}(?!\w)", text):
        found |= {said: None for begin, end, said in spans if begin < match.end() and match.start() < end}
    return [Labelled(passage, sentence) for sentence in found]


def _normal(text: str) -> str:
    return " ".join(text.split()).casefold().rstrip(".,; ")
