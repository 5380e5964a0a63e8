"""Tests of the decision: a bound each, in order; what is offered; when offers end."""

from dataclasses import replace

import pytest

from bot.answer import Choice, Decision
from bot.answering.decide import choices_of, decide, features, is_alone, probability
from bot.dialogue import Dialogue, Turn, user_says
from bot.models.embedder import Embedder
from bot.prompting.deciding import Calibration, Calibrations, DecideSection
from bot.retrieval.articles import Article, Passage
from bot.retrieval.context import Context
from bot.retrieval.index import index_articles
from bot.retrieval.retriever import Hit, Knowledge, SentenceHit
from bot.settings import Settings

TENT = Passage("returns", "Returns", "Plans › Tents", "A tent may be returned within 30 days.")
BOOT = Passage("returns", "Returns", "Boots", "Boots may be returned within 60 days.")
RENT = Passage("rentals", "Rentals", "", "A rented tent is due on Sunday.")
MEND = Passage("repairs", "Repairs", "Repairs", "A tent is mended for $40.")


def always(value: float) -> Calibration:
    """A probability whatever was found."""
    return Calibration(bias=10 * value)


def bounds(right: float = -1, foreign: float = -1, reach: float = -1) -> DecideSection:
    """Each of -1 (surely not) to 1 (surely), against bounds of one half."""
    numbers = Calibrations(
        right=always(right), foreign=always(foreign), reach=always(reach), answer=0.5, offer=0.5, decline=0.5
    )
    return DecideSection(
        offer_text=("One of these?",),
        decline_text=("No.",),
        handoff_text=("A person.",),
        reranked=numbers,
        stock=numbers,
    )


@pytest.fixture(scope="module")
def knowledge(embedder: Embedder, settings: Settings) -> Knowledge:
    return index_articles([Article("returns", "Returns", "A tent may be returned.")], embedder, settings.home)


@pytest.fixture
def context(knowledge: Knowledge) -> Context:
    hits = (
        Hit(TENT, 0.8, 0.7, reranked=-2.0, likelihood=-3.6),
        Hit(BOOT, 0.7, 0.6, reranked=-2.1, likelihood=-3.5),
        Hit(RENT, 0.9, 0.5, reranked=-2.5, likelihood=-4.3),
        Hit(MEND, 0.2, 0.1, reranked=-4.0, likelihood=-4.4),
    )
    return Context("how long may I keep a tent", hits[:2], (), knowledge, candidates=hits, nearest=0.75)


@pytest.mark.parametrize(
    ("message", "decision"),
    [("The zipper.", "offer"), ("its broken", "offer"), ("the zipper of my blue tent tore", "handoff")],
)
def test_to_one_or_two_words_the_nearest_is_offered_once(
    message: str, decision: Decision, context: Context
) -> None:
    rules, context = bounds().model_copy(update={"vague_words": 2}), replace(context, question=message)
    verdict = decide(context, user_says(message), rules)
    assert verdict.decision == decision and bool(verdict.choices) == (decision == "offer")
    offered = Turn("assistant", "One of these?", decision="offer")
    again = user_says(message).said(offered).said(Turn("user", message))
    assert decide(context, again, rules).decision == "handoff"
    # What is surely nothing of the shop's is declined however short it is.
    declining = bounds(foreign=1).model_copy(update={"vague_words": 2})
    assert decide(context, user_says(message), declining).decision == "decline"


@pytest.mark.parametrize(
    ("numbers", "decision"),
    [
        (bounds(right=1), "answer"),
        (bounds(right=1, foreign=1, reach=1), "answer"),
        (bounds(foreign=1, reach=1), "decline"),
        (bounds(reach=1), "offer"),
        (bounds(), "handoff"),
    ],
)
def test_the_first_bound_that_is_reached_decides(
    numbers: DecideSection, decision: Decision, context: Context
) -> None:
    assert decide(context, user_says("how long?"), numbers).decision == decision


def test_each_article_is_offered_once_by_its_best_part_and_the_last_heading(context: Context) -> None:
    assert choices_of(context, 3) == (
        Choice("1", "Returns: Tents", "returns", "Plans › Tents"),
        Choice("2", "Rentals", "rentals"),
        Choice("3", "Repairs", "repairs", "Repairs"),
    )
    assert len(choices_of(context, 2)) == 2


