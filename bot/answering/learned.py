"""Backends that learnt from transcripts: a LoRA, or a soft prompt, over the shared base."""

from collections.abc import AsyncGenerator

from bot.answer import Delta, Finished, Piece
from bot.answering.grounding import Grounding, Voice
from bot.answering.speech import speak
from bot.dialogue import Dialogue
from bot.releases.part import Artefact


class Learned:
    """A LoRA (`finetuned`) or a soft prompt (`prompt-tuned`) over the shared base."""

    def __init__(
        self, name: str, artefact: Artefact, grounding: Grounding, voice: Voice, max_new_tokens: int
    ) -> None:
        self.name, self.artefact_sha256 = name, artefact.sha256
        self._grounding, self._voice, self._max_new_tokens = grounding, voice, max_new_tokens

    async def answer(self, dialogue: Dialogue) -> AsyncGenerator[Piece, None]:
        """See Backend.answer."""
        if reply := await self._grounding.fixed_reply(dialogue):
            yield Delta(reply.text)
            yield Finished(reply.finish_reason)
            return
        context = await self._grounding.context(dialogue)
        async for piece in speak(self._grounding, dialogue, context, self._voice, self._max_new_tokens):
            yield piece
