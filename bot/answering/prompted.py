"""The engineered prompt on the bare base: template, constraints and context."""

from collections.abc import AsyncGenerator

from bot.answer import Delta, Finished, Piece
from bot.answering.grounding import Grounding, Voice, sources_of
from bot.answering.speech import speak
from bot.dialogue import Dialogue
from bot.releases.part import Artefact


class Prompted:
    """In mode `quote` its words are the template's and the help centre's; otherwise the base's, checked."""

    name = "prompted"

    def __init__(self, artefact: Artefact, grounding: Grounding, max_new_tokens: int) -> None:
        self.artefact_sha256 = artefact.sha256
        self._grounding, self._max_new_tokens = grounding, max_new_tokens

    async def answer(self, dialogue: Dialogue) -> AsyncGenerator[Piece, None]:
        """See Backend.answer."""
        grounding, prompt = self._grounding, self._grounding.prompt
        if reply := await grounding.fixed_reply(dialogue):
            yield Delta(reply.text)
            yield Finished(reply.finish_reason)
            return
        context = await grounding.context(dialogue)
        if not grounding.in_scope(context):
            yield Delta(prompt.handoff.text)
            yield Finished("handoff")
            return
        if prompt.constraints.mode != "quote":
            voice = Voice(prompt.system_text(context.passages))
            async for piece in speak(grounding, dialogue, context, voice, self._max_new_tokens):
                yield piece
            return
        # The passages are what is scored here, so the question must be all that the base reads.
        voice = Voice(prompt.system_text([]))
        quotes = await grounding.quote(context, voice)
        parts = [hit.sentence for hit in quotes.hits]
        # A person greets and closes once, not in every message.
        if prompt.template.enabled and all(turn.role == "user" for turn in dialogue.turns):
            parts = [part for part in (prompt.template.opening, *parts, prompt.template.closing) if part]
        for index, part in enumerate(parts):
            yield Delta((" " if index else "") + part)
        tokens = len(grounding.renderer.plain(" ".join(parts)))
        yield Finished("stop", sources_of([hit.passage for hit in quotes.hits]), quotes.read_tokens, tokens)
