"""Questions with the sentences of found passages, and which of them answer: what a reader learns from.

The passages are those that the served search finds. Those that answer stand among them, except in a share of the
rows, where the right thing to say is that none does; so it is where no article of the help centre answers.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bot.answering.reader import row as read_row
from bot.dialogue import Dialogue, Turn
from bot.engine.local.embedding import search_embedder
from bot.engine.local.render import Renderer
from bot.models.base import base_sha256
from bot.models.embedder import Embedder, load_embedder
from bot.releases.registry import Registry
from bot.retrieval.articles import Passage
from bot.retrieval.context import query_of
from bot.retrieval.index import open_knowledge
from bot.retrieval.labels import Labelled
from bot.retrieval.retriever import Knowledge, Query
from bot.retrieval.rules import SearchRules
from bot.settings import Settings
from training.dataset.dataset import Transcripts
from training.dataset.examples import IGNORED, Example
from training.dataset.pairs import Passages, answered_questions, served_rules
from training.dataset.reading_options import ReaderOptions
from training.errors import DatasetEmpty

# Of what the search finds, so many passages are drawn from beside those that answer.
NEAREST = 5
NONE = "None"


@dataclass(frozen=True, slots=True)
class Selection(Dialogue):
    """A question as it is searched and what answers it, with the passages that it is read in.

    `right` are the places of the answering sentences: that of the passage and that of the sentence in it; without
    any, none of them answers. `nearest` is the place of the sentence nearest by cosine, where that is measured.
    """

    passages: tuple[Passage, ...] = ()
    right: tuple[tuple[int, int], ...] = ()
    nearest: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """What is searched, and the sentences that answer it: none, where no article does."""

    id: str
    query: Query
    right: tuple[Labelled, ...] = ()


class Centre:
    """One help centre as it is searched."""

    def __init__(self, knowledge: Knowledge, rules: SearchRules, options: ReaderOptions, seed: int) -> None:
        self._knowledge, self._rules, self._options, self._seed = knowledge, rules, options, seed
        self._behind = Passages(knowledge.articles, knowledge.passages)

    def answered(self, dialogues: Sequence[Dialogue]) -> list[Question]:
        """Those whose answering sentences are known, each once: labelled, or told by the answer's words."""
        first: dict[tuple[str, tuple[Labelled, ...]], Question] = {}
        for dialogue in dialogues:
            for place, _, answer in answered_questions(dialogue, self._rules):
                if right := tuple(dict.fromkeys(self._behind.stating(answer))):
                    query = self._query(dialogue.turns[:place])
                    question = Question(f"{dialogue.id}:{place}", query, right)
                    first.setdefault((query.words, right), question)
        return list(first.values())

    def unanswered(self, dialogues: Sequence[Dialogue]) -> list[Question]:
        """Those of cases that no article answers."""
        return [
            Question(f"{dialogue.id}:{len(dialogue.turns) - 1}", self._query(dialogue.turns[:-1]))
            for dialogue in dialogues
            if dialogue.turns[-1].role != "user" and not dialogue.turns[-1].articles
        ]

    def learnt(self, questions: Sequence[Question]) -> list[Selection]:
        """Each question with its passages, drawn by its id."""
        most = self._options.passages + NEAREST
        searched = self._knowledge.search_all([question.query for question in questions], most, self._rules)
        return [
            _selection(question, self._drawn(question, [hit.passage for hit in hits]))
            for question, hits in zip(questions, searched, strict=True)
        ]

    def measured(self, questions: Sequence[Question]) -> Iterator[Selection]:
        """Each question with the passages that are found, whether they answer it or not."""
        for question in questions:
            hits, nearest = self._knowledge.find(
                question.query, passages=self._options.passages, sentences=1, rules=self._rules
            )
            row = _selection(question, [hit.passage for hit in hits])
            for hit in nearest:
                passage = row.passages.index(hit.passage)
                row = replace(row, nearest=(passage, hit.passage.sentences.index(hit.sentence)))
            yield row

    def _query(self, turns: tuple[Turn, ...]) -> Query:
        return query_of(Dialogue(turns), self._rules, self._knowledge)

    def _drawn(self, question: Question, found: Sequence[Passage]) -> list[Passage]:
        """Passages that answer among near ones that don't, or those alone; by chance in another order."""
        options, chance = self._options, random.Random(f"{self._seed}:{question.id}")
        answering = dict.fromkeys(hit.passage for hit in question.right)
        order = list(dict.fromkeys([*found, *answering]))
        others = [passage for passage in order if passage not in answering]
        if others and (not answering or chance.random() < options.missing):
            kept = others[: options.passages]
        else:
            right = [passage for passage in order if passage in answering][: options.passages]
            near, count = others[:NEAREST], max(1, options.passages - len(right))
            if chance.random() < options.shuffled:
                near = chance.sample(near, min(len(near), count))
            kept = [passage for passage in order if passage in right or passage in near[:count]]
        if chance.random() < options.shuffled:
            chance.shuffle(kept)
        return kept


