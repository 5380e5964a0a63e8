"""Backends that learnt from transcripts: they write freely, and each sentence is checked before it is said."""

import asyncio
from collections.abc import AsyncGenerator

from bot.artefact import Artefact
from bot.backends.grounding import SAME_SENTENCE_COSINE, Grounding, Voice, sources_of
from bot.backends.protocol import Delta, Finished, Piece
from bot.dialogue import Dialogue
from bot.engine.protocol import Generation, Sampling, Stopped, Text
from bot.knowledge import Passage, split_sentences
from bot.prompting.context import Context

REPETITION_PENALTY = 1.1


async def written_sentences(grounding: Grounding, request: Generation) -> AsyncGenerator[str | Stopped, None]:
    """The model's reply sentence by sentence, each as soon as the next one begins; `Stopped` last."""
    pending = ""
    stream = grounding.engine.stream(request)
    try:
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
    finally:
        await stream.aclose()


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
    request = Generation(
        rendered.ids, voice.adapter, Sampling(repetition_penalty=REPETITION_PENALTY), max_new_tokens
    )
    free = grounding.prompt.constraints.mode == "free"
    said: list[str] = []
    held: list[Passage] = []
    asks = refused = False
    sentences = written_sentences(grounding, request)
    try:
        async for sentence in sentences:
            if isinstance(sentence, Stopped):
                break
            if not free:
                verdict = await grounding.judge(sentence, context, shown)
                refused = not verdict.allowed
                if refused:
                    break
                if verdict.passage:
                    held.append(verdict.passage)
            yield Delta((" " if said else "") + sentence)
            said.append(sentence)
            asks = sentence.endswith("?")
    finally:
        await sentences.aclose()
    if not free and not held and (refused or not asks):
        if not grounding.in_scope(context):
            if refused:
                yield Delta((" " if said else "") + grounding.prompt.handoff.text)
                said.append(grounding.prompt.handoff.text)
            tokens = len(grounding.renderer.plain(" ".join(said)))
            yield Finished("handoff" if refused else "stop", (), len(rendered.ids), tokens)
            return
        quoted = await grounding.quote(context, voice)
        encode = grounding.knowledge.embedder.encode
        vectors = await asyncio.to_thread(encode, [*said, *(hit.sentence for hit in quoted)])
        known, new = vectors[: len(said)], vectors[len(said) :]
        for hit, vector in zip(quoted, new, strict=True):
            if len(known) and float((known @ vector).max()) > SAME_SENTENCE_COSINE:
                continue
            yield Delta((" " if said else "") + hit.sentence)
            said.append(hit.sentence)
            held.append(hit.passage)
    tokens = len(grounding.renderer.plain(" ".join(said)))
    yield Finished("stop", sources_of(held), len(rendered.ids), tokens)


class Learned:
    """A LoRA (`finetuned`) or a soft prompt (`prompt-tuned`) over the shared base."""

    def __init__(
        self, name: str, artefact: Artefact, grounding: Grounding, voice: Voice, max_new_tokens: int
    ) -> None:
        self.name, self.artefact_sha256 = name, artefact.sha256
        self._grounding, self._voice, self._max_new_tokens = grounding, voice, max_new_tokens

    async def answer(self, dialogue: Dialogue) -> AsyncGenerator[Piece, None]:
        """See Backend.answer."""
        if reply := await self._grounding.fixed_reply(dialogue, all_kinds=False):
            yield Delta(reply.text)
            yield Finished(reply.finish_reason)
            return
        context = await self._grounding.context(dialogue)
        async for piece in speak(self._grounding, dialogue, context, self._voice, self._max_new_tokens):
            yield piece
