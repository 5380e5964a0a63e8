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

    def __init__(self, speech: CheckedSpeech, speaker: Speaker, *, passages: int = 0) -> None:
        """`passages` is how many it was trained to read; 0: it was trained without."""
        self._speech, self._speaker, self._passages = speech, speaker, passages

    def sentences(
        self, place: Place, dialogue: Dialogue, context: Context
    ) -> AsyncGenerator[Sentence | End, None]:
        """The model's own, checked against the passages, of which it reads the first."""
        read = context.passages[: self._passages]
        return self._speech.sentences(place, dialogue, context, self._speaker, passages=read)
