"""What the model is asked: the sentences that it writes, and how probable it finds those of others."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import dataclass

from bot.dialogue import Dialogue, user_says
from bot.engine.protocol import Engine, Generation, Place, Prompt, Reading, Sampling, Scoring, Stopped, Text
from bot.retrieval.sentences import split_sentences

# More than any chat template adds to a system text and one turn.
_TEMPLATE_TOKENS = 64


@dataclass(frozen=True, slots=True)
class Speaker:
    """The shared base as one backend uses it: its system text, the sha256 of its LoRA or soft prompt.

    `foreign_words` are those of the shop that it was trained for, where another one is served.
    """

    system: str
    adapter: str | None = None
    foreign_words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gains:
    """For each text, how much more probable the question makes it; and the tokens that were read for it."""

    values: tuple[float, ...]
    read_tokens: int


class Speech:
    """One engine; how long a prompt and a reply may be, in tokens; how tokens are chosen."""

    def __init__(self, engine: Engine, *, max_prompt_tokens: int, max_new_tokens: int, sampling: Sampling) -> None:
        self._engine, self._sampling = engine, sampling
        self._max_prompt_tokens, self._max_new_tokens = max_prompt_tokens, max_new_tokens

    def admit(self) -> AbstractAsyncContextManager[Place]:
        """The reply's place in the line, for all that it needs of the model. Raises EngineBusy."""
        return self._engine.admit()

    def tokens(self, text: str) -> int:
        """The length of a text."""
        return self._engine.tokens(text)

    def has_room(self, text: str, speaker: Speaker) -> bool:
        """Whether a prompt holds the speaker's system text and this one whole, with what a template adds."""
        return self.tokens(speaker.system) + self.tokens(text) + _TEMPLATE_TOKENS <= self._max_prompt_tokens

    async def write(
        self, place: Place, dialogue: Dialogue, speaker: Speaker, *, unlike: Sequence[str] = ()
    ) -> AsyncGenerator[Reading | str | Stopped, None]:
        """What the speaker reads, then its sentences, each as soon as the next one begins; `Stopped` last.

        It does not begin as a text of `unlike` does.
        """
        prompt = self._prompt(dialogue, speaker)
        request = Generation(prompt, self._sampling, self._max_new_tokens, tuple(unlike))
        pending = ""
        async with aclosing(place.stream(request)) as stream:
            async for piece in stream:
                if isinstance(piece, Text):
                    pending += piece.text
                    whole, pending = _whole(pending)
                    for sentence in whole:
                        yield sentence
                elif isinstance(piece, Reading):
                    yield piece
                else:
                    *before, last = split_sentences(pending) or ("",)
                    for sentence in before:
                        yield sentence
                    # What a limit cut off in the middle is not said.
                    if last and (piece.reason == "stop" or last[-1] in ".!?"):
                        yield last
                    yield piece

    async def gains(self, place: Place, question: str, texts: Sequence[str], speaker: Speaker) -> Gains:
        """log p(text | question) - log p(text | empty question), per token, in nats."""
        prompts = tuple(self._prompt(user_says(one), speaker) for one in (question, ""))
        scores = await place.score(Scoring(prompts, tuple(texts)))
        values = tuple(asked - unasked for asked, unasked in zip(*scores.values, strict=True))
        return Gains(values, scores.read_tokens)

    def _prompt(self, dialogue: Dialogue, speaker: Speaker) -> Prompt:
        return Prompt(dialogue, speaker.system, speaker.adapter, self._max_prompt_tokens)


def _whole(pending: str) -> tuple[tuple[str, ...], str]:
    """The sentences that have ended in a text that goes on, and the rest of it.

    The word behind a full stop says whether it ended a sentence ("6 p.m. Monday"), so it must be whole itself.
    """
    parts = split_sentences(pending)
    last_is_whole = len(parts[-1].split()) > 1 or pending[-1].isspace() if parts else False
    ended = parts[: -1 if last_is_whole else -2]
    start = 0
    for sentence in ended:
        start = pending.index(sentence, start) + len(sentence)
    # The space behind the rest belongs to the next word.
    return ended, pending[start:].lstrip()
