"""Questions with the passage that answers each: what a re-ranker, and a retriever, learn from.

A labelled answer says which sentences it rests on: its question is learnt after their passages, and after each
sentence alone, because sentences are ranked too. Of any other answer that names its articles, the passage is taken
that shares most figures, then rare words, with what the agent said.
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

from bot.answering.rerank import row
from bot.dialogue import Dialogue, Turn
from bot.models.embedder import Embedder, load_embedder
from bot.prompting.constraints import figures, unsupported_figures
from bot.prompting.template import PromptConfig, read_prompt
from bot.releases.registry import Registry
from bot.retrieval.articles import Article, Passage, read_articles
from bot.retrieval.context import question_of
from bot.retrieval.index import passages_of
from bot.retrieval.labels import Labelled, sentences_for
from bot.retrieval.rules import SearchRules
from bot.retrieval.sentences import content_words
from bot.settings import Settings
from bot.shop.profile import Shop, read_shop
from training.dataset.dataset import Transcripts
from training.errors import DatasetEmpty

PROMPT = "prompt.toml"
# An unlabelled answer of fewer words that carry meaning stands in any sentence ...
FEW_WORDS = 4
# ... and this share of its words must stand in those that it rests on, or it says more than they do.
HELD = 0.5


@dataclass(frozen=True, slots=True)
class Pair:
    """A question as it is searched, and a passage that answers it, or its sentence that does.

    `id` is its dialogue's, with the turn.
    """

    id: str
    question: str
    passage: Passage


class Passages:
    """The passages of one help centre, and how rare each word is in it."""

    def __init__(self, articles: Iterable[Article], passages: Sequence[Passage]) -> None:
        self._articles = {article.slug: article for article in articles}
        self._of: dict[str, list[Passage]] = {}
        seen: Counter[str] = Counter()
        for passage in passages:
            self._of.setdefault(passage.article, []).append(passage)
            seen.update(_words(passage))
        self._sentences = {
            passage: [(sentence, frozenset(content_words(sentence))) for sentence in passage.sentences]
            for passage in passages
        }
        self._rarity = {word: math.log((1 + len(passages)) / count) for word, count in seen.items()}

    @classmethod
    def read(cls, folder: Path, embedder: Embedder) -> "Passages":
        """Those of a folder of articles. Raises KnowledgeInvalid."""
        articles = read_articles(folder)
        return cls(articles, [passage for article in articles for passage in passages_of(article, embedder)])

    def behind(self, answer: Turn) -> list[Passage]:
        """The passages that an answer rests on, each once, and the sentences of a labelled one alone.

        None where its articles are not in the help centre.
        """
        passages = [passage for article in answer.articles for passage in self._of.get(article, [])]
        if answer.sentences:
            found = self.labelled(answer)
            alone = [replace(hit.passage, text=hit.sentence) for hit in found]
            return list(dict.fromkeys([*(hit.passage for hit in found), *alone]))
        said, numbers = set(content_words(answer.text)), figures(answer.text)

        def shared(passage: Passage) -> tuple[int, float]:
            words = sum(self._rarity[word] for word in said & _words(passage))
            return len(numbers & figures(passage.text)), words

        best = max(passages, key=shared, default=None)
        return [best] if best and shared(best) > (0, 0.0) else []

    def labelled(self, answer: Turn) -> list[Labelled]:
        """The sentences that somebody labelled as what an answer rests on, with their passages."""
        known = [self._articles[slug] for slug in answer.articles if slug in self._articles]
        return [
            hit
            for sentence in answer.sentences
            for article in known
            for hit in sentences_for(sentence, article, self._of.get(article.slug, []))
        ]

    def stating(self, answer: Turn) -> list[Labelled]:
        """The labelled sentences; of an unlabelled answer one or two that hold its figures and half its words."""
        if answer.sentences:
            return self.labelled(answer)
        return self._said(answer, [passage for slug in answer.articles for passage in self._of.get(slug, [])])[1]

    def articles_of(self, answer: Turn) -> tuple[str, ...]:
        """The article that states most of what an answer says, by the same rule; () where none states it."""
        found = [(self._said(answer, passages)[0], slug) for slug, passages in self._of.items()]
        most, slug = max(found, key=lambda one: one[0], default=(0, ""))
        return (slug,) if most else ()

    def _said(self, answer: Turn, passages: Sequence[Passage]) -> tuple[int, list[Labelled]]:
        """The sentences of these passages that state an answer, and how many of its words they hold."""
        words = set(content_words(answer.text))
        if len(words) < FEW_WORDS:
            return 0, []
        near = [
            (Labelled(passage, sentence), shared)
            for passage in passages
            for sentence, own in self._sentences[passage]
            if (shared := words & own)
        ]
        # Most help centres' articles are about something else: their sentences need not be put together.
        if len(set().union(*(shared for _, shared in near))) < HELD * len(words):
            return 0, []
        for count in (1, 2):
            groups = [
                (len(said), [hit for hit, _ in group])
                for group in combinations(near, count)
                if len(said := set().union(*(shared for _, shared in group))) >= HELD * len(words)
            ]
            # The nearest first: most groups need not be looked through for figures.
            for held, hits in sorted(groups, key=lambda one: -one[0]):
                if not unsupported_figures(answer.text, [hit.sentence for hit in hits]):
                    return held, hits
        return 0, []


def pairs_of(dialogues: Iterable[Dialogue], passages: Passages, rules: SearchRules) -> list[Pair]:
    """A pair for each passage behind each answer that is learnt from, with the question as serving makes it."""
    return [pair for dialogue in dialogues for pair in _pairs(dialogue, passages, rules)]


def question_rows(sources: Sequence[Transcripts], settings: Settings) -> list[Transcripts]:
    """The same sources as rows of a passage and its question, each once.

    Raises DatasetEmpty, KnowledgeInvalid, EmbeddingUnusable, and ArtefactInvalid for a prompt that cannot be read.
    """
    rules, embedder = served_rules(settings), load_embedder(settings)
    known: dict[Path, Passages] = {}

    def rows(dialogues: Sequence[Dialogue], folder: Path) -> list[Dialogue]:
        first: dict[tuple[str, Passage], Pair] = {}
        for pair in pairs_of(dialogues, known[folder], rules):
            first.setdefault((pair.question, pair.passage), pair)
        return [replace(row(pair.passage, pair.question), id=pair.id) for pair in first.values()]

    made = []
    for source in sources:
        folder = source.knowledge or settings.knowledge_dir
        if folder not in known:
            known[folder] = Passages.read(folder, embedder)
        dialogues, dev = (rows(said, folder) for said in (source.dialogues, source.dev))
        made.append(replace(source, dialogues=dialogues, dev=dev))
    if not any(source.dialogues for source in made):
        raise DatasetEmpty(
            "no answer to learn from names an article of its help centre, so there is no question with its passage"
        )
    return made


def served_rules(settings: Settings) -> SearchRules:
    """How the prompt that answers makes a question of a conversation; as stock where there is no prompt.

    Raises ArtefactInvalid.
    """
    prompt = served_prompt(settings, read_shop(settings.shop_dir))
    return prompt.retrieval if prompt else SearchRules()


def served_prompt(settings: Settings, shop: Shop) -> PromptConfig | None:
    """The prompt that answers, as a shop says it. Raises ArtefactInvalid."""
    place = Registry(settings).places()["prompted"]
    return None if place.sha256 is None else read_prompt(place.folder / PROMPT, shop)


def answered_questions(dialogue: Dialogue, rules: SearchRules) -> Iterator[tuple[int, str, Turn]]:
    """Each answer to learn from that names its articles: its place, the question as serving makes it, itself."""
    for place, turn in enumerate(dialogue.turns):
        if turn.role not in ("assistant", "agent") or not turn.learnt or not turn.articles:
            continue
        if question := question_of(Dialogue(dialogue.turns[:place]), rules):
            yield place, question, turn


def _pairs(dialogue: Dialogue, passages: Passages, rules: SearchRules) -> Iterator[Pair]:
    for place, question, answer in answered_questions(dialogue, rules):
        for passage in passages.behind(answer):
            yield Pair(f"{dialogue.id}:{place}", question, passage)


def _words(passage: Passage) -> set[str]:
    return set(content_words(f"{passage.title} {passage.heading} {passage.text}"))
