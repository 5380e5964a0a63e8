"""Whether what an answer claims stands in the passages that it cites, without the code that checks answers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from training.evaluation.sentences import sentences
from training.evaluation.spelling import plain

Kind = Literal["figure"]


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
    del asked
    text = plain("\n".join([*evidence, *known]))
    return [
        Claim("figure", word, sentence)
        for sentence in sentences(answer)
        for word in plain(sentence).split()
        if word.isdigit() and word not in text
    ]
