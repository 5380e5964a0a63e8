"""Answers as they will be served: learnt behind the sentences that they rest on, said in the agent's own words.

Each row is one answer: the system text, the turns before, and the customer's last message in the served prompt's
own block with passages, of which only what was chosen to be said is there.
"""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bot.answering.quoting import alone
from bot.dialogue import Dialogue, Turn
from bot.errors import RecipeInvalid
from bot.models.embedder import Embedder, load_embedder
from bot.prompting.constraints import unsupported_figures
from bot.prompting.template import PromptConfig
from bot.retrieval.articles import Passage
from bot.retrieval.index import open_knowledge
from bot.retrieval.retriever import Knowledge
from bot.settings import Settings
from bot.shop.profile import Shop, read_shop
from bot.shop.slots import fill
from training.dataset.dataset import Transcripts
from training.dataset.names import words_of
from training.dataset.pairs import Passages, answered_questions, served_prompt
from training.dataset.reading_options import ReadingOptions
from training.dataset.varying import variation
from training.errors import DatasetEmpty

# What is copied is told by so many words one after another.
RUN = 4
_WORD = re.compile(r"[\w$€£%]+(?:[.,]\d+)*")


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
        self._ordinary = words_of(passage.text for passage in knowledge.passages)

    def answered(self, dialogues: Sequence[Dialogue]) -> list[Row]:
        """A row for each answer to learn from where what it says stands in known sentences."""
        rows = []
        for dialogue in dialogues:
            for place, _, answer in answered_questions(dialogue, self._prompt.retrieval):
                name = f"{dialogue.id}:{place}"
                read = [(hit.passage, hit.sentence) for hit in self._behind.stating(answer)]
                if not read or copied(answer.text, [sentence for _, sentence in read]) > self._options.copied:
                    continue
                chance = random.Random(f"{self._seed}:{name}:beside")
                if chance.random() < self._options.beside:
                    read += self._beside(read, chance)
                before = _context(dialogue.turns[:place])
                read_from = alone(self._knowledge, read)
                row = Row(name, before, read_from, answer.text, labelled=bool(answer.sentences))
                if not unsupported_figures(row.answer, row.evidence):
                    rows.append(row)
        return rows

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

    def _beside(self, read: Sequence[tuple[Passage, str]], chance: random.Random) -> list[tuple[Passage, str]]:
        """Another sentence of the first passage, as too wide a choice takes one; [] where there is none."""
        passage = read[0][0]
        others = [one for one in self._knowledge.sentences_of(passage) if (passage, one) not in read]
        return [(passage, chance.choice(others))] if others else []


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
    for source in sources:
        if source.knowledge not in shops:
            shops[source.knowledge] = _open(source.knowledge, options, system, seed, settings, embedder)
        shop = shops[source.knowledge]
        rows.append(shop.answered(source.dialogues))
    kept = _drawn(rows, options, random.Random(seed))
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


def _drawn(rows: Sequence[list[Row]], options: ReadingOptions, chance: random.Random) -> list[list[Row]]:
    """Of each source the rows that are learnt, as many of all as the options take."""
    answers = [(place, row) for place, of in enumerate(rows) for row in of]
    drawn = chance.sample(answers, min(len(answers), options.rows or len(answers)))
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


def copied(answer: str, read: Sequence[str]) -> float:
    """The share of an answer's runs of words that stand so in one of the sentences; 0 of a very short one."""
    known = {run for sentence in read for run in _runs(sentence)}
    own = _runs(answer)
    return sum(run in known for run in own) / len(own) if own else 0.0


def _runs(text: str) -> list[tuple[str, ...]]:
    words = _WORD.findall(text.lower())
    return [tuple(words[at : at + RUN]) for at in range(len(words) - RUN + 1)]
