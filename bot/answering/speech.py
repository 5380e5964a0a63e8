"""What the model is asked: the sentences that it writes, and how probable it finds those of others."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from bot.dialogue import Dialogue, user_says
from bot.engine.local.render import Renderer
from bot.engine.protocol import Engine, Generation, Sampling, Scoring, Stopped, Text
from bot.retrieval.sentences import split_sentences

# More than any chat template adds to a system text and one turn.
_TEMPLATE_TOKENS = 64


@dataclass(frozen=True, slots=True)
class Speaker:
    """The shared base as one backend uses it: its system text, its soft prompt's length, its adapter's name.

    `foreign_words` are those of the shop that it was trained for, where another one is served.
    """

    system: str
    soft_tokens: int = 0
    adapter: str | None = None
    foreign_words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gains:
    """For each text, how much more probable the question makes it; and the tokens that were read for it."""

    values: tuple[float, ...]
    read_tokens: int


@dataclass(frozen=True, slots=True)
class Written:
    """What a model is about to say: its sentences, the dialogue that it was shown, the prompt's length."""

    sentences: AsyncGenerator[str | Stopped, None]
    shown: Dialogue
    prompt_tokens: int


class Speech:
    """One engine with its renderer; how long a prompt and a reply may be, in tokens; how tokens are chosen."""

    def __init__(
        self,
        engine: Engine,
        renderer: Renderer,
        *,
        max_prompt_tokens: int,
        max_new_tokens: int,
        sampling: Sampling,
    ) -> None:
        self._engine, self._renderer, self._sampling = engine, renderer, sampling
        self._max_prompt_tokens, self._max_new_tokens = max_prompt_tokens, max_new_tokens

    def tokens(self, text: str) -> int:
        """The length of a text."""
        return len(self._renderer.plain(text))

    def has_room(self, text: str, speaker: Speaker) -> bool:
        """Whether a prompt holds the speaker's system text and this one whole, with what a template adds."""
        return self.tokens(speaker.system) + self.tokens(text) + _TEMPLATE_TOKENS <= self._max_prompt_tokens

    def write(self, dialogue: Dialogue, speaker: Speaker) -> Written:
        """Ask for a reply; nothing is computed until its sentences are read."""
        rendered, shown = self._renderer.fit(
            dialogue,
            system=speaker.system,
            soft_tokens=speaker.soft_tokens,
            max_tokens=self._max_prompt_tokens,
        )
        request = Generation(rendered.ids, speaker.adapter, self._sampling, self._max_new_tokens)
        return Written(self._sentences(request), shown, len(rendered.ids))

    async def gains(self, question: str, texts: Sequence[str], speaker: Speaker) -> Gains:
        """log p(text | question) - log p(text | empty question), per token, in nats."""
        continuations = tuple(tuple(self._renderer.plain(text)) for text in texts)
        scores, read_tokens = [], 0
        for asked in (question, ""):
            rendered, _ = self._renderer.fit(
                user_says(asked),
                system=speaker.system,
                soft_tokens=speaker.soft_tokens,
                max_tokens=self._max_prompt_tokens,
            )
            scores.append(await self._engine.score(Scoring(rendered.ids, continuations, speaker.adapter)))
            read_tokens += len(rendered.ids) + sum(len(continuation) for continuation in continuations)
        return Gains(tuple(asked - unasked for asked, unasked in zip(*scores, strict=True)), read_tokens)

    async def _sentences(self, request: Generation) -> AsyncGenerator[str | Stopped, None]:
        """The model's reply sentence by sentence, each as soon as the next one begins; `Stopped` last."""
        pending = ""
        async with aclosing(self._engine.stream(request)) as stream:
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
