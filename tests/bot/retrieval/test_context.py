"""Tests of what is searched: the message that a follow-up leans on, the article that was answered from."""

import pytest

from bot.dialogue import Dialogue, Turn, user_says
from bot.models.embedder import Embedder
from bot.retrieval.articles import Article
from bot.retrieval.context import query_of, question_of
from bot.retrieval.index import index_articles
from bot.retrieval.retriever import Knowledge
from bot.retrieval.rules import SearchRules
from bot.settings import Settings

RULES = SearchRules(
    self_contained_words=4,
    pronoun_words=5,
    earlier_article_weight=0.1,
    earlier_article_trace=0.02,
    earlier_weight=0.3,
)
ARTICLES = [
    Article("mending", "Mending boats", "We mend a torn hull. It takes 9 days."),
    Article("hiring", "Hiring boats", "A boat is hired by the hour. Booking takes 2 minutes."),
    Article("lessons", "Sailing lessons", "A lesson takes 3 hours and is for beginners."),
]


@pytest.fixture(scope="module")
def knowledge(embedder: Embedder, settings: Settings) -> Knowledge:
    return index_articles(ARTICLES, embedder, settings.home)


def after(answer: Turn, *, asked: str, then: str) -> Dialogue:
    return Dialogue((Turn("user", asked), answer, Turn("user", then)))


@pytest.mark.parametrize(
    "message",
    [
        "on Sundays too?",
        "and how long would the whole thing take your people altogether?",
        "what about an inflatable boat with an outboard engine?",
        "ok great, so who pays for the spare parts that your workshop orders?",
        "can it be picked up from the harbour by a friend of mine?",
    ],
)
def test_a_message_that_leans_on_the_one_before_is_searched_with_it(message: str) -> None:
    dialogue = user_says("do you mend kayaks?", message)
    assert question_of(dialogue, RULES).startswith("do you mend kayaks? ")
    assert question_of(user_says(message), RULES) in message


@pytest.mark.parametrize(
    "message",
    [
        "how much does a sailing lesson for two adults cost?",
        "my neighbour wants a lesson and it is her first, which one?",
    ],
)
def test_a_message_that_stands_alone_is_searched_alone(message: str) -> None:
    assert question_of(user_says("do you mend kayaks?", message), RULES) == message


def test_courtesies_are_no_part_of_what_is_searched() -> None:
    said = "Hi there, do you mend boats with a torn hull? Thanks!"
    assert question_of(user_says(said), RULES) == "do you mend boats with a torn hull?"
    # Neither are they what a follow-up is about.
    assert question_of(user_says(said, "thanks!", "2", "and kayaks?"), RULES) == (
        "do you mend boats with a torn hull? and kayaks?"
    )
    assert question_of(user_says("hello"), RULES) == "hello"


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (Turn("assistant", "Yes, we do.", ("mending",), decision="answer"), "mending"),
        (Turn("assistant", "Yes, we do.", ("lessons",), decision="answer"), "lessons"),
        # A person names no article: it is the one that is nearest to what they said.
        (Turn("agent", "A lesson is for beginners and takes 3 hours."), "lessons"),
    ],
)
def test_a_follow_up_stays_in_the_article_that_was_answered_from(
    knowledge: Knowledge, answer: Turn, found: str
) -> None:
    dialogue = after(answer, asked="is that something you do?", then="and how long does it take?")
    rules = RULES.model_copy(update={"earlier_article_weight": 0.5})
    assert knowledge.search(query_of(dialogue, rules, knowledge), 1, rules)[0].passage.article == found


def test_what_stands_alone_keeps_a_trace_of_it(knowledge: Knowledge) -> None:
    answer = Turn("assistant", "Yes, we do.", ("mending",), decision="answer")
    alone = after(answer, asked="do you mend boats?", then="how much does a sailing lesson for two adults cost?")
    query = query_of(alone, RULES, knowledge)
    assert (set(query.favoured), query.favour) == ({"mending"}, 0.02)
    hits = {hit.passage.article: hit for hit in knowledge.search(query, 3, RULES)}
    plain = {hit.passage.article: hit for hit in knowledge.search(query.words, 3, RULES)}
    assert hits["mending"].score == pytest.approx(plain["mending"].score + 0.02, abs=1e-5)
    # How near it is stays what it is.
    assert hits["mending"].cosine == pytest.approx(plain["mending"].cosine, abs=1e-5)
    assert hits["lessons"].score == pytest.approx(plain["lessons"].score, abs=1e-5)


def test_a_reply_that_rested_on_no_article_favours_none(knowledge: Knowledge) -> None:
    handed = Turn("assistant", "Our workshop mends a torn hull.", decision="handoff")
    assert not query_of(after(handed, asked="help", then="and when?"), RULES, knowledge).favoured
    assert not query_of(user_says("and when?"), RULES, knowledge).favoured
