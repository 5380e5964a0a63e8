"""How many answers of two backends are the same: as they were said, and after what claims nothing is taken out."""

from collections.abc import Sequence
from dataclasses import dataclass

from training.evaluation.claim_words import content
from training.evaluation.figures import Judged
from training.evaluation.replies import Reply
from training.evaluation.sentences import sentences
from training.evaluation.spelling import plain

# So many meaningful words in common with a cited passage make a sentence a statement about it.
SHARED_WORDS = 2


@dataclass(frozen=True, slots=True)
class Sameness:
    """Of `answers`, the cases that both backends answered: the share of equal texts, and of equal claims."""

    answers: int
    as_said: float | None
    claims_only: float | None


def claiming(reply: Reply) -> tuple[str, ...]:
    """The sentences of an answer that say something: greetings, courtesies and questions back are left out.

    A sentence says something where it states a figure, or shares meaningful words with a passage that is cited.
    """
    known: set[str] = set()
    for source in reply.sources:
        known |= content(plain(f"{source.title} {source.heading} {source.text}"))
    kept = []
    for sentence in sentences(reply.text):
        said = plain(sentence)
        states = any(character.isdigit() for character in said) or len(content(said) & known) >= SHARED_WORDS
        if states and not said.endswith("?"):
            kept.append(said)
    return tuple(kept)


def sameness(ours: Sequence[Judged], theirs: Sequence[Judged]) -> Sameness:
    """Over the cases that both answered."""
    pairs = [
        (one.answered.reply, other.answered.reply)
        for one, other in zip(ours, theirs, strict=True)
        if one.answered.reply.decision == other.answered.reply.decision == "answer"
    ]
    if not pairs:
        return Sameness(0, None, None)
    said = sum(plain(one.text) == plain(other.text) for one, other in pairs)
    claimed = sum(claiming(one) == claiming(other) for one, other in pairs)
    return Sameness(len(pairs), round(said / len(pairs), 4), round(claimed / len(pairs), 4))
