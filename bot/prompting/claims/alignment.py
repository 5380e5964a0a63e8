"""Which sentences of a passage a claim rests on, part by part."""

import math
from collections.abc import Iterable, Sequence

from bot.prompting.claims.reading import Clause, Reading, Segment, Words, words_of
from bot.prompting.claims.terms import Term
from bot.prompting.claims.values import Value, same


class Alignment:
    """A claim beside the sentences of a passage.

    `parts` pairs each part of the claim that has a figure of its own, `clauses` each clause, with the sentence
    that it rests on: the one that holds its figures and most of its words, rare words first.
    """

    def __init__(
        self, claim: Reading, sources: Sequence[Reading], topic: Reading, asked: Sequence[Reading]
    ) -> None:
        self.claim, self.sources, self.topic, self.asked = claim, sources, topic, asked
        self.known = joined(sources)
        self.asked_words = joined(asked)
        self._counts: dict[str, int] = {}
        for source in sources:
            for stem in source.words.stems:
                self._counts[stem] = self._counts.get(stem, 0) + 1
        self.parts = [(part, self._of_part(part)) for part in claim.segments if part.terms or part.values]
        self.clauses = [(clause, self._of_clause(clause)) for clause in claim.clauses]
        rests_on = [source for _, source in self.parts] + [source for _, source in self.clauses]
        self.rests_on = list(dict.fromkeys(rests_on)) or list(sources[:1])
        self.text = " ".join(source.text for source in self.rests_on)

    def said(self, value: Value) -> str:
        """A figure as the claim writes it."""
        return self.claim.text[value.start : value.end]

    def _near(self, own: Iterable[str], source: Reading) -> float:
        """How much of the words a sentence holds, and a little for the rest of the claim."""
        own = set(own)
        rest = {term.stem for term in self.claim.terms} - own
        return self._weight(own, source.words) + 0.3 * self._weight(rest, source.words) - 0.01 * len(source.terms)

    def _weight(self, stems: Iterable[str], words: Words) -> float:
        return sum(1.0 / (1 + math.log1p(self._counts.get(stem, 0))) for stem in stems if stem in words)

    def _of_part(self, part: Segment) -> Reading:
        own = [term.stem for term in part.terms]

        def score(source: Reading) -> float:
            return self._near(own, source) + 2.0 * held(part.values, source.values)

        return max(self.sources, key=score)

    def _of_clause(self, clause: Clause) -> Reading:
        own = clause.words.stems
        return max(self.sources, key=lambda source: (held(clause.values, source.values), self._near(own, source)))


def held(values: Iterable[Value], evidence: Sequence[Value]) -> int:
    """How many of the values stand in the evidence."""
    return sum(any(same(value, other) for other in evidence) for value in values)


def joined(readings: Iterable[Reading]) -> Words:
    """The words of several sentences."""
    return words_of(stem for reading in readings for stem in reading.words.stems)


def nearest(clause: Clause, statements: Sequence[Clause]) -> Clause:
    """The statement of a sentence that a clause is nearest to."""

    def score(told: Clause) -> tuple[int, int, int]:
        shared = sum(term.stem in told.words for term in clause.terms)
        return held(clause.values, told.values), shared, -len(told.terms)

    return max(statements, key=score)


def denied_together(terms: Iterable[Term]) -> list[list[Term]]:
    """The words within the reach of each denial."""
    groups: dict[int, list[Term]] = {}
    for term in terms:
        if term.denied:
            groups.setdefault(term.denied, []).append(term)
    return list(groups.values())
