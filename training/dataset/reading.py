"""Answers as they will be served: learnt behind the passages that were found, which must be read to give them.

Each row is one answer: the system text, the turns before, and the customer's last message in the served prompt's
own block with passages. Those that answer stand among the nearest ones that don't, in the order of the search.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bot.answering.not_found import NOT_FOUND
from bot.dialogue import Dialogue, Turn
from bot.errors import RecipeInvalid
from bot.models.embedder import Embedder, load_embedder
from bot.prompting.constraints import figures, unsupported_figures
from bot.prompting.template import PromptConfig
from bot.retrieval.articles import Passage
from bot.retrieval.context import query_of
from bot.retrieval.index import open_knowledge
from bot.retrieval.retriever import Knowledge
from bot.retrieval.sentences import content_words, split_sentences
from bot.settings import Settings
from bot.shop.profile import Shop, read_shop
from bot.shop.slots import fill
from training.dataset.dataset import Transcripts
from training.dataset.names import words_of
from training.dataset.pairs import Passages, answered_questions, served_prompt
from training.dataset.reading_options import ReadingOptions
from training.dataset.varying import variation
from training.errors import DatasetEmpty

# An opening of so many words claims nothing where it has no figure and no word of what follows it.
OPENING_WORDS = 9
# Of an unlabelled answer this share of its words must stand in what it was read from, or it says more than that.
HELD = 0.5


@dataclass(frozen=True)
class Row:
    """What one answer is read from, before anything of it is changed: all its texts are here."""

    id: str
    turns: tuple[Turn, ...]
    passages: tuple[Passage, ...]
    answer: str
    labelled: bool = True

    @property
    def texts(self) -> list[str]:
        """Everything in it that somebody wrote."""
        found = [turn.text for turn in self.turns] + [self.answer]
        return found + [text for one in self.passages for text in (one.title, one.heading, one.text)]

    @property
    def evidence(self) -> list[str]:
        """What figures of the answer may come from."""
        read = [text for one in self.passages for text in (one.title, one.heading, one.text)]
        return read + [turn.text for turn in self.turns]


class Reading:
    """One shop as it is served: its help centre, its prompt, its system text."""

    def __init__(
        self,
        shop: Shop,
        prompt: PromptConfig,
        knowledge: Knowledge,
        options: ReadingOptions,
        system: str,
        seed: int,
    ) -> None:
        """`system` has slots, as a recipe has it: each shop speaks under its own name."""
        self._shop, self._prompt, self._knowledge = shop, prompt, knowledge
        self._options, self._seed = options, seed
        self._system = Turn("system", fill(system, shop.slots))
        self._behind = Passages(knowledge.articles, knowledge.passages)
        self._order = {passage: place for place, passage in enumerate(knowledge.passages)}
        self._ordinary = words_of(passage.text for passage in knowledge.passages)

    def answered(self, dialogues: Sequence[Dialogue]) -> list[Row]:
        """A row for each answer to learn from whose passages are known and hold what it says."""
        asked = [
            (f"{dialogue.id}:{place}", _context(dialogue.turns[:place]), answer, right)
            for dialogue in dialogues
            for place, _, answer in answered_questions(dialogue, self._prompt.retrieval)
            if 0 < len(right := self._right(answer)) <= self._options.passages
        ]
        found = self._found([(before, right) for _, before, _, right in asked])
        rows = []
        for (name, before, answer, _), passages in zip(asked, found, strict=True):
            hits = self._behind.labelled(answer) if answer.sentences else []
            row = Row(name, before, passages, answer.text, labelled=bool(hits))
            if unsupported_figures(row.answer, row.evidence) or not (hits or _is_held(row)):
                continue
            if hits and random.Random(f"{self._seed}:{name}:quoted").random() < self._options.quoted:
                sentences = self._in_order((hit.passage, hit.sentence) for hit in hits)
                row = replace(row, answer=" ".join([*_opening(answer.text, sentences), *sentences]))
            rows.append(row)
        return rows

    def unanswered(self, dialogues: Sequence[Dialogue]) -> list[Row]:
        """Rows of questions that no article answers: what was found for each, and that this is no answer."""
        asked = [
            (f"{dialogue.id}:{len(dialogue.turns) - 1}", _context(dialogue.turns[:-1]))
            for dialogue in dialogues
            if dialogue.turns[-1].role != "user" and not dialogue.turns[-1].articles
        ]
        found = self._found([(before, ()) for _, before in asked])
        return [
            Row(name, before, passages, random.Random(f"{self._seed}:{name}").choice(NOT_FOUND))
            for (name, before), passages in zip(asked, found, strict=True)
        ]

    def dialogue(self, row: Row, copy: int, *, vary: float) -> Dialogue | None:
        """The row as the model reads it, changed with probability `vary`; an unlabelled one is never as it was.

        None where it would have to be changed and cannot.
        """
        row = replace(row, turns=(self._system, *row.turns))
        chance = random.Random(f"{self._seed}:{row.id}:{copy}")
        if vary and (not row.labelled or chance.random() < vary):
            changed = varied(row, self._shop.own_words, self._ordinary, chance)
            if changed is None and not row.labelled:
                return None
            row = changed or row
        read = self._prompt.with_passages(Dialogue(row.turns, f"{row.id}#{copy}"), row.passages)
        return read.said(Turn("assistant", row.answer))

    def _right(self, answer: Turn) -> list[Passage]:
        """The passages that an answer rests on, each once and whole."""
        hits = self._behind.labelled(answer) if answer.sentences else []
        right = [hit.passage for hit in hits] or self._behind.behind(answer)
        return [passage for passage in dict.fromkeys(right) if passage in self._order]

    def _found(self, asked: Sequence[tuple[tuple[Turn, ...], Sequence[Passage]]]) -> list[tuple[Passage, ...]]:
        """For each question the passages that answer among the nearest others, in the order of the search."""
        rules = self._prompt.retrieval
        queries = [query_of(Dialogue(turns), rules, self._knowledge) for turns, _ in asked]
        found = []
        searched = self._knowledge.search_all(queries, len(self._order), rules)
        for (_, right), hits in zip(asked, searched, strict=True):
            order = [hit.passage for hit in hits]
            others = [passage for passage in order if passage not in right]
            kept = {*right, *others[: self._options.passages - len(right)]}
            found.append(tuple(passage for passage in order if passage in kept))
        return found

    def _in_order(self, said: Iterator[tuple[Passage, str]]) -> list[str]:
        """Each sentence once, as they stand in their articles."""
        places = {
            (passage, sentence): (
                self._order[passage],
                list(self._knowledge.sentences_of(passage)).index(sentence),
            )
            for passage, sentence in said
        }
        return [sentence for _, sentence in sorted(places, key=lambda one: places[one])]


def varied(row: Row, own_words: Sequence[str], ordinary: frozenset[str], chance: random.Random) -> Row | None:
    """The row with figures and names changed everywhere alike; None where that cannot be done."""
    change = variation(row.texts, own_words, ordinary, chance)
    if change is None:
        return None
    changed = replace(
        row,
        turns=tuple(replace(turn, text=change.of(turn.text)) for turn in row.turns),
        passages=tuple(
            replace(one, title=change.of(one.title), heading=change.of(one.heading), text=change.of(one.text))
            for one in row.passages
        ),
        answer=change.of(row.answer),
    )
    return None if unsupported_figures(changed.answer, changed.evidence) else changed


def reading_rows(
    sources: Sequence[Transcripts],
    options: ReadingOptions,
    system: str,
    seed: int,
    settings: Settings,
    *,
    measured: int,
) -> list[Transcripts]:
    """The same sources as rows with their passages: dialogues that begin with their system text.

    Of the dialogues that are held back as many as `measured` are drawn.
    Raises RecipeInvalid where no prompt is served, DatasetEmpty, KnowledgeInvalid, ShopInvalid, EmbeddingUnusable.
    """
    embedder = load_embedder(settings)
    shops: dict[Path | None, Reading] = {}
    rows: list[list[Row]] = []
    unanswered: list[list[Row]] = []
    for source in sources:
        if source.knowledge not in shops:
            shops[source.knowledge] = _open(source.knowledge, options, system, seed, settings, embedder)
        shop = shops[source.knowledge]
        rows.append(shop.answered(source.dialogues))
        # Only a case says that no article answers its question; of a transcript it is not known.
        unanswered.append(shop.unanswered(source.dialogues if source.knowledge else ()))
    kept = _drawn(rows, unanswered, options, random.Random(seed))
    dev = _some([source.dev for source in sources], measured, random.Random(seed))
    found = []
    for source, learnt, held_back in zip(sources, kept, dev, strict=True):
        shop = shops[source.knowledge]
        copies = [shop.dialogue(row, copy, vary=options.vary) for copy in range(options.copies) for row in learnt]
        asked = [shop.dialogue(row, 0, vary=0.0) for row in shop.answered(held_back)]
        learnt_from, measured_on = ([one for one in made if one is not None] for made in (copies, asked))
        found.append(replace(source, dialogues=learnt_from, dev=measured_on))
    if not any(source.dialogues for source in found):
        raise DatasetEmpty(
            "no answer to learn from rests on an article of its help centre, so there is nothing to read it from"
        )
    return found


def _some(held_back: Sequence[Sequence[Dialogue]], most: int, chance: random.Random) -> list[list[Dialogue]]:
    """Of each source the dialogues that are measured on."""
    all_ = [(place, one) for place, of in enumerate(held_back) for one in of if one.turns[-1].articles]
    drawn = chance.sample(all_, min(len(all_), most))
    return [[one for of, one in drawn if of == place] for place in range(len(held_back))]


def _drawn(
    rows: Sequence[list[Row]], unanswered: Sequence[list[Row]], options: ReadingOptions, chance: random.Random
) -> list[list[Row]]:
    """Of each source the rows that are learnt, as many of all as the options take."""
    answers = [(place, row) for place, of in enumerate(rows) for row in of]
    nothing = [(place, row) for place, of in enumerate(unanswered) for row in of]
    most = options.rows or len(answers) + len(nothing)
    share = options.unanswered / (1 - options.unanswered)
    without = min(len(nothing), round(options.unanswered * most), round(share * len(answers)))
    drawn = chance.sample(answers, min(len(answers), most - without)) + chance.sample(nothing, without)
    return [[row for of, row in drawn if of == place] for place in range(len(rows))]


def _open(
    knowledge: Path | None,
    options: ReadingOptions,
    system: str,
    seed: int,
    settings: Settings,
    embedder: Embedder,
) -> Reading:
    shop = read_shop(knowledge.parent if knowledge else settings.shop_dir)
    prompt = served_prompt(settings, shop)
    if prompt is None:
        raise RecipeInvalid(
            "[reading] renders answers as the served prompt does, and there is none; make one with "
            "`trilane-train fit prompt`"
        )
    searched = open_knowledge(knowledge or settings.knowledge_dir, embedder, settings.home)
    return Reading(shop, prompt, searched, options, system, seed)


def _context(turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
    """Turns that are read and not learnt."""
    return tuple(replace(turn, learnt=False) for turn in turns)


def _opening(answer: str, sentences: Sequence[str]) -> list[str]:
    """The answer's first sentence, where it only greets or feels with the customer."""
    first, *more = split_sentences(answer) or ("",)
    known = {word for sentence in sentences for word in content_words(sentence)}
    claims = figures(first) or known & set(content_words(first)) or len(first.split()) > OPENING_WORDS
    plain = first.endswith((".", "!")) and not first.lower().startswith(("yes", "no,", "no ", "no.", "not "))
    return [first] if more and plain and not claims else []


def _is_held(row: Row) -> bool:
    """Whether an unlabelled answer says what was read and little more."""
    words = content_words(row.answer)
    read = {word for text in row.evidence for word in content_words(text)}
    return bool(words) and sum(word in read for word in words) / len(words) >= HELD
