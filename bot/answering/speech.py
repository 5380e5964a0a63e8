"""Free speech, held to the passages: a model's reply is checked sentence by sentence before it is said."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field

from bot.answer import Delta, Finished, FinishReason, Piece
from bot.answering.grounding import SAME_SENTENCE_COSINE, Grounding, Verdict, Voice, sources_of
from bot.dialogue import Dialogue
from bot.engine.local.render import Renderer
from bot.engine.protocol import Generation, Sampling, Stopped, Text
from bot.retrieval.articles import Passage
from bot.retrieval.context import Context
from bot.retrieval.retriever import SentenceHit
from bot.retrieval.sentences import split_sentences

REPETITION_PENALTY = 1.1


async def written_sentences(grounding: Grounding, request: Generation) -> AsyncGenerator[str | Stopped, None]:
    """The model's reply sentence by sentence, each as soon as the next one begins; `Stopped` last."""
    pending = ""
    async with aclosing(grounding.engine.stream(request)) as stream:
        async for piece in stream:
            if isinstance(piece, Text):
                pending += piece.text
                *whole, last = split_sentences(pending) or ("",)
                for sentence in whole:
                    yield sentence
                if whole:
                    # Its trailing space belongs to the next word.
                    pending = pending[pending.rindex(last) :]
            else:
                # What a limit cut off in the middle is not said.
                if pending.strip() and (piece.reason == "stop" or pending.rstrip()[-1] in ".!?"):
                    yield pending.strip()
                yield piece


@dataclass
class Reply:
    """What was said so far, the passages that hold it, and what the model read for it, in tokens."""

    read_tokens: int
    said: list[str] = field(default_factory=list)
    held: list[Passage] = field(default_factory=list)
    refused: bool = False

    def say(self, sentence: str, passage: Passage | None) -> Delta:
        """One more sentence, as the piece that shows it."""
        piece = Delta((" " if self.said else "") + sentence)
        self.said.append(sentence)
        if passage is not None:
            self.held.append(passage)
        return piece

    def finished(self, reason: FinishReason, renderer: Renderer) -> Finished:
        """The last piece."""
        tokens = len(renderer.plain(" ".join(self.said)))
        return Finished(reason, sources_of(self.held), self.read_tokens, tokens)


async def speak(
    grounding: Grounding, dialogue: Dialogue, context: Context, voice: Voice, max_new_tokens: int
) -> AsyncGenerator[Piece, None]:
    """Say what the voice writes while the passages hold it; where they don't, quote them instead."""
    rendered, shown = grounding.renderer.fit(
        dialogue,
        system=voice.system,
        soft_tokens=voice.soft_tokens,
        max_tokens=grounding.max_prompt_tokens,
    )
    sampling = Sampling(repetition_penalty=REPETITION_PENALTY)
    request = Generation(rendered.ids, voice.adapter, sampling, max_new_tokens)
    free = grounding.prompt.constraints.mode == "free"
    reply = Reply(len(rendered.ids))
    reason: FinishReason = "stop"
    async with aclosing(written_sentences(grounding, request)) as sentences:
        async for sentence in sentences:
            if isinstance(sentence, Stopped):
                reason = sentence.reason
                break
            verdict = Verdict(True)
            if not free:
                verdict = await grounding.judge(sentence, context, shown, answered=bool(reply.held))
            if not verdict.allowed:
                reply.refused = True
                break
            yield reply.say(sentence, verdict.passage)
    if not free and not reply.held:
        if grounding.in_scope(context):
            reason = "stop"
            for hit in await new_quotes(grounding, context, voice, reply):
                yield reply.say(hit.sentence, hit.passage)
        elif reply.refused:
            reason = "handoff"
            yield reply.say(grounding.prompt.handoff.text, None)
    yield reply.finished(reason, grounding.renderer)


async def new_quotes(grounding: Grounding, context: Context, voice: Voice, reply: Reply) -> list[SentenceHit]:
    """The quotes that the reply has not said already in its own words."""
    quotes = await grounding.quote(context, voice)
    reply.read_tokens += quotes.read_tokens
    if not reply.said:
        return list(quotes.hits)
    texts = [*reply.said, *(hit.sentence for hit in quotes.hits)]
    vectors = await asyncio.to_thread(grounding.knowledge.embedder.encode_documents, texts)
    known, new = vectors[: len(reply.said)], vectors[len(reply.said) :]
    return [
        hit
        for hit, vector in zip(quotes.hits, new, strict=True)
        if float((known @ vector).max()) <= SAME_SENTENCE_COSINE
    ]
