"""Whether a sentence that the model wrote may be said: supported by a passage, or claiming nothing."""

import asyncio
from dataclasses import dataclass

from bot.dialogue import Dialogue
from bot.prompting.constraints import asks_for_a_secret, negated, unsupported_figures
from bot.prompting.template import ConstraintsSection
from bot.retrieval.articles import Passage
from bot.retrieval.context import Context


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether a sentence may be said, and the passage that supports it (None: it claims nothing)."""

    allowed: bool
    passage: Passage | None = None


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
        """Check a sentence against the passages; `answered` says that one supports an earlier sentence.

        What the customer said supports no claim (they may be wrong); an order number may be said back to them.
        A question comes after the answer where the help centre has one, and never asks for a secret.
        """
        near = await asyncio.to_thread(context.knowledge.sentences, sentence, context.passages, 1)
        if near and near[0].cosine >= self._rules.support_cosine:
            passage = near[0].passage
            kept = not unsupported_figures(sentence, [passage.title, passage.text])
            return Judgement(kept and negated(sentence) == negated(near[0].sentence), passage)
        if unsupported_figures(sentence, [turn.text for turn in dialogue.turns if turn.role == "user"]):
            return Judgement(False)
        if sentence.rstrip().endswith("?"):
            return Judgement(not asks_for_a_secret(sentence) and (answered or not in_scope(context, self._rules)))
        # A short sentence that is far from all passages is a courtesy, not a claim; but
        # "No, you can't." is short and near to nothing, and still a claim.
        answers = sentence.lower().startswith(("yes", "no,", "no ", "you can", "sure"))
        apart = not near or near[0].cosine < self._rules.courtesy_cosine
        whole = sentence.endswith((".", "!")) and "`" not in sentence
        return Judgement(apart and whole and not answers and len(sentence.split()) <= self._rules.courtesy_words)
