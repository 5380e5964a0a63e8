"""Each clause of an answer beside the one sentence or row that says most of it, and the words that stand apart.

A word that stands nowhere is added; one that stands only in another sentence, row or column is mixed up.
"""

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from training.evaluation.claim_synonyms import COURTESY
from training.evaluation.claim_units import Row, Unit, near, read, tokens
from training.evaluation.claim_words import content
from training.evaluation.spelling import plain

_CLAUSES = re.compile(r"; |: |, (?:and|but|while|so|or) | (?:but|while) | \(|\) ")
_CONTRAST = re.compile(r"\b(?:while|whereas|but|is|are)\b|;")
_WORD = re.compile(r"\w+(?:['.:]\w+)*")
# The share of a clause that one place must say for its other words to be out of place.
ABOUT = 0.55
# The share of a clause's words, in order, from which it is the sentence of the passage with something changed.
QUOTED = 0.5
# And from which it is all but a quote.
NEARLY = 0.7
# The share of a sentence that a clause must say to be about the same.
WHOLE = 0.6
# Of what sets a place apart, the most that a clause may take which only borrows a word from it.
BORROWED, WORDS_BORROWED = 0.5, 2
# What is done with anything: such a word out of its sentence mixes nothing up.
_ANYWHERE = content(
    "book cancel close open order hold use tell reach end ship deliver start call send buy pay return sell arrive ask extra "
    "one two time part back other same next choose give include apply receive"
)


@dataclass(frozen=True, slots=True)
class Aligned:
    """A clause of an answer with the place of the passage that says most of it, and what share of it.

    `quoted` is the share of all its words that stand there in the same order: how near to a quote it is.
    """

    text: str
    tokens: frozenset[str]
    best: str
    share: float
    quoted: float
    unseen: frozenset[str]
    apart: frozenset[str]

    @property
    def row(self) -> bool:
        """Whether that place is a row of a table."""
        return " - " in self.best and ": " in self.best


class Places:
    """All that the passages say, piece by piece."""

    def __init__(self, passages: Sequence[str], asked: Sequence[str]) -> None:
        found = [read(passage) for passage in passages]
        self.units: list[Unit] = [unit for units, _ in found for unit in units]
        self.rows: list[Row] = [row for _, rows in found for row in rows]
        whole = {unit.sentence: tokens(unit.sentence) for unit in self.units} | {
            row.text: row.tokens for row in self.rows
        }
        self.places = list(whole.items())
        self.labels = {row.text: row.label for row in self.rows}
        self.all = frozenset[str]().union(*whole.values())
        self.asked = tokens(plain(" ".join(asked)))

    def denials(self, clause: frozenset[str]) -> Iterator[str]:
        """The sentences that deny something and are about nothing but this clause."""
        for text, there in self.places:
            words = there - COURTESY
            if text not in self.labels and len(words & clause) >= max(3, WHOLE * len(words)):
                yield text

    def align(self, sentence: str) -> Iterator[Aligned]:
        """The clauses of a sentence that is in the one spelling."""
        for clause in _CLAUSES.split(sentence):
            said = tokens(clause) - COURTESY
            if not said or not self.places:
                continue
            words = {token for token in said if ":" not in token}
            unseen = {word for word in words if not near(word, self.all) and not near(word, self.asked)}
            known = {token for token in said - unseen if near(token, self.all)}
            if not known:
                yield Aligned(clause, said, "", 0.0, 0.0, frozenset(unseen), frozenset())
                continue
            counted = [(sum(near(token, there) for token in known), text, there) for text, there in self.places]
            count, best, there = max(counted, key=lambda one: one[0])
            apart = {token for token in known if not near(token, there) and not near(token, self.asked)}
            apart = {token for token in apart - _ANYWHERE if self._borrowed(token, known, there)}
            share = count / len(known)
            if share < ABOUT:
                apart = set()
            quoted = max(in_order(clause, best), in_order(sentence, best))
            apart |= self._other_part(best, known)
            if best in self.labels and not self._named(best, known):
                apart = set()
            elif best in self.labels:
                apart = {
                    token
                    for token in apart
                    if ":" in token or any(token in label for label in self.labels.values())
                }
            elif quoted < NEARLY:
                apart = set()
            apart |= self._other_column(best, known)
            yield Aligned(clause, said, best, share, quoted, frozenset(unseen), frozenset(apart))

    def _named(self, best: str, known: Set[str]) -> bool:
        """Whether a clause says which row it means: a word of its label that not every row has."""
        shared = frozenset.intersection(*self.labels.values())
        return any(near(token, self.labels[best] - shared) for token in known)

    def _borrowed(self, token: str, known: Set[str], there: Set[str]) -> bool:
        """Whether each other place that says a token says much else that the clause doesn't."""
        for _, other in self.places:
            if near(token, other):
                own = {one for one in other if one not in there}
                taken = sum(near(one, frozenset(known)) for one in own - COURTESY)
                if own and (taken > BORROWED * len(own) or taken > WORDS_BORROWED):
                    return False
        return True

    def _other_part(self, best: str, known: Set[str]) -> set[str]:
        """Words of a part of the sentence that is contrasted with the part which says most."""
        parts = [unit for unit in self.units if unit.sentence == best]
        if len(parts) < 2:
            return set()
        most = max(parts, key=lambda unit: sum(near(token, unit.tokens) for token in known))
        missing = {token for token in known if not near(token, most.tokens)}
        out = set()
        for part in parts:
            own = part.tokens - most.tokens - COURTESY
            taken = {token for token in missing if token in own and _replaces(token, known, most.tokens)}
            figures = {token for token in own if ":" in token}
            contrasted = not figures & known if figures else _CONTRAST.search(best) is not None
            if part is not most and taken and len(taken) <= BORROWED * len(own):
                out |= {token for token in taken if ":" in token or contrasted}
        return out

    def _other_column(self, best: str, known: Set[str]) -> set[str]:
        """What stands in another column than the one that the clause names."""
        out: set[str] = set()
        for row in self.rows:
            if row.text != best:
                continue
            heads = [cell.head for cell in row.cells]
            for cell in row.cells:
                rivals = [one for one in row.cells if one is not cell and _alike(one.head, cell.head)]
                others = frozenset[str]().union(*(head for head in heads if head != cell.head))
                if not rivals or not (cell.head - others) & known:
                    continue
                named = [one for one in rivals if (one.head - cell.head) & known]
                if named:
                    continue
                for rival in rivals:
                    out |= (rival.tokens - cell.tokens - row.label - cell.head) & known
        return out


def _replaces(token: str, known: Set[str], there: Set[str]) -> bool:
    """Whether a place has another value of the same kind that the clause leaves out; a word always may."""
    kind = token.partition(":")[0]
    return ":" not in token or any(one.startswith(f"{kind}:") and one not in known for one in there)


def in_order(clause: str, there: str) -> float:
    """The share of the words of a clause that stand in a sentence in the same order."""
    ours, theirs = (_WORD.findall(text) for text in (clause, there))
    longest = [0] * (len(theirs) + 1)
    for word in ours:
        diagonal = 0
        for place, other in enumerate(theirs, start=1):
            diagonal, longest[place] = (
                longest[place],
                diagonal + 1 if word == other else max(longest[place], longest[place - 1]),
            )
    return longest[-1] / max(1, len(ours))


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    kinds = [{token.split(":")[0] for token in head if ":" in token} for head in (one, other)]
    return bool(one & other) or bool(kinds[0] & kinds[1] & {"weekday", "month"})
