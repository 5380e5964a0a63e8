"""What learnt from transcripts, a LoRA or a soft prompt over the shared base, writes freely and is checked."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from bot.answering.checked import CheckedSpeech
from bot.answering.protocol import End, Sentence
from bot.answering.quoting import Quotes, alone, quote
from bot.answering.speech import Speaker, Speech
from bot.answering.woven import Closeness
from bot.dialogue import Dialogue
from bot.engine.protocol import Place
from bot.prompting.template import PromptConfig
from bot.retrieval.context import Context


class Learned:
    """It says in its own words what was chosen to be said; what its words don't hold is quoted."""

    in_scope_only = False

    def __init__(
        self,
        speech: Speech,
        checked: CheckedSpeech,
        speaker: Speaker,
        prompt: PromptConfig,
        *,
        reads: bool,
        closeness: Closeness | None = None,
    ) -> None:
        """`reads`: it was trained to read the sentences that answer; otherwise it sees the conversation alone.

        `closeness`: see CheckedSpeech.sentences.
        """
        self._speech, self._checked, self._speaker = speech, checked, speaker
        self._prompt, self._reads, self._closeness = prompt, reads, closeness

    async def sentences(
        self, place: Place, dialogue: Dialogue, context: Context
    ) -> AsyncGenerator[Sentence | End, None]:
        """The model's own, checked; of the passages it reads what the engineered prompt would quote."""
        quotes = Quotes()
        if self._reads:
            # The choice is the shared one, of the base alone: backends differ in what they make of it.
            base = Speaker(self._prompt.system_text())
            quotes = await quote(place, dialogue, context, self._speech, base, self._prompt)
        read = alone(context.knowledge, ((hit.passage, hit.sentence) for hit in quotes.hits))
        written = self._checked.sentences(
            place,
            dialogue,
            context,
            self._speaker,
            passages=read,
            quotes=quotes if self._reads else None,
            closeness=self._closeness,
        )
        async with aclosing(written) as sentences:
            async for sentence in sentences:
                if isinstance(sentence, End):
                    sentence = End(sentence.finish_reason, sentence.read_tokens + quotes.read_tokens)
                yield sentence
