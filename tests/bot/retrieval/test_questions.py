"""Tests of several questions in one message."""

import pytest

from bot.retrieval.questions import parts_of


@pytest.mark.parametrize(
    ("message", "parts"),
    [
        (
            "When does the gate close for Oslo? Also does my baby need her own passport",
            ("When does the gate close for Oslo?", "Also does my baby need her own passport"),
        ),
        (
            "how much is a flu jab and what time do you close on Sundays?",
            ("how much is a flu jab", "what time do you close on Sundays?"),
        ),
        # What was said before belongs to both.
        (
            "My flight was cancelled. Do I get money back? And who pays the hotel?",
            (
                "My flight was cancelled. Do I get money back?",
                "My flight was cancelled. And who pays the hotel?",
            ),
        ),
        # What follows a question belongs to it.
        (
            "Can I return boots? I wore them once. What does a resole cost?",
            ("Can I return boots? I wore them once.", "What does a resole cost?"),
        ),
    ],
)
def test_each_question_is_searched_with_what_it_needs(message: str, parts: tuple[str, ...]) -> None:
    assert parts_of(message) == parts


@pytest.mark.parametrize(
    "message",
    [
        "where is my parcel",
        "I paid for the tent and the stove, can I return both?",
        "Can I return it? And why?",
        "is it open on Sunday and Monday",
        "My zip broke and the sole came off. What now?",
        "",
    ],
)
def test_one_question_stays_whole(message: str) -> None:
    assert parts_of(message) == (message,)


def test_a_long_list_of_questions_is_no_row_of_answers() -> None:
    message = "What does a tent cost? What does a stove cost? What does a boat cost? What does a bike cost?"
    assert parts_of(message) == (message,)
