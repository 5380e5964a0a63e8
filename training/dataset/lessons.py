"""Questions with the texts that answer each and the nearest ones that don't: what a retriever learns from.

The texts are those that a search embeds: passages, and sentences under their article's title.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.dialogue import Turn
from bot.models.embedder import Embedder, Vectors
from bot.prompting.constraints import figures
from bot.retrieval.articles import Passage
from bot.retrieval.retriever import Knowledge, passage_document, sentence_document
from bot.retrieval.rules import SearchRules
from bot.retrieval.sentences import content_words
from training.dataset.dataset import Transcripts
from training.dataset.pairs import Passages, answered_questions

# The nearest texts of a help centre that don't answer a question, of each sort.
NEAREST = 8


@dataclass(frozen=True, slots=True)
class Document:
    """A text that is searched, and the article that it stands in; no two help centres share a name of one."""

    article: str
    text: str


@dataclass(frozen=True, slots=True)
class Lesson:
    """A question, the passages and the sentences that answer it, and the nearest ones that don't.

    `articles` are all that answer it: of theirs only `beside` is called wrong, the sentences of the same passages
    that a labelled answer does not rest on.
    """

    question: str
    articles: frozenset[str]
    passages: tuple[Document, ...]
    sentences: tuple[Document, ...]
    wrong_passages: tuple[Document, ...]
    wrong_sentences: tuple[Document, ...]
    beside: tuple[Document, ...] = ()


def lessons_of(
    source: Transcripts, centre: str, knowledge: Knowledge, embedder: Embedder, rules: SearchRules
) -> tuple[list[Lesson], dict[str, Vectors]]:
    """Those of the answers that are learnt from in a source, each question with its passages once.

    Also the untrained vector of each question.
    """
    passages = Passages(knowledge.articles, knowledge.passages)
    found: dict[tuple[str, tuple[Passage, ...]], Turn] = {}
    for dialogue in source.dialogues:
        for _, question, answer in answered_questions(dialogue, rules):
            # A sentence alone is no passage of the index.
            behind = tuple(passage for passage in passages.behind(answer) if passage in knowledge)
            if behind:
                found.setdefault((question, behind), answer)
    nearest = _Nearest(centre, knowledge)
    vectors = embedder.encode_queries([question for question, _ in found])
    lessons = []
    for ((question, behind), answer), vector in zip(found.items(), vectors, strict=True):
        slugs = {*answer.articles, *(passage.article for passage in behind)}
        wrong_passages, wrong_sentences = nearest.outside(slugs, vector)
        stating = _stating(answer, behind, passages, knowledge)
        beside = _beside(stating, knowledge) if answer.sentences else []
        lessons.append(
            Lesson(
                question,
                frozenset(f"{centre}/{slug}" for slug in slugs),
                tuple(Document(f"{centre}/{one.article}", passage_document(one)) for one in behind),
                tuple(_sentence(centre, *one) for one in stating),
                wrong_passages,
                wrong_sentences,
                tuple(_sentence(centre, *one) for one in beside),
            )
        )
    return lessons, dict(zip((question for question, _ in found), vectors, strict=True))


class _Nearest:
    """What the untrained embedder finds nearest in one help centre."""

    def __init__(self, centre: str, knowledge: Knowledge) -> None:
        vectors = knowledge.vectors()
        of = [(passage, passage_document(passage)) for passage in knowledge.passages]
        said = [
            (passage, sentence_document(passage, sentence))
            for passage in knowledge.passages
            for sentence in knowledge.sentences_of(passage)
        ]
        self._sorts = [
            (
                np.array([passage.article for passage, _ in sort]),
                [Document(f"{centre}/{passage.article}", text) for passage, text in sort],
                np.stack([vectors[text] for _, text in sort]),
            )
            for sort in (of, said)
        ]

    def outside(self, slugs: set[str], question: Vectors) -> list[tuple[Document, ...]]:
        """The nearest passages, and the nearest sentences, of articles other than these."""
        found = []
        for articles, documents, vectors in self._sorts:
            cosine = np.where(np.isin(articles, list(slugs)), -2.0, vectors @ question)
            order = np.argsort(-cosine, kind="stable")[:NEAREST]
            found.append(tuple(documents[i] for i in order if cosine[i] > -2.0))
        return found


def _sentence(centre: str, passage: Passage, sentence: str) -> Document:
    return Document(f"{centre}/{passage.article}", sentence_document(passage, sentence))


def _beside(stating: Sequence[tuple[Passage, str]], knowledge: Knowledge) -> list[tuple[Passage, str]]:
    """The other sentences of the passages that an answer stands in; one that has its figures may say it, too."""
    numbers = figures(" ".join(sentence for _, sentence in stating))
    return [
        (passage, sentence)
        for passage in dict.fromkeys(passage for passage, _ in stating)
        for sentence in knowledge.sentences_of(passage)
        if (passage, sentence) not in stating and not (numbers and numbers <= figures(sentence))
    ]


def _stating(
    answer: Turn, behind: Sequence[Passage], passages: Passages, knowledge: Knowledge
) -> list[tuple[Passage, str]]:
    """The sentences that an answer rests on: the labelled ones, or the one that is nearest to it in words."""
    if answer.sentences:
        return list(dict.fromkeys((hit.passage, hit.sentence) for hit in passages.labelled(answer)))
    words, numbers = set(content_words(answer.text)), figures(answer.text)

    def shared(one: tuple[Passage, str]) -> tuple[int, float]:
        own = set(content_words(one[1]))
        return len(numbers & figures(one[1])), len(words & own) / (len(words | own) or 1)

    said = [(passage, sentence) for passage in behind for sentence in knowledge.sentences_of(passage)]
    best = max(said, key=shared, default=None)
    return [best] if best and shared(best) > (0, 0.0) else []
