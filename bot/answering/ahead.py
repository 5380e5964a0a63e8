"""Passages that the re-ranker reads while nobody asks: the first customers wait no longer than later ones."""

import asyncio
from collections.abc import Sequence

from bot.answering.rerank import Reranker, reading
from bot.engine.protocol import Engine
from bot.errors import EngineBusy, EngineFailed
from bot.retrieval.articles import Passage

# A customer who comes meanwhile waits for so many passages at most.
TOGETHER = 3
PAUSE_S = 0.5
# What a chat template adds to a turn.
TEMPLATE_TOKENS = 6


def that_fit(passages: Sequence[Passage], engine: Engine, *, most_tokens: int) -> list[Passage]:
    """As many of the first passages as are kept together: to read more would push out the first ones again.

    The system text before them is held once for all.
    """
    kept, tokens = [], 0
    for passage in passages:
        tokens += engine.tokens(reading(passage).turns[-1].text) + TEMPLATE_TOKENS
        if tokens > most_tokens:
            break
        kept.append(passage)
    return kept


async def read_ahead(reranker: Reranker, engine: Engine, passages: Sequence[Passage]) -> int:
    """Read passages, a few at a time, whenever nobody waits for the model; how many were read.

    It ends early where the engine does.
    """
    for start in range(0, len(passages), TOGETHER):
        while True:
            try:
                if not engine.health().queued:
                    async with engine.admit() as place:
                        await reranker.read(place, passages[start : start + TOGETHER])
                    break
            except EngineBusy:
                pass
            except EngineFailed:
                return start
            await asyncio.sleep(PAUSE_S)
    return len(passages)
