"""Whether what an answer claims stands in the passages that it cites, without the code that checks answers.

Values (figures, weekdays, months, times, addresses, names) must stand in a passage, a figure beside the words
that it belongs to. Then each clause is held against the sentence or row that says most of it: no "will" for
"may", no "all" for "some", no condition that is dropped, added or turned round, no denial that isn't there. A
word that is added or mixed up is seen where a clause is near to a quote; in free words, a false claim without a
wrong value rarely is.
"""

import re
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from typing import Literal

from training.evaluation.claim_alignment import ABOUT, NEARLY, QUOTED, Places, in_order
from training.evaluation.claim_force import EVERY, dropped, overstated, turned, unbounded
from training.evaluation.claim_values import Value, names
from training.evaluation.claim_words import AGAINST, content, denials, every, links, opposed
from training.evaluation.evidence import Evidence, Stated, stated
from training.evaluation.sentences import sentences
from training.evaluation.spelling import plain

Kind = Literal[
    "figure",
    "time",
    "date",
    "weekday",
    "month",
    "address",
    "free",
    "name",
    "negation",
    "condition",
    "certainty",
    "who",
    "added",
    "mixed",
]
# A sentence that is as near as this to the best one may be meant as well.
AS_NEAR = 0.06
# The share from which two sentences are the same but for what was changed.
ALIKE = 0.8
# And from which a sentence may be about the same, for the ties between its words.
LOOSE = 0.4
# The share of a clause that a place must say for its conditions to be those of the clause.
NEAR = 0.75
# And the share of its words that stand nowhere, from which a clause is new.
NEW = 0.6
# A figure belongs to something else where the words around it are so much nearer to another one.
NEARER, BY = 1.7, 1.6
_SET_ASIDE = re.compile(r"\b(?:not|instead of|rather than|n't)\b[^,.;]{0,25}$")


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim that no passage supports, with the sentence that makes it."""

    kind: Kind
    text: str
    sentence: str


def unsupported(
    answer: str, evidence: Sequence[str], asked: Sequence[str] = (), known: Iterable[str] = ()
) -> list[Claim]:
    """The claims of an answer that don't stand in the evidence.

    `asked` is what the customer said, whose own case may be said back; `known` are the shop's name and contacts.
    """
    known = list(known)
    passages, customer = Evidence(evidence, known), Evidence(asked)
    places = Places(evidence, [*asked, *known])
    context = content(plain(answer)) | content(plain(" ".join(asked)))
    claims: list[Claim] = []
    for sentence in sentences(answer):
        claims += _wrong(sentence, passages, customer)
        if plain(sentence).rstrip(".!") not in passages.whole:
            claims += _unlike(sentence, places, context)
    return list(dict.fromkeys(claims))


def _wrong(sentence: str, passages: Evidence, customer: Evidence) -> Iterator[Claim]:
    said = stated(sentence)
    if said.text.rstrip(".!") in passages.whole:
        # A quote.
        return
    for value in said.values:
        shown = said.text[value.start : value.end]
        if value.kind == "month" and any(v.kind == "date" and v.start <= value.start < v.end for v in said.values):
            continue
        if passages.states(value):
            if value.kind == "figure" and _belongs_elsewhere(said, value, passages):
                yield Claim("condition", shown, sentence)
            continue
        # "Not 365 days": the customer's figure is said back to be corrected.
        own = customer.states(value) and not _belongs_elsewhere(said, value, passages, share=0.5)
        if not own and not _SET_ASIDE.search(said.text[: value.start]):
            yield Claim(value.kind, shown, sentence)
    for name in names(sentence):
        if not passages.names(name) and not customer.names(name):
            yield Claim("name", name, sentence)
    yield from _turned_round(sentence, said, passages)


def _unlike(sentence: str, places: Places, context: frozenset[str]) -> Iterator[Claim]:
    """What sets a clause apart from the place of a passage that says most of it; `context`: all that was said."""
    before = ""
    for clause in places.align(plain(sentence)):
        quoted = clause.quoted >= QUOTED
        words = [token for token in clause.tokens if ":" not in token]
        if quoted or len(clause.unseen) >= max(3, NEW * len(words)):
            yield from (Claim("added", word, sentence) for word in sorted(clause.unseen))
        yield from (Claim("mixed", word, sentence) for word in sorted(clause.apart))
        for there in places.denials(clause.tokens):
            if there != clause.best:
                yield from (Claim("negation", word, sentence) for word in turned(clause.text, there))
        best = clause.best if clause.share >= ABOUT else before
        before = best
        if not best:
            continue
        if quoted:
            if word := opposed(every(clause.text), every(best)):
                yield Claim("condition", word, sentence)
            if best not in places.labels:
                yield from (Claim("negation", word, sentence) for word in turned(clause.text, best))
        yield from (Claim("condition", word, sentence) for word in unbounded(clause.text, best))
        for kind, word in overstated(clause.text, best):
            if (
                clause.quoted >= NEARLY
                or (quoted and kind == "condition")
                or kind == "certainty"
                or EVERY.match(word)
            ):
                yield Claim(kind, word, sentence)
        if clause.share >= NEAR:
            for word in dropped(context, best):
                if clause.quoted >= NEARLY or word.startswith("only"):
                    yield Claim("condition", word, sentence)


def _belongs_elsewhere(said: Stated, value: Value, passages: Evidence, share: float = 0.0) -> bool:
    """Whether another figure of the same unit stands in the passages where the words of this clause do.

    `share` is how much of the clause, by weight, must stand there.
    """
    near, far = _context(said, value)
    same = other = 0.0
    for part in passages.sentences:
        for one in part.values:
            if one.kind != "figure" or one.unit != value.unit:
                continue
            theirs, around = _context(part, one)
            score = passages.weight(near & theirs) + 0.4 * passages.weight((near & around) | (far & theirs))
            if one.key == value.key:
                same = max(same, score)
            elif not any(v.kind == "figure" and v.key == one.key for v in said.values):
                other = max(other, score)
    return other > same * NEARER + BY and other >= share * passages.weight(near)


def _context(said: Stated, value: Value) -> tuple[Set[str], Set[str]]:
    """The words of a value's own clause, and those of its sentence."""
    near = content(said.clause(said.clause_at(value.start)))
    return near, content(said.text) - near


def _turned_round(sentence: str, said: Stated, passages: Evidence) -> Iterator[Claim]:
    """Clauses that deny what a passage says, or the other way round, and conditions that are the opposite."""
    alike = _same_sentences(content(said.text), passages, ALIKE) if len(content(said.text)) > 1 else []
    quotes = [
        part for part in alike if min(in_order(said.text, part.text), in_order(part.text, said.text)) >= ALIKE
    ]
    if quotes and all(denials(said.text) != denials(part.text) for part in quotes):
        yield Claim("negation", said.text, sentence)
    about = alike or _same_sentences(content(said.text), passages, LOOSE)
    for kind, word in sorted(links(said.text)):
        tied_there = {other for part in about for other, tied in links(part.text) if tied == word}
        near_quote = any(in_order(said.text, part.text) >= QUOTED for part in about)
        if near_quote and AGAINST[kind] in tied_there and kind not in tied_there:
            yield Claim("condition", f"{kind} {word}", sentence)


def _same_sentences(words: Set[str], passages: Evidence, least: float) -> list[Stated]:
    """The sentences of the passages that say what these words do, where any does."""
    near = [pair for pair in passages.nearest(words) if pair[0] >= least]
    return [part for share, part in near if share >= near[0][0] - AS_NEAR]
