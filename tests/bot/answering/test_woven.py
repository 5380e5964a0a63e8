"""Tests of how closely a sentence follows one of its passage."""

import pytest

from bot.answering.woven import woven

PASSAGE = [
    "Blue or green water points to copper pipes inside the home.",
    "Five wrong passwords lock the account for 30 minutes.",
    "Bills are sent in large print, in Braille, on audio CD or on yellow paper.",
]


@pytest.mark.parametrize(
    ("said", "follows"),
    [
        ("Five wrong passwords lock your account for 30 minutes.", True),
        ("Blue water points to copper pipes.", True),
        ("Yes, bills are sent in Braille, on audio CD or on yellow paper.", True),
        ("Sure!", True),
        ("A copper pipe inside the home is a blue water point to copper pipes.", False),
        ("You can pay a five wrong password for 30 minutes.", False),
        ("On audio CD or on yellow paper, you can get a bill in Braille.", False),
    ],
)
def test_words_in_the_order_of_a_sentence_follow_it(said: str, follows: bool) -> None:
    assert (woven(said, PASSAGE) >= 0.88) == follows


def test_without_a_source_nothing_is_followed() -> None:
    assert woven("Five wrong passwords lock it.", []) == 0.0
