"""Tests of which sentences are quoted: the best, those nearly as good, none twice, in the article's order."""

import pytest

from bot.answering.quoting import in_context, in_order, select, unsaid
from bot.dialogue import Dialogue, Turn
from bot.models.embedder import Embedder
from bot.prompting.template import ConstraintsSection
from bot.retrieval.articles import Article, Passage
from bot.retrieval.context import Context
from bot.retrieval.index import index_articles
from bot.retrieval.retriever import SentenceHit
from bot.settings import Settings

BODY = "A tent costs $4. A stove costs $2.\n\n## Late\n\nA late tent costs $9."
RULES = ConstraintsSection.model_validate({"sentences": 3, "reranked_margin": 0.5, "gain_weight": 1.0})


@pytest.fixture(scope="module")
def context(embedder: Embedder, settings: Settings) -> Context:
    knowledge = index_articles([Article("rent", "Renting", BODY)], embedder, settings.home)
    return Context("what does a tent cost", (), (), knowledge)


def hit(text: str, score: float | None, passage: Passage, cosine: float = 0.5) -> SentenceHit:
    return SentenceHit(text, passage, cosine, reranked=score)


def test_sentences_within_the_margin_of_the_best_are_said_too(context: Context) -> None:
    first, late = context.knowledge.passages
    found = [
        hit("A tent costs $4.", -1.0, first),
        hit("A late tent costs $9.", -1.3, late),
        hit("A stove costs $2.", -2.0, first),
    ]
    assert [one.sentence for one in select(found, [0.0] * 3, RULES)] == [
        "A tent costs $4.",
        "A late tent costs $9.",
    ]
    # The speaker's own score may put another one first; what is near is the search's word.
    assert select(found, [0.0, 2.0, 0.0], RULES)[0].sentence == "A late tent costs $9."


def test_the_rule_for_a_neighbouring_thing_is_not_said_beside_the_better_one(context: Context) -> None:
    first, late = context.knowledge.passages
    found = [
        hit("A tent costs $4.", -1.0, first),
        hit("A late tent costs $9.", -1.1, late),
        hit("Poles are rented out free of charge.", -1.2, first),
    ]
    rules = RULES.model_copy(update={"alike_share": 0.5})
    assert [one.sentence for one in select(found, [0.0] * 3, rules)] == [found[0].sentence, found[2].sentence]


def test_a_step_of_one_word_is_not_said_beside_another(context: Context) -> None:
    first, _ = context.knowledge.passages
    found = [hit("2. Pick the booking.", -1.0, first), hit("3. Confirm.", -1.1, first)]
    assert [one.sentence for one in select(found, [0.0, 0.0], RULES)] == ["2. Pick the booking."]
    # What is best is said, however short.
    assert select(found[1:], [0.0], RULES)[0].sentence == "3. Confirm."


def test_what_another_article_says_is_never_joined(context: Context) -> None:
    first, _ = context.knowledge.passages
    other = Passage("sale", "Sale", "", "A tent costs $3.")
    found = [hit("A tent costs $4.", -1.0, first), hit("A tent costs $3.", -1.0, other)]
    assert len(select(found, [0.0, 0.0], RULES)) == 1


def test_without_a_re_ranker_the_cosine_decides(context: Context) -> None:
    first, _ = context.knowledge.passages
    found = [hit("A tent costs $4.", None, first, 0.9), hit("A stove costs $2.", None, first, 0.6)]
    assert [one.sentence for one in select(found, [0.0, 0.0], RULES)] == ["A tent costs $4."]


def test_a_sentence_that_was_said_is_not_said_again_unless_there_is_no_other(context: Context) -> None:
    first, late = context.knowledge.passages
    found = [hit("A tent costs $4.", -1.0, first), hit("A late tent costs $9.", -1.3, late)]
    said = Turn("assistant", "Here you are. A tent costs $4. Anything else?")
    dialogue = Dialogue((Turn("user", "price?"), said, Turn("user", "and?")))
    assert [one.sentence for one in unsaid(found, dialogue)] == ["A late tent costs $9."]
    assert unsaid(found[:1], dialogue) == found[:1]
    # What the customer said is theirs.
    assert len(unsaid(found, Dialogue((Turn("user", "A tent costs $4."),)))) == 2


def test_they_are_said_in_the_order_of_the_article(context: Context) -> None:
    first, late = context.knowledge.passages
    chosen = [
        hit("A late tent costs $9.", -1.0, late),
        hit("A stove costs $2.", -1.1, first),
        hit("A tent costs $4.", -1.2, first),
    ]
    assert [one.sentence for one in in_order(chosen, context)] == [
        "A tent costs $4.",
        "A stove costs $2.",
        "A late tent costs $9.",
    ]


def test_a_quote_that_points_back_is_said_behind_what_it_points_to(embedder: Embedder, settings: Settings) -> None:
    body = "A lost tent is replaced with a receipt or a code. Without either, it is not. A stove costs $2."
    knowledge = index_articles([Article("lost", "Lost", body)], embedder, settings.home)
    context = Context("lost my tent and have nothing", (), (), knowledge)
    (passage,) = knowledge.passages
    first, second, third = knowledge.sentences_of(passage)
    assert [one.sentence for one in in_context([hit(second, 1.0, passage)], context)] == [first, second]
    both = [hit(first, 0.5, passage), hit(second, 1.0, passage)]
    assert [one.sentence for one in in_context(both, context)] == [first, second]
    assert [one.sentence for one in in_context([hit(third, 1.0, passage)], context)] == [third]
