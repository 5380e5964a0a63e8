"""Answers that quote: the sentences of the help centre that the model and the embeddings choose together."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.answering.speech import Speaker, Speech
from bot.engine.protocol import Place
from bot.prompting.template import ConstraintsSection
from bot.retrieval.context import Context
from bot.retrieval.retriever import SentenceHit


@dataclass(frozen=True, slots=True)
class Quotes:
    """Sentences to say, best first; and the tokens that were read to choose them."""

    hits: tuple[SentenceHit, ...]
    read_tokens: int = 0


async def quote(
    place: Place, context: Context, speech: Speech, speaker: Speaker, rules: ConstraintsSection
) -> Quotes:
    """The sentences that answer best: the speaker's own score plus a weighted cosine."""
    found = context.sentences
    if not found:
        return Quotes(())
    gains = await speech.gains(place, context.question, [hit.sentence for hit in found], speaker)
    return Quotes(select(found, gains.values, rules), gains.read_tokens)


def select(
    found: Sequence[SentenceHit], gains: Sequence[float], rules: ConstraintsSection
) -> tuple[SentenceHit, ...]:
    """The best sentence, and others of its article whose cosine is near the best one's."""
    if not found:
        return ()
    scores = [gain + rules.cosine_weight * hit.cosine for gain, hit in zip(gains, found, strict=True)]
    best, *others = (found[i] for i in sorted(range(len(found)), key=lambda i: -scores[i]))
    near = best.cosine - rules.second_margin
    same = [hit for hit in others if hit.passage.article == best.passage.article and hit.cosine >= near]
    return (best, *same)[: rules.sentences]