def test_a_second_offer_in_vain_is_the_last(context: Context) -> None:
    offered = Turn("assistant", "One of these?", decision="offer")
    dialogue = Dialogue((Turn("user", "a"), offered, Turn("user", "b")))
    assert decide(context, dialogue, bounds(reach=1)).decision == "offer"
    dialogue = Dialogue((*dialogue.turns, offered, Turn("user", "c")))
    assert decide(context, dialogue, bounds(reach=1)).decision == "handoff"
    # An answer in between begins anew, and so does an offer behind an answer.
    for turn in (Turn("assistant", "30 days.", decision="answer"), replace(offered, articles=("returns",))):
        begun = Dialogue((*dialogue.turns[:-2], turn, Turn("user", "c")))
        assert decide(context, begun, bounds(reach=1)).decision == "offer"


@pytest.mark.parametrize(("beyond", "decision"), [(1.0, "handoff"), (-1.0, "ask")])
def test_what_may_be_in_an_article_is_asked_for_in_other_words_once(
    context: Context, beyond: float, decision: Decision
) -> None:
    rules = bounds()
    numbers = rules.reranked.model_copy(update={"beyond": always(beyond), "handoff": 0.5})
    rules = rules.model_copy(update={"reranked": numbers})
    first = user_says("how long may I keep a tent")
    assert decide(context, first, rules).decision == decision
    asked = first.said(Turn("assistant", "In other words?", decision="ask")).said(Turn("user", "my tent"))
    assert decide(context, asked, rules).decision == "handoff"
    # An answer in between: the next question is a new one.
    answered = asked.said(Turn("assistant", "30 days.", decision="answer")).said(Turn("user", "and a boot"))
    assert decide(context, answered, rules).decision == decision


def test_one_article_is_alone_whatever_its_parts(context: Context) -> None:
    assert is_alone(replace(context, candidates=context.candidates[:2])) and not is_alone(context)


def test_where_nothing_is_found_it_is_handed_over(context: Context) -> None:
    empty = replace(context, hits=(), candidates=())
    assert decide(empty, user_says("x"), bounds(right=1)).decision == "handoff"


def test_the_margin_is_to_the_next_article_and_the_lift_to_the_average(context: Context) -> None:
    found = features(context)
    assert found["margin"] == pytest.approx(0.5)
    assert found["search_margin"] == pytest.approx(0.1)
    assert found["likelihood"] == pytest.approx(-3.6)
    assert found["lift"] == pytest.approx(-3.6 + (3.6 + 3.5 + 4.3 + 4.4) / 4)
    assert found["agreement"] == 0.0
    assert (found["cosine"], found["nearest"]) == (0.7, 0.75)
    assert "sentence_margin" not in found


def test_the_margin_of_sentences_is_to_the_next_one(context: Context) -> None:
    said = tuple(SentenceHit(text, TENT, 0.5, reranked=score) for text, score in (("a", -1.0), ("b", -1.4)))
    assert features(replace(context, sentences=said))["sentence_margin"] == pytest.approx(0.4)


def test_without_a_re_ranker_only_the_search_is_known(context: Context) -> None:
    stock = tuple(replace(hit, reranked=None, likelihood=None) for hit in context.candidates)
    assert set(features(replace(context, candidates=stock))) == {"cosine", "nearest", "search_margin", "words"}


def test_one_article_alone_has_no_margin(context: Context) -> None:
    assert features(replace(context, candidates=context.candidates[:2]))["margin"] == 0.0


def test_a_probability_is_the_logistic_function_of_the_weighted_features() -> None:
    calibration = Calibration(bias=-1.0, weights={"margin": 2.0, "lift": 4.0})
    assert probability(calibration, {"margin": 0.5}) == 0.5
    assert probability(calibration, {"margin": 1.0, "lift": 0.25}) == pytest.approx(0.8808, abs=1e-4)
    assert probability(Calibration(bias=-1e6), {}) < 1e-20