def selection_rows(
    sources: Sequence[Transcripts], options: ReaderOptions, seed: int, settings: Settings, *, measured: int
) -> list[Transcripts]:
    """The same sources as Selections. Of the questions that are held back as many as `measured` are drawn.

    Raises DatasetEmpty, KnowledgeInvalid, EmbeddingUnusable, ArtefactInvalid.
    """
    registry, rules = Registry(settings), served_rules(settings)
    place = registry.places(base_sha256(settings))["retriever"]
    embedder = search_embedder(registry, place, load_embedder(settings))
    known: dict[Path, Centre] = {}
    learnt: list[list[Selection]] = []
    asked: list[tuple[int, Centre, Question]] = []
    for source in sources:
        centre = _open(source.knowledge or settings.knowledge_dir, known, embedder, rules, options, seed, settings)
        questions = centre.answered(source.dialogues)
        # Only a case says that no article answers its question; of a transcript it is not known.
        unanswered = centre.unanswered(source.dialogues) if source.knowledge else []
        learnt.append(centre.learnt([*questions, *unanswered]))
        asked += [(len(learnt) - 1, centre, question) for question in centre.answered(source.dev)]
    if not any(row.right for rows in learnt for row in rows):
        raise DatasetEmpty(
            "no answer to learn from rests on a sentence of its help centre, so there is none to choose"
        )
    drawn = random.Random(seed).sample(asked, min(len(asked), measured))
    dev: list[list[Dialogue]] = [[] for _ in sources]
    for of, centre, question in drawn:
        dev[of] += centre.measured([question])
    return [
        replace(source, dialogues=rows, dev=held_back)
        for source, rows, held_back in zip(sources, learnt, dev, strict=True)
    ]


def _open(
    folder: Path,
    known: dict[Path, Centre],
    embedder: Embedder,
    rules: SearchRules,
    options: ReaderOptions,
    seed: int,
    settings: Settings,
) -> Centre:
    if folder not in known:
        known[folder] = Centre(open_knowledge(folder, embedder, settings.home), rules, options, seed)
    return known[folder]


def _selection(question: Question, passages: Sequence[Passage]) -> Selection:
    """The question in these passages, of which those that are not there cannot answer."""
    right = {(hit.passage, hit.sentence) for hit in question.right}
    places = tuple(
        (at, place)
        for at, passage in enumerate(passages)
        for place, sentence in enumerate(passage.sentences)
        if (passage, sentence) in right
    )
    said = " ".join(passages[at].sentences[place] for at, place in places) or NONE
    turns = (Turn("user", question.query.words), Turn("assistant", said))
    return Selection(turns, question.id, passages=tuple(passages), right=places)


def marked(selection: Selection, renderer: Renderer, max_tokens: int) -> Example:
    """The ids that serving sends, with a label at each mark: 1 for what is right, 0 for what is not.

    "None", the last, is right where no answering sentence is among those that fit.
    """
    passages = [(passage, passage.sentences) for passage in selection.passages]
    read = read_row(
        selection.turns[0].text, passages, tokens=lambda text: len(renderer.plain(text)), max_tokens=max_tokens
    )
    places = [(at, place) for at, (_, said) in enumerate(passages) for place in range(len(said))]
    right = [place in selection.right for place in places[: len(read.marks) - 1]]
    ids, marks = renderer.joined(read.pieces, read.marks)
    labels = [IGNORED] * len(ids)
    for mark, answers in zip(marks, [*right, not any(right)], strict=True):
        labels[mark] = int(answers)
    return Example(ids, tuple(labels))


def learnable(
    selections: Sequence[Selection], renderer: Renderer, max_tokens: int
) -> tuple[list[Example], list[str]]:
    """Each row with all that answers in it, without its last other passages where it is too long for them.

    Also the ids of those that are too long even so. Raises DatasetEmpty where no row is left.
    """
    examples, too_long = [], []
    for selection in selections:
        left: Selection | None = selection
        while left is not None:
            example = marked(left, renderer, max_tokens)
            # The last label is that of "none".
            if example.labels[:-1].count(1) == len(left.right):
                examples.append(example)
                break
            left = _without_one(left)
        else:
            too_long.append(selection.id)
    if not examples:
        raise DatasetEmpty(
            f"no question fits {max_tokens} tokens with what answers it; raise max_tokens in the recipe if the "
            "base can read more"
        )
    return examples, too_long


def _without_one(selection: Selection) -> Selection | None:
    """The row without the last passage that does not answer; None where all do."""
    answering = {at for at, _ in selection.right}
    others = [at for at in range(len(selection.passages)) if at not in answering]
    if not others:
        return None
    gone = others[-1]
    passages = selection.passages[:gone] + selection.passages[gone + 1 :]
    right = tuple((at - (at > gone), place) for at, place in selection.right)
    return replace(selection, passages=passages, right=right)
