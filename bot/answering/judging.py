"""Whether a sentence that the model wrote may be said: supported by a passage, or claiming nothing."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from bot.answering.manners import is_courteous
from bot.dialogue import Dialogue
from bot.prompting.claims.found import Limits, Unsupported
from bot.prompting.claims.support import is_span, supported
from bot.prompting.constraints import asks_for_a_secret, unsupported_figures
from bot.prompting.template import ConstraintsSection
from bot.retrieval.articles import Passage
from bot.retrieval.context import Context
from bot.retrieval.retriever import SentenceHit

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether a sentence may be said, and the passage that supports it (None: it claims nothing).

    `unsupported` is what of a refused sentence does not stand in the passage that it is nearest to.
    """

    allowed: bool
    passage: Passage | None = None
    unsupported: tuple[Unsupported, ...] = ()


def in_scope(context: Context, rules: ConstraintsSection) -> bool:
    """Whether the help centre is about the question."""
    return context.cosine >= rules.min_cosine


class Judge:
    """The rules that sentences are checked by."""

    def __init__(self, rules: ConstraintsSection) -> None:
        self._rules = rules

    async def judge(
        self, sentence: str, context: Context, dialogue: Dialogue, *, answered: bool = False
    ) -> Judgement:
        """Check all that a sentence claims; `answered` says that a passage supports an earlier sentence.

        What the customer said supports no claim (they may be wrong); an order number may be said back to them.
        A question comes after the answer where the help centre has one, and never asks for a secret.
        """
        knowledge, nearest = context.knowledge, self._rules.nearest
        near = await asyncio.to_thread(knowledge.sentences, sentence, context.passages, nearest)
        if near and near[0].cosine >= self._rules.support_cosine:
            return await asyncio.to_thread(self._held, sentence, near, context, dialogue)
        for passage in context.passages:
            if is_span(sentence, knowledge.sentences_of(passage)):
                return Judgement(True, passage)
        if unsupported_figures(sentence, [turn.text for turn in dialogue.turns if turn.role == "user"]):
            return Judgement(False)
        if sentence.rstrip().endswith("?"):
            return Judgement(not asks_for_a_secret(sentence) and (answered or not in_scope(context, self._rules)))
        # A short sentence that is far from all passages is a courtesy, not a claim; but
        # "No, you can't." is short and near to nothing, and still a claim.
        answers = sentence.lower().startswith(("yes", "no,", "no ", "you can", "sure"))
        apart = not near or near[0].cosine < self._rules.courtesy_cosine
        whole = sentence.endswith((".", "!")) and "`" not in sentence
        short = len(sentence.split()) <= self._rules.courtesy_words
        return Judgement(apart and whole and short and not answers and is_courteous(sentence))

    def _held(self, sentence: str, near: Sequence[SentenceHit], context: Context, dialogue: Dialogue) -> Judgement:
        """Hold a claim against each passage that it is near to, the nearest first."""
        rules = self._rules
        limits = Limits(rules.unknown_words, rules.unknown_share)
        said = [turn.text for turn in dialogue.turns if turn.role == "user"]
        refused: list[tuple[Unsupported, ...]] = []
        for passage in dict.fromkeys(hit.passage for hit in near if hit.cosine >= rules.support_cosine):
            topic = f"{passage.title}. {passage.heading}"
            found = supported(sentence, context.knowledge.sentences_of(passage), topic, said, limits)
            if not found:
                return Judgement(True, passage)
            refused.append(tuple(found))
        log.debug("not said: %s", ", ".join(f"{one.kind}: {one.text}" for one in refused[0]))
        return Judgement(False, near[0].passage, refused[0])
