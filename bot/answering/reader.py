"""Reading: all sentences of the passages found, judged in one look of the base at the question and at them.

The base learnt it, as a LoRA that every backend shares. After each sentence, and after "None", it says whether
this is what answers; they compete with each other, so that their scores mean something beside each other only.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from bot.retrieval.articles import Passage

# What the base says next where a sentence answers, and where it does not; the first token of each counts.
YES, NO = " yes", " no"
NONE = "\nNone"
QUESTION_WORDS = 60


@dataclass(frozen=True, slots=True)
class Row:
    """Texts to read one after another, each encoded by itself; at the end of each of `marks` it is judged.

    The marks are the places of pieces: one for each sentence that is in it, in their order, and the last for none.
    """

    pieces: tuple[str, ...]
    marks: tuple[int, ...]


def row(
    question: str,
    found: Iterable[tuple[Passage, Sequence[str]]],
    *,
    tokens: Callable[[str], int],
    max_tokens: int,
) -> Row:
    """What the reader reads, in serving and in training: a question, and passages with their sentences.

    `tokens` is the length of a text. From the first sentence on that would make it longer than `max_tokens` all
    are left out; where not even one fits, "none" alone is judged.
    """
    asked = " ".join(question.split()[-QUESTION_WORDS:])
    pieces = [f"Question: {asked}\n\nWhich of these sentences answer it?\n"]
    marks: list[int] = []
    left = max_tokens - tokens(pieces[0]) - tokens(NONE)
    for passage, sentences in found:
        added = ["\n" + " - ".join(part for part in (passage.title, passage.heading) if part) + "\n"]
        for sentence in sentences:
            added += [sentence.replace("\n", " "), "\n"]
            left -= sum(map(tokens, added))
            if left < 0:
                return Row((*pieces, NONE), (*marks, len(pieces)))
            pieces += added
            marks.append(len(pieces) - 1)
            added = []
    return Row((*pieces, NONE), (*marks, len(pieces)))
