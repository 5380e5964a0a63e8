"""What all backends share: retrieval, fixed replies, quoting, and the check of free sentences."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.answer import Source
from bot.dialogue import Dialogue, user_says
from bot.engine.local.render import Renderer
from bot.engine.protocol import Engine, Scoring
from bot.prompting.constraints import asks_for_a_secret, negated, unsupported_figures
from bot.prompting.template import Prompt, Reply
from bot.retrieval.articles import Passage
from bot.retrieval.context import Context, retrieve
from bot.retrieval.retriever import Knowledge, SentenceHit
from bot.retrieval.sentences import content_words

# A free sentence of at most this many words, this far from all passages, is a courtesy, not a claim.
COURTESY_WORDS = 9
COURTESY_COSINE = 0.35
SAME_SENTENCE_COSINE = 0.85


@dataclass(frozen=True, slots=True)
class Voice:
    """Who scores and speaks: the system text, the soft prompt's length, the adapter's name."""

    system: str
    soft_tokens: int = 0
    adapter: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a free sentence may be said, and the passage that holds it (None: it claims nothing)."""

    allowed: bool
    passage: Passage | None = None


@dataclass(frozen=True, slots=True)
class Lifts:
    """For each text, how much more probable the question makes it; and the tokens that were read for it."""

    values: tuple[float, ...]
    read_tokens: int


@dataclass(frozen=True, slots=True)
class Quotes:
    """Sentences to say, best first; and the tokens that were read to choose them."""

    hits: tuple[SentenceHit, ...]
    read_tokens: int = 0


class Grounding:
    """One help centre, one prompt, one engine."""

    def __init__(
        self, knowledge: Knowledge, prompt: Prompt, engine: Engine, renderer: Renderer, max_prompt_tokens: int
    ) -> None:
        self.knowledge, self.prompt, self.engine, self.renderer = knowledge, prompt, engine, renderer
        self.max_prompt_tokens = max_prompt_tokens
        self._examples = [(reply, text) for reply in prompt.replies for text in reply.examples]
        self._example_vectors = knowledge.embedder.encode_queries([text for _, text in self._examples])

    async def fixed_reply(self, dialogue: Dialogue) -> Reply | None:
        """The reply whose examples the last message is near to; a question back where it says nothing."""
        text = dialogue.turns[-1].text if dialogue.turns else ""
        if self._examples and text:
            vector = (await asyncio.to_thread(self.knowledge.embedder.encode_queries, [text]))[0]
            cosines = self._example_vectors @ vector
            best = int(np.argmax(cosines))
            reply = self._examples[best][0]
            if float(cosines[best]) >= reply.min_cosine and len(text.split()) <= reply.max_words:
                return reply
        if not content_words(text):
            return Reply(name="clarify", examples=(), text=self.prompt.clarify.text, min_cosine=1.0)
        return None

    async def context(self, dialogue: Dialogue) -> Context:
        """What the help centre has on the conversation."""
        return await asyncio.to_thread(
            retrieve,
            self.knowledge,
            dialogue,
            passages=self.prompt.context.passages,
            nearest=self.prompt.constraints.nearest,
        )

    def in_scope(self, context: Context) -> bool:
        """Whether the help centre is about the question."""
        return context.cosine >= self.prompt.constraints.min_cosine

    async def lifts(self, question: str, texts: Sequence[str], voice: Voice) -> Lifts:
        """log p(text | question) - log p(text | empty question), per token, in nats."""
        continuations = tuple(tuple(self.renderer.plain(text)) for text in texts)
        scores, read_tokens = [], 0
        for asked in (question, ""):
            rendered, _ = self.renderer.fit(
                user_says(asked),
                system=voice.system,
                soft_tokens=voice.soft_tokens,
                max_tokens=self.max_prompt_tokens,
            )
            scores.append(await self.engine.score(Scoring(rendered.ids, continuations, voice.adapter)))
            read_tokens += len(rendered.ids) + sum(len(continuation) for continuation in continuations)
        return Lifts(tuple(asked - unasked for asked, unasked in zip(*scores, strict=True)), read_tokens)

    async def quote(self, context: Context, voice: Voice) -> Quotes:
        """The sentences that answer best: the voice's own score plus a weighted cosine."""
        rules = self.prompt.constraints
        found = list(context.sentences)
        if not found:
            return Quotes(())
        lifts = await self.lifts(context.question, [hit.sentence for hit in found], voice)
        scores = [lift + rules.cosine_weight * hit.cosine for lift, hit in zip(lifts.values, found, strict=True)]
        chosen = self.select(found, scores, sentences=rules.sentences, second_margin=rules.second_margin)
        return Quotes(tuple(chosen), lifts.read_tokens)

    @staticmethod
    def select(
        found: Sequence[SentenceHit], scores: Sequence[float], *, sentences: int, second_margin: float
    ) -> list[SentenceHit]:
        """The best sentence, and others of its article whose cosine is near the best one's."""
        if not found:
            return []
        order = sorted(range(len(found)), key=lambda i: -scores[i])
        best = found[order[0]]
        others = [
            found[i]
            for i in order[1:]
            if found[i].passage.article == best.passage.article and found[i].cosine >= best.cosine - second_margin
        ]
        return [best, *others][:sentences]

    async def judge(
        self, sentence: str, context: Context, dialogue: Dialogue, *, answered: bool = False
    ) -> Verdict:
        """Whether a sentence that the model wrote is held by a passage, or claims nothing.

        What the customer said holds no claim (they may be wrong); an order number may be said back to them.
        A question comes after the answer where the help centre has one, and never asks for a secret.
        """
        near = await asyncio.to_thread(self.knowledge.sentences, sentence, context.passages, 1)
        if near and near[0].cosine >= self.prompt.constraints.support_cosine:
            passage = near[0].passage
            kept = not unsupported_figures(sentence, [passage.title, passage.text])
            return Verdict(kept and negated(sentence) == negated(near[0].sentence), passage)
        if unsupported_figures(sentence, [turn.text for turn in dialogue.turns if turn.role == "user"]):
            return Verdict(False)
        if sentence.rstrip().endswith("?"):
            return Verdict(not asks_for_a_secret(sentence) and (answered or not self.in_scope(context)))
        # "No, you can't." is short and near to nothing, and still a claim.
        answers = sentence.lower().startswith(("yes", "no,", "no ", "you can", "sure"))
        apart = not near or near[0].cosine < COURTESY_COSINE
        whole = sentence.endswith((".", "!")) and "`" not in sentence
        return Verdict(apart and whole and not answers and len(sentence.split()) <= COURTESY_WORDS)


def sources_of(passages: Sequence[Passage]) -> tuple[Source, ...]:
    """Each passage once, in order."""
    return tuple(Source(p.article, p.title, p.heading, p.text) for p in dict.fromkeys(passages))
