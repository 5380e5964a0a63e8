"""Reading: all sentences of the passages found, judged in one look of the base at the question and at them.

The base learnt it, as a LoRA that every backend shares. After each sentence, and after "None", it says whether
this is what answers; they compete with each other, so that their scores mean something beside each other only.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from bot.engine.protocol import Judging, Place
from bot.prompting.template import ReaderSection
from bot.retrieval.articles import Passage
from bot.retrieval.context import Context
from bot.retrieval.retriever import SentenceHit

# What the base says next where a sentence answers, and where it does not.
YES, NO = " yes", " no"
NONE = "\nNone"
# A part of the row as it was learnt, and no prompt's to choose.
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


@dataclass(frozen=True, slots=True)
class Reader:
    """A LoRA, by the sha256 of its artefact. `tokens` is the length of a text, `max_tokens` the most it reads."""

    adapter: str
    rules: ReaderSection
    tokens: Callable[[str], int]
    max_tokens: int

    def can_read(self, context: Context) -> bool:
        """Whether there is a question, and a sentence that fits behind it."""
        return bool(context.question.strip()) and len(self._row(context).marks) > 1

    async def read(self, place: Place, context: Context) -> Context:
        """The sentences that were read, best first, and what speaks for none of them."""
        read = self._row(context)
        said = [hit for _, hits in _by_passage(context) for hit in hits]
        judged = await place.judge(Judging(read.pieces, read.marks, YES, NO, self.adapter))
        *values, none = judged.values
        scored = [
            replace(hit, judged=value, read=value + self._reranked(hit, context))
            for hit, value in zip(said, values, strict=False)
        ]
        scored.sort(key=lambda hit: -(hit.read or 0.0))
        tokens = context.read_tokens + judged.read_tokens
        return replace(context, sentences=tuple(scored), none=none, read_tokens=tokens)

    def _reranked(self, hit: SentenceHit, context: Context) -> float:
        """What the re-ranker's score adds; one that it was not asked about is as good as its worst."""
        known = [one.reranked for one in context.sentences if one.reranked is not None]
        own = min(known, default=0.0) if hit.reranked is None else hit.reranked
        return self.rules.reranked_weight * own

    def _row(self, context: Context) -> Row:
        found = ((passage, [hit.sentence for hit in hits]) for passage, hits in _by_passage(context))
        return row(context.question, found, tokens=self.tokens, max_tokens=self.max_tokens)


def _by_passage(context: Context) -> list[tuple[Passage, list[SentenceHit]]]:
    """What was found in each passage, best passage first, as it stands there."""
    found = {(hit.passage, hit.sentence): hit for hit in context.sentences}
    return [
        (
            passage,
            [
                found[passage, sentence]
                for sentence in dict.fromkeys(context.knowledge.sentences_of(passage))
                if (passage, sentence) in found
            ],
        )
        for passage in dict.fromkeys(context.passages)
    ]
