"""What is said of each question that is answered: in order, each sentence once, and what frames them once."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from bot.answering.parts import Found
from bot.answering.protocol import End, Sentence, Strategy
from bot.dialogue import Dialogue
from bot.engine.protocol import Place


async def all_said(
    strategy: Strategy, place: Place, dialogue: Dialogue, answered: Sequence[Found], *, closed: bool
) -> AsyncGenerator[Sentence | End, None]:
    """The strategy's sentences for each question; `End` last. What closes a reply is said where it is `closed`."""
    said: list[Sentence] = []
    end = End("stop", 0)
    for number, found in enumerate(answered, start=1):
        # What claims nothing after a quote may be the reply's closing, which another question comes before.
        held: list[Sentence] = []
        quoted = False
        async with aclosing(strategy.sentences(place, dialogue, found.context)) as sentences:
            async for sentence in sentences:
                if isinstance(sentence, End):
                    end = End(sentence.finish_reason, end.read_tokens + sentence.read_tokens)
                    continue
                quoted = quoted or sentence.passage is not None
                held.append(sentence)
                if sentence.passage is None and quoted:
                    continue
                for one in held:
                    if one not in said:
                        said.append(one)
                        yield one
                held = []
        if number == len(answered) and closed:
            for one in held:
                yield one
    yield end
