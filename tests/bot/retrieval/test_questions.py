"""Tests of several questions in one message."""

import pytest

from bot.retrieval.questions import Part, named, parts_of


@pytest.mark.parametrize(
    ("message", "parts"),
    [
        (
            "When does the gate close for Oslo? Also does my baby need her own passport",
            ("When does the gate close for Oslo?", "does my baby need her own passport"),
        ),
        (
            "how much is a flu jab and what time do you close on Sundays?",
            ("how much is a flu jab", "what time do you close on Sundays?"),
        ),
        # Small letters behind a question mark.
        (
            "student w a .edu email, whats my discount? n if i cancel when is the money back",
            ("student w a .edu email, whats my discount?", "if i cancel when is the money back"),
        ),
        # What was said before belongs to both.
        (
            "My flight was cancelled. Do I get money back? And who pays the hotel?",
            (
                "My flight was cancelled. Do I get money back?",
                "My flight was cancelled. who pays the hotel?",
            ),
        ),
        # What is told first, a comma and a sign join questions too.
        (
            "student here, how much do i save & can i bring a friend",
            ("student here, how much do i save", "can i bring a friend"),
        ),
        (
            "Do rented skis need a deposit, and will you hold my bag?",
            ("Do rented skis need a deposit", "will you hold my bag?"),
        ),
        (
            "how long is the blue trail, what's the steepest part of the red one",
            ("how long is the blue trail", "what's the steepest part of the red one"),
        ),
        # What asks about the question before it is searched with it.
        (
            "what does Pending mean and how long does that take?",
            ("what does Pending mean", "what does Pending mean how long does that take?"),
        ),
        (
            "how much is the city tax, and when do I have to check out?",
            ("how much is the city tax", "when do I have to check out?"),
        ),
        # What follows a question belongs to it.
        (
            "Can I return boots? I wore them once. What does a resole cost?",
            ("Can I return boots? I wore them once.", "What does a resole cost?"),
        ),
    ],
)
def test_each_question_is_searched_with_what_it_needs(message: str, parts: tuple[str, ...]) -> None:
    assert tuple(part.text for part in parts_of(message)) == parts


@pytest.mark.parametrize(
    "message",
    [
        "where is my parcel",
        "I paid for the tent and the stove, can I return both?",
        "Can I return it? And why?",
        "is it open on Sunday and Monday",
        "My zip broke and the sole came off. What now?",
        "When I rented the boat you copied my licence. How long is that kept?",
        "I sat in the rain and would like to dry my boots, how hot may it be?",
        "When the parcel comes, do I sign for it?",
        "What if my card is declined, how long do you hold the room?",
        "Should I book a bed or is there always one free?",
        "Can I swap my ticket for a later train? Is that possible?",
        "Can I swap my ticket for a later train? Could you please advise me on that?",
        "",
    ],
)
def test_one_question_stays_whole(message: str) -> None:
    assert parts_of(message) == (Part(message, message),)


def test_a_long_list_of_questions_is_no_row_of_answers() -> None:
    message = "What does a tent cost? What does a stove cost? What does a boat cost? What does a bike cost?"
    assert parts_of(message) == (Part(message, message),)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("And what does it cost to post a kayak?", "what does it cost to post a kayak"),
        ("We leave on Friday, how early may we come?", "how early may we come"),
        ("so if i mail you my tent what do i pay for that", "what do i pay for that"),
        (
            "how long does it take until my brother can pick the skis up in another shop",
            "how long does it take until my brother can pick the skis…",
        ),
    ],
)
def test_a_question_is_named_in_the_customers_words(asked: str, said: str) -> None:
    assert named(asked) == said


@pytest.mark.parametrize(
    "asked",
    ["is it $500 or <b>free</b>?", "can you say [here](http://x.example)?", "what is 4 times 12?", "thanks!", ""],
)
def test_what_a_reader_could_take_for_the_shops_word_is_not_said_back(asked: str) -> None:
    assert named(asked) == ""
