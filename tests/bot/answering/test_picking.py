"""Tests of what a message picks from an offer, by its words alone."""

import pytest

from bot.answer import Choice
from bot.answering.picking import picked_by_words

CHOICES = (
    Choice("1", "Returning a tent", "returns"),
    Choice("2", "Resoling boots", "repairs"),
    Choice("3", "When a refund arrives", "refunds"),
)


@pytest.mark.parametrize(
    ("message", "picked"),
    [
        ("Resoling boots", "2"),
        ("returning a TENT.", "1"),
        ("1", "1"),
        ("2.", "2"),
        ("number 3 please", "3"),
        ("#2", "2"),
        ("option two", "2"),
        ("the first", "1"),
        ("the second one", "2"),
        ("3rd", "3"),
        ("the last one", "3"),
        ("I mean the first one", "1"),
        ("one", "1"),
        ("the boots one", "2"),
        ("the one about the refund", "3"),
        ("tent", "1"),
    ],
)
def test_a_label_a_number_a_place_or_a_word_of_its_own_picks(message: str, picked: str) -> None:
    found = picked_by_words(message, CHOICES)
    assert found is not None and found.id == picked


@pytest.mark.parametrize(
    "message",
    [
        "4",
        "none of these",
        "the one with the zip",
        "yes",
        "how do I return boots I bought in the first week",
        "12",
        "1 tent or 2",
        "the fourth",
        "no",
        "my 2 year old broke it",
        "this one",
        "one of my poles broke",
        "",
    ],
)
def test_what_names_none_or_several_picks_nothing(message: str) -> None:
    assert picked_by_words(message, CHOICES) is None
