"""Contextual prompting: what is retrieved for a conversation."""

from dataclasses import dataclass

from bot.dialogue import Dialogue
from bot.retrieval.articles import Passage
from bot.retrieval.retriever import Hit, Knowledge, SentenceHit
from bot.retrieval.rules import SearchRules
from bot.retrieval.sentences import content_words


@dataclass(frozen=True, slots=True)
class Context:
    """The question as it was searched, the passages found, their nearest sentences, and where it was searched.

    An answer is checked against what was searched for it, even where an article changes in between.
    """

    question: str
    hits: tuple[Hit, ...]
    sentences: tuple[SentenceHit, ...]
    knowledge: Knowledge

    @property
    def passages(self) -> list[Passage]:
        """The passages, best first."""
        return [hit.passage for hit in self.hits]

    @property
    def cosine(self) -> float:
        """How near the nearest sentence or passage is: whether the help centre is about this at all."""
        nearest = [hit.cosine for hit in self.hits] + [hit.cosine for hit in self.sentences]
        return max(nearest, default=-1.0)


def question_of(dialogue: Dialogue, rules: SearchRules) -> str:
    """The customer's last message, with the one before where it cannot stand alone."""
    texts = dialogue.last_user_texts(2)
    if len(texts) == 2 and len(content_words(texts[1])) < rules.self_contained_words:
        return " ".join(texts)
    return texts[-1] if texts else ""


def retrieve(
    knowledge: Knowledge, dialogue: Dialogue, rules: SearchRules, *, passages: int, nearest: int
) -> Context:
    """Search the help centre for a conversation's question."""
    question = question_of(dialogue, rules)
    hits, found = knowledge.find(question, passages=passages, sentences=nearest, rules=rules)
    return Context(question, tuple(hits), tuple(found), knowledge)
