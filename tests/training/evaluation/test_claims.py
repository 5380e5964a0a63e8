"""Tests of the checker of claims: altered ones are found, and what a passage says in other words is let be."""

import re
from pathlib import Path

import pytest

from bot.retrieval.articles import read_articles
from training.evaluation.claims import unsupported
from training.evaluation.sentences import sentences

PASSAGE = """Opening hours.
Our hall is open Monday to Friday from 9 a.m. to 5 p.m., and on Saturday from noon.
Members can bring back boats within 60 days of delivery, all others within 30 days.
Boats that were used in salt water cannot be brought back.
Delivery to Norway by Fjordpost costs $1,200 and takes up to 3 weeks, from April to June longer.
Delivery is free for orders over $5,000, unless the boat is longer than 8 feet.
Call us at (202) 555-0143 before you order, or write to hall@boats.example.
Life jackets are always exchanged free of charge if their tag is unused."""


def kinds(answer: str, *asked: str) -> set[str]:
    return {claim.kind for claim in unsupported(answer, [PASSAGE], asked, known=["Hull & Sons"])}


@pytest.mark.parametrize(
    "answer",
    [
        "We're open on Tuesday and Saturday.",
        "The hall opens at 9:00 on weekdays and closes at 17:00.",
        "As a member you have sixty days from delivery.",
        "It's $1200 to Norway, within 21 days.",
        "No, a boat that was used in salt water can't be brought back.",
        "Orders over 5,000 dollars are delivered at no charge.",
        "Hull & Sons is happy to help! Please call 202-555-0143 first.",
        "An exchange of life jackets is always free.",
        "Thanks for asking. There are two ways: call us, or write to hall@boats.example.",
    ],
)
def test_what_a_passage_says_in_other_words_is_supported(answer: str) -> None:
    assert kinds(answer) == set()


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("Our hall is open on Sunday.", "weekday"),
        ("Our hall opens at 10 a.m.", "time"),
        ("Delivery takes longer from April to August.", "month"),
        ("Delivery to Norway costs $1,300.", "figure"),
        ("Members have 60 minutes.", "figure"),
        ("Delivery to Norway costs $12.", "figure"),
        ("Delivery to Sweden by Fjordpost costs $1,200.", "name"),
        ("Fjordpost delivers, or UPS.", "name"),
        ("UPS delivers to Norway.", "name"),
        ("Call us at (202) 555-0144.", "address"),
        ("Write to help@boats.example.", "address"),
        ("Boats that were used in salt water can be brought back.", "negation"),
        ("Members cannot bring back boats within 60 days of delivery.", "negation"),
        ("Members can bring back boats within 30 days of delivery.", "condition"),
        ("Delivery is free for orders under $5,000.", "condition"),
        ("Delivery is free for orders over $5,000, if the boat is longer than 8 feet.", "condition"),
        ("Call us at (202) 555-0143 after you order.", "condition"),
        ("Life jackets are always exchanged free of charge if their tag is used.", "condition"),
        ("Delivery to Norway is free.", "free"),
    ],
)
def test_an_altered_claim_is_found(answer: str, kind: str) -> None:
    passages = [PASSAGE] if kind != "free" else [PASSAGE.replace("free", "cheaper")]
    assert kind in {claim.kind for claim in unsupported(answer, passages)}


def test_a_customers_own_case_may_be_said_back_but_a_false_premise_not() -> None:
    assert kinds("For 2 boats in Oslo it is $1,200 each.", "i ordered 2 boats to Oslo, order HB-4471") == set()
    assert "figure" in kinds("Members can bring back boats within 365 days.", "your free returns for 365 days")
    assert kinds("Members have 60 days for that, not 365 days.", "your free returns for 365 days") == set()


def test_a_claim_comes_with_the_sentence_that_makes_it() -> None:
    (claim,) = unsupported("Of course. We're open on Sunday.", [PASSAGE])
    assert (claim.kind, claim.text, claim.sentence) == ("weekday", "sunday", "We're open on Sunday.")


@pytest.fixture(scope="module")
def articles() -> list[str]:
    return [article.body for article in read_articles(Path(__file__).parents[3] / "data" / "knowledge")]


def test_a_quote_is_never_called_invented(articles: list[str]) -> None:
    wrong = {one: found for body in articles for one in sentences(body) if (found := unsupported(one, [body]))}
    assert wrong == {}


def test_most_altered_sentences_of_our_articles_are_found(articles: list[str]) -> None:
    """Permissions denied, limits and conditions turned round."""
    changes = [
        (r"\bcan\b(?! not)", "cannot"),
        (r"\bup to\b", "at least"),
        (r"\bbefore\b", "after"),
        (r"\bif\b", "unless"),
    ]
    altered = [
        (body, re.sub(old, new, one, count=1))
        for body in articles
        for one in sentences(body)
        for old, new in changes
        if re.search(old, one)
    ]
    missed = [text for body, text in altered if not unsupported(text, [body])]
    assert len(altered) > 250 and len(missed) <= 0.03 * len(altered), missed
