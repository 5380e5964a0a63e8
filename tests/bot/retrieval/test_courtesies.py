"""Tests of what is left of a message without its courtesies."""

import pytest

from bot.retrieval.courtesies import without_courtesies


@pytest.mark.parametrize(
    ("message", "left"),
    [
        ("Hi there, how long does shipping take?", "how long does shipping take?"),
        ("hello can I return a tent", "can I return a tent"),
        ("Good morning! My stove leaks.", "My stove leaks."),
        ("thanks, and how long does it take?", "how long does it take?"),
        ("Thanks for the quick answer but what about boots", "what about boots"),
        ("ok great, thank you so much. Does it fit an adult?", "Does it fit an adult?"),
        ("When do I get my money? Thanks in advance!", "When do I get my money?"),
        ("Where is it?\nKind regards,\nMaria Lopez", "Where is it?"),
        ("Dear team,\nmy zip broke.\n\n- Tom", "my zip broke."),
        ("hi", ""),
        ("Thank you very much!", ""),
    ],
)
def test_courtesies_are_left_out(message: str, left: str) -> None:
    assert without_courtesies(message) == left


@pytest.mark.parametrize(
    "message",
    [
        "how do I say thanks to the driver",
        "hi-vis vests in stock?",
        "thank you cards, do you sell them",
        "best boots for winter",
        "Is the Kind Regards gift box still sold?",
        "and without a receipt?",
        "no receipt, can I still return it",
        "right shoe is missing",
    ],
)
def test_what_is_part_of_the_question_stays(message: str) -> None:
    assert without_courtesies(message) == message
