"""Contextual prompting: what is retrieved for a conversation."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.dialogue import Dialogue
from bot.retrieval.articles import Passage
from bot.retrieval.retriever import Hit, Knowledge, SentenceHit
from bot.retrieval.rules import SearchRules
from bot.retrieval.sentences import content_words


@dataclass(frozen=True, slots=True)
class Context:
    """The question as it was searched, the passages found, their nearest sentences, and where it was searched.

    `candidates` are all that the re-ranker chose the passages from, best first, and `nearest` is how near the
    nearest of them is; without a re-ranker the passages are all there is. `read_tokens` are what it read.
    An answer is checked against what was searched for it, even where an article changes in between.
    """

    question: str
    hits: tuple[Hit, ...]
    sentences: tuple[SentenceHit, ...]
    knowledge: Knowledge
    candidates: tuple[Hit, ...] = ()
    nearest: float | None = None
    read_tokens: int = 0

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
    """The customer's last message, with the one before where it cannot stand alone."""
    texts = dialogue.last_user_texts(2)
    if len(texts) == 2 and len(content_words(texts[1])) < rules.self_contained_words:
        return " ".join(texts)
    return texts[-1] if texts else ""


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
    question = question_of(dialogue, rules)
    hits, found = knowledge.find(question, passages=passages, sentences=nearest, rules=rules, article=article)
    return Context(question, tuple(hits), tuple(found), knowledge)


def narrowed(
    context: Context, candidates: Sequence[Hit], *, passages: int, nearest: int, read_tokens: int = 0
) -> Context:
    """A wide search with its candidates in another order: the first passages, and their nearest sentences."""
    hits = tuple(candidates[:passages])
    kept = {hit.passage for hit in hits}
    sentences = tuple(hit for hit in context.sentences if hit.passage in kept)[:nearest]
    return Context(
        context.question, hits, sentences, context.knowledge, tuple(candidates), context.cosine, read_tokens
    )
