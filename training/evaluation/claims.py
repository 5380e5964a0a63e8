"""Whether what an answer claims stands in the passages that it cites, without the code that checks answers.

Values (figures, weekdays, months, times, addresses, names) must stand in a passage. A denial and a condition
must be those of the sentence that says the same, and a figure the one that stands there beside the same words.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from training.evaluation.claim_values import Value, names
from training.evaluation.claim_words import AGAINST, content, denials, every, links, opposed
from training.evaluation.evidence import Evidence, Stated, stated
from training.evaluation.sentences import sentences

Kind = Literal["figure", "time", "date", "weekday", "month", "address", "free", "name", "negation", "condition"]
# The share of a clause's words, by weight, from which a sentence of a passage says the same; a sentence that is as
# near as this to the best one may be meant as well.
SAME, AS_NEAR = 0.6, 0.06
# The share from which two sentences are the same but for what was changed.
ALIKE = 0.8
# And from which a sentence may be about the same, for the ties between its words.
LOOSE = 0.4
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
    passages, customer = Evidence(evidence, known), Evidence(asked)
    claims = [claim for sentence in sentences(answer) for claim in _wrong(sentence, passages, customer)]
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


def _context(said: Stated, value: Value) -> tuple[set[str], set[str]]:
    """The words of a value's own clause, and those of its sentence."""
    near = content(said.clause(said.clause_at(value.start)))
    return near, content(said.text) - near


def _turned_round(sentence: str, said: Stated, passages: Evidence) -> Iterator[Claim]:
    """Clauses that deny what a passage says, or the other way round, and conditions that are the opposite."""
    alike = _same_sentences(content(said.text), passages, ALIKE) if len(content(said.text)) > 1 else []
    if alike and all(denials(said.text) != denials(part.text) for part in alike):
        yield Claim("negation", said.text, sentence)
    about = alike or _same_sentences(content(said.text), passages, LOOSE)
    for kind, word in sorted(links(said.text)):
        tied_there = {other for part in about for other, tied in links(part.text) if tied == word}
        if AGAINST[kind] in tied_there and kind not in tied_there:
            yield Claim("condition", f"{kind} {word}", sentence)
    for index in range(len(said.places)):
        clause = said.clause(index)
        words = content(clause)
        if len(words) < 2:
            continue
        near = _same_sentences(words, passages, SAME)
        if not near:
            continue
        theirs = [_clauses_about(words, part, passages) for part in near]
        # A denial that stands in another clause than there is the same all the same.
        elsewhere = any(denials(said.text) == denials(part.text) for part in near)
        if not elsewhere and all(denials(clause) % 2 != denials(text) % 2 for text in theirs):
            yield Claim("negation", clause, sentence)
        turned = [opposed(every(clause), every(text)) for text in theirs]
        if all(turned):
            yield Claim("condition", str(turned[0]), sentence)


def _same_sentences(words: set[str], passages: Evidence, least: float) -> list[Stated]:
    """The sentences of the passages that say what these words do, where any does."""
    near = [pair for pair in passages.nearest(words) if pair[0] >= least]
    return [part for share, part in near if share >= near[0][0] - AS_NEAR]


def _clauses_about(words: set[str], part: Stated, passages: Evidence) -> str:
    """Of a sentence, the clauses that share most of these words."""
    shared = {index: passages.weight(words & content(part.clause(index))) for index in range(len(part.places))}
    enough = max(shared.values()) / 2
    return " , ".join(part.clause(index) for index, weight in shared.items() if weight >= enough)
