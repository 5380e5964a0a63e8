"""What is said of each question that is answered: in order, each sentence once, and what frames them once.

Where a question states a figure that its quotes have otherwise, a correction stands before them, and no opening.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from bot.answering.parts import Found
from bot.answering.premise import is_false, premises
from bot.answering.protocol import End, Sentence, Strategy
from bot.dialogue import Dialogue
from bot.engine.protocol import Place
from bot.prompting.template import PremiseSection


async def all_said(
    strategy: Strategy,
    place: Place,
    dialogue: Dialogue,
    answered: Sequence[Found],
    *,
    closed: bool,
    premise: PremiseSection | None = None,
) -> AsyncGenerator[Sentence | End, None]:
    """The strategy's sentences for each question; `End` last. What closes a reply is said where it is `closed`."""
    said: list[Sentence] = []
    end = End("stop", 0)
    for number, found in enumerate(answered, start=1):
        # What claims nothing after a quote may be the reply's closing, which another question comes before.
        held: list[Sentence] = []
        quoted = False
        # Of several questions each is asked by itself, as what is read for it is.
        written = strategy.sentences(place, dialogue.asking(found.part.text), found.context)
        if premise and premises(found.part.text):
            written = _corrected(written, dialogue, found, premise)
        async with aclosing(written) as sentences:
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


async def _corrected(
    written: AsyncGenerator[Sentence | End, None], dialogue: Dialogue, found: Found, rules: PremiseSection
) -> AsyncGenerator[Sentence | End, None]:
    """What was written, behind a correction where its quotes contradict the question: it waits for all of them."""
    async with aclosing(written) as sentences:
        whole = [sentence async for sentence in sentences]
    quotes = [one.text for one in whole if isinstance(one, Sentence) and one.passage]
    if is_false(found.part.text, quotes, slack=rules.slack):
        before = sum(turn.text.startswith(rules.texts) for turn in dialogue.turns if turn.role == "assistant")
        yield Sentence(rules.text(before))
        while isinstance(whole[0], Sentence) and whole[0].passage is None:
            del whole[0]
    for one in whole:
        yield one
