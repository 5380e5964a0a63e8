"""Tests of re-ranking: the order is that of likelihood and score, and what was not asked about stays behind."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.answering.rerank import Reranker, reading
from bot.dialogue import user_says
from bot.engine.local.engine import LocalEngine
from bot.engine.protocol import Prompt, Scoring
from bot.models.base import load_base
from bot.prompting.template import RerankSection
from bot.releases.part import Artefact
from bot.retrieval.articles import Passage
from bot.retrieval.context import Context, narrowed
from bot.retrieval.retriever import Hit, Knowledge, SentenceHit
from bot.settings import load_settings
from tests.tools.tiny_adapters import write_tiny_lora
from tests.tools.tiny_base import write_tiny_base

SYSTEM = "Write the question."
QUESTION = "how long may i keep a tent that i rented"
TEXTS = ("Tents are rented for 3 days.", "A stove is lent for a week.", "Returns take 30 days.", "Boots.", "Maps.")
HITS = [
    Hit(Passage(f"article-{place}", "Renting", "", text), 0.9 - place / 10, 0.5)
    for place, text in enumerate(TEXTS)
]


@pytest.fixture(scope="module")
def part(tmp_path_factory: pytest.TempPathFactory) -> Artefact:
    folder = tmp_path_factory.mktemp("rerank")
    write_tiny_base(folder / "tiny")
    return write_tiny_lora(folder / "lora", folder / "tiny")


@pytest.fixture(scope="module")
def engine(part: Artefact) -> Iterator[LocalEngine]:
    folder: Path = part.folder.parent / "tiny"
    made = LocalEngine(load_base(load_settings({}, base_model=str(folder), device="cpu", dtype="float32")))
    made.load(part)
    yield made
    made.close()


async def likelihoods(engine: LocalEngine, part: Artefact, question: str, passages: list[Passage]) -> list[float]:
    """One after the other, as the engine weighs any text."""
    prompts = tuple(Prompt(reading(passage), SYSTEM, part.sha256) for passage in passages)
    async with engine.admit() as place:
        return [value for (value,) in (await place.score(Scoring(prompts, (question,)))).values]


@pytest.mark.parametrize("weight", [0.0, 2.0, 1000.0])
async def test_hits_are_ordered_by_likelihood_and_score_together(
    weight: float, engine: LocalEngine, part: Artefact
) -> None:
    reranker = Reranker(part.sha256, SYSTEM, RerankSection(score_weight=weight))
    async with engine.admit() as place:
        ranked, read_tokens = await reranker.ranked(place, QUESTION, HITS)
    likely = await likelihoods(engine, part, QUESTION, [hit.passage for hit in HITS])
    expected = {hit.passage: value + weight * hit.score for hit, value in zip(HITS, likely, strict=True)}
    assert [hit.passage for hit in ranked] == sorted(expected, key=lambda passage: -expected[passage])
    assert [hit.reranked for hit in ranked] == pytest.approx(sorted(expected.values(), reverse=True), abs=1e-3)
    assert read_tokens > len(HITS) * engine.tokens(QUESTION)
    # A large weight leaves the search's own order, and a random LoRA alone has another one.
    assert ([hit.passage for hit in ranked] == [hit.passage for hit in HITS]) == (weight == 1000.0)


async def test_only_candidates_are_asked_about_and_the_others_stay_behind_them(
    engine: LocalEngine, part: Artefact
) -> None:
    reranker = Reranker(part.sha256, SYSTEM, RerankSection(candidates=3))
    async with engine.admit() as place:
        ranked, _ = await reranker.ranked(place, QUESTION, HITS)
        assert await reranker.ranked(place, QUESTION, []) == ((), 0)
        unasked, read_tokens = await reranker.ranked(place, " ", HITS)
    assert {hit.passage for hit in ranked[:3]} == {hit.passage for hit in HITS[:3]}
    assert all(hit.reranked is not None for hit in ranked[:3])
    assert list(ranked[3:]) == HITS[3:]
    # Nothing was asked, so nothing speaks against the search's own order.
    assert ([hit.passage for hit in unasked], read_tokens) == ([hit.passage for hit in HITS], 0)


async def test_of_a_long_question_the_end_is_weighed(engine: LocalEngine, part: Artefact) -> None:
    reranker = Reranker(part.sha256, SYSTEM, RerankSection(question_words=10))
    async with engine.admit() as place:
        short, _ = await reranker.ranked(place, QUESTION, HITS)
        long, _ = await reranker.ranked(place, f"{'so ' * 300}{QUESTION}", HITS)
    assert [hit.reranked for hit in long] == [hit.reranked for hit in short]


async def test_sentences_are_weighed_under_their_title_and_with_their_cosine(
    engine: LocalEngine, part: Artefact
) -> None:
    passage = Passage("tents", "Renting tents", "How long", "One. Two three. Four!")
    hits = [
        SentenceHit(text, passage, cosine) for text, cosine in (("One.", 0.3), ("Two three.", 0.7), ("Four!", 0.1))
    ]
    reranker = Reranker(part.sha256, SYSTEM, RerankSection())
    async with engine.admit() as place:
        scores, _ = await reranker.sentence_scores(place, QUESTION, hits)
    alone = [Passage("tents", "Renting tents", "How long", hit.sentence) for hit in hits]
    likely = await likelihoods(engine, part, QUESTION, alone)
    assert scores == pytest.approx(
        [value + 2 * hit.cosine for hit, value in zip(hits, likely, strict=True)], abs=1e-3
    )


def test_a_narrowed_search_keeps_the_nearest_sentences_of_its_passages_and_how_near_the_nearest_was(
    knowledge: Knowledge,
) -> None:
    sentences = tuple(SentenceHit(f"{place}", HITS[place % 5].passage, 0.9 - place / 10) for place in range(8))
    wide = Context("?", tuple(HITS), sentences, knowledge)
    context = narrowed(wide, HITS[::-1], passages=2, nearest=2, read_tokens=7)
    assert context.passages == [HITS[4].passage, HITS[3].passage]
    assert [hit.sentence for hit in context.sentences] == ["3", "4"]
    assert context.candidates == tuple(HITS[::-1])
    assert (context.cosine, context.read_tokens) == (wide.cosine, 7)
    assert user_says("?").turns[0].text == context.question
