"""A message in another language that the embedding model reads: what is nearest to it is quoted, as it stands.

The base, the re-ranker and the reader know English, and the decision's numbers were fitted on it. None of them has
a say here: nearness alone decides, and what is not near is handed over, in the customer's own language.
"""

import asyncio

from bot.answer import Delta, Finished, Piece, Source
from bot.answering.judging import in_scope
from bot.answering.languages import Foreign
from bot.answering.quoting import nearest
from bot.dialogue import Dialogue
from bot.prompting.template import PromptConfig
from bot.retrieval.context import retrieve
from bot.retrieval.retriever import Knowledge


async def replied(foreign: Foreign, dialogue: Dialogue, knowledge: Knowledge, prompt: PromptConfig) -> list[Piece]:
    """The sentences nearest to it, behind a word that they are in another language if they are; or a handover."""
    rules = prompt.constraints
    context = await asyncio.to_thread(
        retrieve, knowledge, dialogue, prompt.retrieval, passages=prompt.context.passages, nearest=rules.nearest
    )
    hits = nearest(dialogue, context, rules).hits if in_scope(context, rules) else ()
    if not hits:
        return [Delta(foreign.text), Finished("handoff", (), decision="handoff", act="language")]
    said = " ".join(hit.sentence for hit in hits)
    passages = dict.fromkeys(hit.passage for hit in hits)
    sources = tuple(Source(one.article, one.title, one.heading, one.text) for one in passages)
    return [Delta(foreign.before(said) + said), Finished("stop", sources, decision="answer")]
