"""Re-ranking by query likelihood: how probable the base finds the question after each passage that was found.

The base learnt it, as a LoRA that every backend shares. Source: https://arxiv.org/abs/2204.07496
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.dialogue import Dialogue, Turn, user_says
from bot.engine.protocol import Place, Prompt, Scores, Scoring
from bot.prompting.template import RerankSection
from bot.retrieval.articles import Passage
from bot.retrieval.context import Context, narrowed
from bot.retrieval.retriever import Hit, SentenceHit


def reading(passage: Passage) -> Dialogue:
    """A passage as the re-ranker reads it: in the customer's turn, so that the question is what is said next."""
    return user_says("\n".join(part for part in (passage.title, passage.heading, passage.text) if part))


def row(passage: Passage, question: str) -> Dialogue:
    """What the re-ranker learns from: the same, with its question."""
    return reading(passage).said(Turn("assistant", question, (passage.article,)))


@dataclass(frozen=True, slots=True)
class Reranker:
    """A LoRA, by the sha256 of its artefact, under the text that it was trained under."""

    adapter: str
    system: str
    rules: RerankSection

    async def best(self, place: Place, context: Context, *, passages: int) -> Context:
        """The best passages of a wide search, with all of their sentences."""
        hits, read_tokens = await self.ranked(place, context.question, context.hits)
        return narrowed(context, hits, passages=passages, nearest=None, read_tokens=read_tokens)

    async def weighed(self, place: Place, context: Context) -> Context:
        """With the nearest sentences scored, best first by likelihood and cosine; the others stay behind."""
        count = self.rules.sentences
        near, others = context.sentences[:count], context.sentences[count:]
        scores, read_tokens = await self.sentence_scores(place, context.question, near)
        scored = [replace(hit, reranked=score) for hit, score in zip(near, scores, strict=True)]
        scored.sort(key=lambda hit: -(hit.reranked or 0.0))
        return replace(context, sentences=(*scored, *others), read_tokens=context.read_tokens + read_tokens)

    async def read(self, place: Place, passages: Sequence[Passage]) -> None:
        """Read passages, so that a question behind them costs no more than its own tokens."""
        await self._likelihoods(place, "?", passages)

    async def ranked(self, place: Place, question: str, hits: Sequence[Hit]) -> tuple[tuple[Hit, ...], int]:
        """The first candidates in the order of their likelihood and score together; those behind stay behind."""
        first, rest = hits[: self.rules.candidates], hits[self.rules.candidates :]
        likely, read_tokens = await self._likelihoods(place, question, [hit.passage for hit in first])
        scores = [value + self.rules.score_weight * hit.score for hit, value in zip(first, likely, strict=True)]
        order = sorted(range(len(first)), key=lambda index: -scores[index])
        best = (replace(first[index], reranked=scores[index], likelihood=likely[index]) for index in order)
        return (*best, *rest), read_tokens

    async def sentence_scores(
        self, place: Place, question: str, sentences: Sequence[SentenceHit]
    ) -> tuple[tuple[float, ...], int]:
        """For each sentence its likelihood and cosine together; and the tokens that were read for it."""
        alone = [replace(hit.passage, text=hit.sentence) for hit in sentences]
        # Few sentences come again, and all of them would push the passages out.
        likely, read_tokens = await self._likelihoods(place, question, alone, kept=False)
        weight = self.rules.cosine_weight
        scores = (value + weight * hit.cosine for hit, value in zip(sentences, likely, strict=True))
        return tuple(scores), read_tokens

    async def _likelihoods(
        self, place: Place, question: str, passages: Sequence[Passage], *, kept: bool = True
    ) -> tuple[list[float], int]:
        """Mean log p(question | passage) per token, in nats."""
        if not passages or not question.strip():
            return [0.0] * len(passages), 0
        asked = " ".join(question.split(" ")[-self.rules.question_words :])
        prompts = tuple(Prompt(reading(passage), self.system, self.adapter) for passage in passages)
        scores: Scores = await place.score(Scoring(prompts, (asked,), kept=kept))
        return [value for (value,) in scores.values], scores.read_tokens
