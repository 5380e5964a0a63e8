"""The engineered prompt on the bare base: template, constraints and context."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from bot.answering.checked import CheckedSpeech
from bot.answering.protocol import End, Sentence
from bot.answering.quoting import quote
from bot.answering.speech import Speaker, Speech
from bot.dialogue import Dialogue
from bot.engine.protocol import Place
from bot.models.embedder import Embedder
from bot.prompting.template import PromptConfig
from bot.retrieval.context import Context


class Prompted:
    """In mode `quote` its words are the template's and the help centre's; otherwise the base's, checked."""

    in_scope_only = True

    def __init__(self, speech: Speech, embedder: Embedder, prompt: PromptConfig) -> None:
        self._speech, self._prompt = speech, prompt
        self._checked = CheckedSpeech(speech, embedder, prompt, free=prompt.constraints.mode == "free")

    async def sentences(
        self, place: Place, dialogue: Dialogue, context: Context
    ) -> AsyncGenerator[Sentence | End, None]:
        """Quotes in the template; or, in another mode, the base's own words with the passages before it."""
        prompt = self._prompt
        speaker = Speaker(prompt.system_text())
        if prompt.constraints.mode != "quote":
            found = self._checked.sentences(place, dialogue, context, speaker, passages=context.passages)
            async with aclosing(found) as sentences:
                async for sentence in sentences:
                    yield sentence
            return
        # The passages are what is scored here, so the question must be all that the base reads.
        quotes = await quote(place, dialogue, context, self._speech, speaker, prompt)
        # A person greets and closes once, not in every message.
        framed = prompt.template.enabled and all(turn.role == "user" for turn in dialogue.turns)
        if framed and prompt.template.opening:
            yield Sentence(prompt.template.opening)
        for hit in quotes.hits:
            yield Sentence(hit.sentence, hit.passage)
        if framed and prompt.template.closing:
            yield Sentence(prompt.template.closing)
        yield End("stop", quotes.read_tokens)
