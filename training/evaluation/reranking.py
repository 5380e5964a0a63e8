"""The release's re-ranker for measuring a search: an engine of its own, for as long as it is needed."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console

from bot.assembly import local_engine, open_reranker
from bot.models.base import base_sha256, load_base
from bot.prompting.template import RerankSection
from bot.releases.registry import Registry
from bot.retrieval.retriever import Hit
from bot.settings import Settings
from bot.shop.profile import read_shop
from training.evaluation.retrieval import Rerank


@contextmanager
def reranking(settings: Settings, rules: RerankSection, console: Console) -> Iterator[Rerank | None]:
    """Puts hits in its order; None where the release has no re-ranker, and then no base is loaded.

    Raises ArtefactInvalid for one that cannot answer, BaseUnusable.
    """
    registry = Registry(settings)
    place = registry.places(base_sha256(settings))["reranker"]
    if place.absent or not rules.enabled:
        yield None
        return
    base = load_base(settings, console)
    engine = local_engine(base, settings)
    try:
        reranker = open_reranker(registry, place, base, engine, rules, read_shop(settings.shop_dir))

        async def ordered(question: str, hits: Sequence[Hit]) -> Sequence[Hit]:
            async with engine.admit() as turn:
                return (await reranker.ranked(turn, question, hits))[0]

        yield lambda question, hits: asyncio.run(ordered(question, hits))
    finally:
        engine.close()
