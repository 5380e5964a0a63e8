"""Contextual prompting: what is retrieved for a conversation."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.dialogue import Dialogue
from bot.retrieval.articles import Passage
from bot.retrieval.courtesies import without_courtesies
from bot.retrieval.questions import leans, words_with_meaning
from bot.retrieval.retriever import Hit, Knowledge, Query, SentenceHit
from bot.retrieval.rules import SearchRules


@dataclass(frozen=True, slots=True)
class Context:
    """The question as it was searched, the passages found, their nearest sentences, and where it was searched.

    `candidates` are all that the re-ranker chose the passages from, best first, and `nearest` is how near the
    nearest of them is; without a re-ranker the passages are all there is. `read_tokens` are what it read.
    Where a reader read the sentences, `none` is its word that none of them answers.
    `article` is the one that was searched, where only one was: the customer has picked it.
    An answer is checked against what was searched for it, even where an article changes in between.
    """

    question: str
    hits: tuple[Hit, ...]
    sentences: tuple[SentenceHit, ...]
    knowledge: Knowledge
    candidates: tuple[Hit, ...] = ()
    nearest: float | None = None
    read_tokens: int = 0
    article: str | None = None
    none: float | None = None

    @property
    def passages(self) -> list[Passage]:
        """The passages, best first."""
        return [hit.passage for hit in self.hits]

    @property
    def cosine(self) -> float:
        """How near the nearest sentence or passage is: whether the help centre is about this at all."""
        if self.nearest is not None:
            return self.nearest
        nearest = [hit.cosine for hit in self.hits] + [hit.cosine for hit in self.sentences]
        return max(nearest, default=-1.0)


def question_of(dialogue: Dialogue, rules: SearchRules) -> str:
    """The customer's last message without its courtesies, with an earlier one where it cannot stand alone."""
    last, earlier = _last(dialogue), _leant_on(dialogue, rules)
    return f"{earlier} {last}" if earlier else last


def query_of(dialogue: Dialogue, rules: SearchRules, knowledge: Knowledge) -> Query:
    """How a question is searched: with the message it leans on, first in the article that was answered from."""
    last, earlier = _last(dialogue), _leant_on(dialogue, rules)
    texts = ((earlier, rules.earlier_weight), (last, 1 - rules.earlier_weight)) if earlier else ((last, 1.0),)
    favour = rules.earlier_article_trace if earlier is None else rules.earlier_article_weight
    favoured = _answered_from(dialogue, knowledge) if favour else frozenset[str]()
    return Query(question_of(dialogue, rules), texts, favoured, favour)


def _last(dialogue: Dialogue) -> str:
    """What the customer asks."""
    *_, last = ["", *dialogue.last_user_texts(1)]
    return without_courtesies(last) or last


def _leant_on(dialogue: Dialogue, rules: SearchRules) -> str | None:
    """The message that the last one is hardly understood without; "" where none says anything, None for none."""
    *before, last = dialogue.last_user_texts(len(dialogue.turns)) or [""]
    if not leans(last, few_words=rules.self_contained_words, pronoun_words=rules.pronoun_words):
        return None
    # A greeting, "yes" or "the 2nd" says nothing of what it is about; the message before it does.
    said = (without_courtesies(text) for text in reversed(before))
    return next((text for text in said if len(words_with_meaning(text)) > 1), "")


def _answered_from(dialogue: Dialogue, knowledge: Knowledge) -> frozenset[str]:
    """The articles of the answer before the customer's last message; of one that names none, the nearest to it."""
    answers = [place for place, turn in enumerate(dialogue.turns) if turn.role in ("assistant", "agent")]
    if not answers:
        return frozenset()
    turn = dialogue.turns[answers[-1]]
    if turn.articles or turn.decision is not None:
        return frozenset(turn.articles)
    *_, asked = ["", *(one.text for one in dialogue.turns[: answers[-1]] if one.role == "user")]
    return frozenset(hit.passage.article for hit in knowledge.search(f"{asked} {turn.text}".strip(), 1))


def retrieve(
    knowledge: Knowledge,
    dialogue: Dialogue,
    rules: SearchRules,
    *,
    passages: int,
    nearest: int | None,
    article: str | None = None,
) -> Context:
    """Search the help centre, or one of its articles, for a conversation's question.

    With no `nearest`, all sentences of the passages are among those found.
    """
    query = query_of(dialogue, rules, knowledge)
    hits, found = knowledge.find(query, passages=passages, sentences=nearest, rules=rules, article=article)
    return Context(query.words, tuple(hits), tuple(found), knowledge, article=article)


def narrowed(
    context: Context, candidates: Sequence[Hit], *, passages: int, nearest: int | None, read_tokens: int = 0
) -> Context:
    """A wide search with its candidates in another order: the first passages, and their nearest sentences.

    With no `nearest`, all of them.
    """
    hits = tuple(candidates[:passages])
    kept = {hit.passage for hit in hits}
    sentences = tuple(hit for hit in context.sentences if hit.passage in kept)[:nearest]
    return replace(
        context,
        hits=hits,
        sentences=sentences,
        candidates=tuple(candidates),
        nearest=context.cosine,
        read_tokens=read_tokens,
    )
