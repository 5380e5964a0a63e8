"""What learnt from transcripts, a LoRA or a soft prompt over the shared base, writes freely and is checked."""

from collections.abc import AsyncGenerator

from bot.answering.checked import CheckedSpeech
from bot.answering.protocol import End, Sentence
from bot.answering.speech import Speaker
from bot.dialogue import Dialogue
from bot.engine.protocol import Place
from bot.retrieval.context import Context


class Learned:
    """It was taught to hand over what it does not know, so it is asked about everything."""

    in_scope_only = False

    def __init__(self, speech: CheckedSpeech, speaker: Speaker) -> None:
        self._speech, self._speaker = speech, speaker

    def sentences(
        self, place: Place, dialogue: Dialogue, context: Context
    ) -> AsyncGenerator[Sentence | End, None]:
        """The model's own, checked against the passages."""
        return self._speech.sentences(place, dialogue, context, self._speaker)
