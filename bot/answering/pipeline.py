"""From a customer's message to a reply: the order of the steps, the same for every backend."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import aclosing
from dataclasses import dataclass, replace

from bot.answer import Decision, Delta, Finished, FinishReason, Piece, Source
from bot.answering.acts import Acts, Reply
from bot.answering.judging import in_scope
from bot.answering.otherwise import otherwise
from bot.answering.protocol import End, Sentence, Strategy
from bot.answering.rerank import Reranker
from bot.answering.speech import Speech
from bot.dialogue import Dialogue
from bot.engine.protocol import Place
from bot.prompting.template import PromptConfig
from bot.retrieval.articles import Passage
from bot.retrieval.context import Context, retrieve
from bot.retrieval.help_centre import HelpCentre


@dataclass(frozen=True, slots=True)
class Steps:
    """What the backends share: one help centre, one prompt with its fixed replies, one engine, one re-ranker."""

    acts: Acts
    help_centre: HelpCentre
    prompt: PromptConfig
    speech: Speech
    reranker: Reranker | None = None

    async def find(self, place: Place, dialogue: Dialogue, passages: int | None = None) -> Context:
        """What the help centre has on a conversation, in the re-ranker's order where there is one.

        As many passages as the prompt takes, or `passages`.
        """
        prompt, reranker = self.prompt, self.reranker
        passages = passages or prompt.context.passages
        nearest = prompt.constraints.nearest
        context = await asyncio.to_thread(
            retrieve,
            self.help_centre.now,
            dialogue,
            prompt.retrieval,
            passages=max(passages, prompt.rerank.candidates) if reranker else passages,
            nearest=None if reranker else nearest,
        )
        if reranker is None:
            return context
        return await reranker.ordered(place, context, passages=passages, nearest=nearest)


class Pipeline:
    """A backend: the shared steps, with its own strategy for finding sentences."""

    def __init__(
        self, name: str, artefact_sha256: str, release_sha256: str, steps: Steps, strategy: Strategy
    ) -> None:
        self.name, self.artefact_sha256, self.release_sha256 = name, artefact_sha256, release_sha256
        self._steps, self._strategy = steps, strategy

    async def answer(self, dialogue: Dialogue) -> AsyncGenerator[Piece, None]:
        """See Backend.answer."""
        steps = self._steps
        # 1) What is no question gets its reply, unless an article that is surely about it goes before.
        heard = await steps.acts.hear(dialogue)
        if heard.reply and not (heard.reply.yields and await self._surely_answered(dialogue)):
            for piece in self._replied(heard.reply):
                yield piece
            return
        # What is picked is asked by its label.
        if heard.picked:
            turn = replace(dialogue.turns[-1], text=heard.picked.label)
            dialogue = replace(dialogue, turns=(*dialogue.turns[:-1], turn))
        # 2) A place in the model's line, for all that follows: from here on, who came first is served first.
        async with steps.speech.admit() as place, aclosing(self._grounded(place, dialogue)) as pieces:
            async for piece in pieces:
                yield piece

    def _replied(self, reply: Reply) -> Iterator[Piece]:
        """The reply to an act; what is wanted in other words is said with the sentences around it."""
        text, sources = reply.text, tuple[Source, ...]()
        if reply.about and (found := otherwise(reply.about, self._steps.help_centre.now.passages)):
            text, sources = f"{text} {found[0]}", sources_of([found[1]])
        yield Delta(text)
        reason: FinishReason = "handoff" if reply.decision == "handoff" else "stop"
        yield Finished(reason, sources, decision=reply.decision, choices=reply.choices, act=reply.act)

    async def _surely_answered(self, dialogue: Dialogue) -> bool:
        """Whether an article is so near that it is about the message."""
        prompt = self._steps.prompt
        context = await asyncio.to_thread(
            retrieve, self._steps.help_centre.now, dialogue, prompt.retrieval, passages=1, nearest=1
        )
        return context.cosine >= prompt.acts.sure_cosine

    async def _grounded(self, place: Place, dialogue: Dialogue) -> AsyncGenerator[Piece, None]:
        steps, prompt = self._steps, self._steps.prompt
        # 3) Retrieve: what the help centre has on the conversation.
        context = await steps.find(place, dialogue)
        # 4) Scope: what the help centre is not about is handed over.
        if self._strategy.in_scope_only and not in_scope(context, prompt.constraints):
            yield Delta(prompt.handoff.text)
            yield Finished("handoff", decision="handoff")
            return
        # 5) Say or quote; a sentence comes only after its check.
        said: list[Sentence] = []
        end = End("stop", 0)
        async with aclosing(self._strategy.sentences(place, dialogue, context)) as sentences:
            async for sentence in sentences:
                if isinstance(sentence, End):
                    end = sentence
                else:
                    yield Delta((" " if said else "") + sentence.text)
                    said.append(sentence)
        # 6) Sources: each passage that a sentence rests on.
        sources = sources_of(sentence.passage for sentence in said if sentence.passage)
        written_tokens = steps.speech.tokens(" ".join(sentence.text for sentence in said))
        decision = decided(end.finish_reason, "answer")
        yield Finished(end.finish_reason, sources, context.read_tokens + end.read_tokens, written_tokens, decision)


def decided(reason: FinishReason, otherwise: Decision) -> Decision:
    """A reply that ends with a handover is one, whatever began it."""
    return "handoff" if reason == "handoff" else otherwise


def sources_of(passages: Iterable[Passage]) -> tuple[Source, ...]:
    """Each passage once, in order."""
    return tuple(Source(p.article, p.title, p.heading, p.text) for p in dict.fromkeys(passages))
