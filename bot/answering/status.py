"""How an order stands: what the shop's program says of a number, or a handover that names it."""

import logging
from dataclasses import dataclass

from bot.answer import Decision
from bot.answering.acts import Reply
from bot.answering.handover import understood
from bot.answering.lookup import Hook
from bot.dialogue import Dialogue
from bot.errors import LookupFailed
from bot.prompting.template import PromptConfig
from bot.retrieval.articles import Passage

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Status:
    """What is said, the passages that it is quoted from, and the decision that it is."""

    text: str
    decision: Decision = "handoff"
    passages: tuple[Passage, ...] = ()


async def status(hook: Hook | None, number: str, reply: Reply, dialogue: Dialogue, prompt: PromptConfig) -> Status:
    """What is said of a number; `reply` is for where nothing looks it up."""
    rules = prompt.ask
    if hook is None or rules is None or _tries(dialogue, reply.act) >= rules.lookups:
        return Status(reply.text + understood(prompt, number=number))
    try:
        passages = await hook.passages(number, dialogue.id)
    except LookupFailed as error:
        logger.warning("%s", error)
        return Status(prompt.asking(rules, "failed_text") + understood(prompt, number=number))
    if not passages:
        return Status(prompt.asking(rules, "unfound_text", number=number))
    said = [(sentence, passage) for passage in passages for sentence in passage.sentences]
    said = said[: rules.lookup_sentences]
    text = " ".join(sentence for sentence, _ in said)
    return Status(text, "answer", tuple(passage for _, passage in said))


def _tries(dialogue: Dialogue, act: str) -> int:
    """How often a number was spoken of in this conversation."""
    return sum(turn.act == act and turn.decision != "ask" for turn in dialogue.turns if turn.role == "assistant")
