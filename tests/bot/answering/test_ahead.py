"""Tests of reading ahead: all that is kept is read, and customers go before."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.answering.ahead import TEMPLATE_TOKENS, TOGETHER, read_ahead, that_fit
from bot.answering.rerank import Reranker, reading
from bot.engine.local.engine import LocalEngine
from bot.engine.local.pages import PAGE
from bot.models.base import LoadedBase, load_base
from bot.prompting.template import RerankSection
from bot.releases.part import Artefact
from bot.retrieval.articles import Passage
from bot.retrieval.retriever import SentenceHit
from bot.settings import load_settings
from tests.tools.tiny_adapters import write_tiny_lora
from tests.tools.tiny_base import write_tiny_base

PASSAGES = [Passage(f"article-{number}", "Renting", "", f"Item {number} is lent.") for number in range(8)]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> LoadedBase:
    folder: Path = tmp_path_factory.mktemp("ahead") / "tiny"
    write_tiny_base(folder)
    return load_base(load_settings({}, base_model=str(folder), device="cpu", dtype="float32"))


@pytest.fixture(scope="module")
def part(base: LoadedBase, tmp_path_factory: pytest.TempPathFactory) -> Artefact:
    return write_tiny_lora(tmp_path_factory.mktemp("ahead-lora") / "lora", base.folder.path)


@pytest.fixture
def engine(base: LoadedBase, part: Artefact) -> Iterator[LocalEngine]:
    made = LocalEngine(base, max_queued=2)
    made.load(part)
    yield made
    made.close()


@pytest.fixture
def reranker(part: Artefact) -> Reranker:
    return Reranker(part.sha256, "Write the question.", RerankSection())


def held(engine: LocalEngine) -> int:
    """Pages that the engine remembers."""
    return engine._runner.cache.held


async def test_every_passage_is_kept_as_if_somebody_had_asked(engine: LocalEngine, reranker: Reranker) -> None:
    assert await read_ahead(reranker, engine, PASSAGES) == len(PASSAGES)
    kept = held(engine)
    assert kept > 0
    async with engine.admit() as place:
        await reranker.read(place, PASSAGES)
    assert held(engine) == kept
    async with engine.admit() as place:
        await reranker.read(place, [Passage("new", "New", "", "A new one.")])
    assert held(engine) > kept


async def test_nothing_is_read_while_customers_wait_and_all_of_it_afterwards(
    engine: LocalEngine, reranker: Reranker
) -> None:
    async with engine.admit(), engine.admit():
        # One works and one waits; the engine has one place more, and it stays free for a customer.
        reading_on = asyncio.create_task(read_ahead(reranker, engine, PASSAGES))
        await asyncio.sleep(0)
        async with engine.admit():
            assert held(engine) == 0 and not reading_on.done()
    assert await reading_on == len(PASSAGES) and held(engine) > 0


async def test_it_ends_with_the_engine(engine: LocalEngine, reranker: Reranker) -> None:
    engine.close()
    assert await read_ahead(reranker, engine, PASSAGES) == 0


async def test_no_more_is_read_than_is_kept(engine: LocalEngine, reranker: Reranker) -> None:
    tokens = [engine.tokens(reading(passage).turns[-1].text) + TEMPLATE_TOKENS for passage in PASSAGES]
    assert that_fit(PASSAGES, engine, most_tokens=sum(tokens[:3])) == PASSAGES[:3]
    assert that_fit(PASSAGES, engine, most_tokens=sum(tokens[:3]) - 1) == PASSAGES[:2]
    assert that_fit(PASSAGES, engine, most_tokens=10**6) == PASSAGES
    # What a token takes is what the cache counts, give or take what a template adds and a page that is not full.
    await read_ahead(reranker, engine, PASSAGES[:TOGETHER])
    assert PAGE * held(engine) >= sum(tokens[:TOGETHER]) - TEMPLATE_TOKENS * TOGETHER
    assert PAGE * held(engine) <= sum(tokens[:TOGETHER]) + (TEMPLATE_TOKENS + PAGE) * TOGETHER


async def test_single_sentences_are_not_kept(engine: LocalEngine, reranker: Reranker) -> None:
    hits = [SentenceHit(passage.text, passage, 0.5) for passage in PASSAGES]
    async with engine.admit() as place:
        await reranker.sentence_scores(place, "how long", hits)
    assert held(engine) == 0
