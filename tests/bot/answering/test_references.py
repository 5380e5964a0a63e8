"""Tests of sentences that begin with a word for what was said before them."""

import pytest

from bot.answering.references import dangles, with_antecedents

SENTENCES = [
    "A lost pass is replaced if you have the receipt or the code.",
    "Without either, it is not.",
    "Both desks help.",
    "They open at 9.",
]
TEXT = f"{' '.join(SENTENCES[:3])}\n\n{SENTENCES[3]}"


@pytest.mark.parametrize(
    ("sentence", "question", "found"),
    [
        ("With either, a pass is replaced for $10.", "I lost my pass", True),
        ("Both are possible.", "what can I do", True),
        ("Both are possible.", "by card or cash?", False),
        ("Both desks are open.", "are you open", False),
        ("Neither cash nor cheques are taken.", "can I pay cash", False),
        ("These cost $5.", "what is a map", True),
        ("It costs $5.", "what is a map", False),
    ],
)
def test_a_reply_does_not_begin_with_either_of_the_unnamed(sentence: str, question: str, found: bool) -> None:
    assert dangles(sentence, question) == found


def test_a_quote_stands_behind_what_it_points_back_to_within_its_paragraph() -> None:
    assert with_antecedents(SENTENCES[0], SENTENCES, TEXT) == SENTENCES[:1]
    assert with_antecedents(SENTENCES[1], SENTENCES, TEXT) == SENTENCES[:2]
    assert with_antecedents(SENTENCES[2], SENTENCES, TEXT) == SENTENCES[:3]
    assert with_antecedents(SENTENCES[2], SENTENCES, TEXT, most=1) == SENTENCES[1:3]
    assert with_antecedents(SENTENCES[3], SENTENCES, TEXT) == SENTENCES[3:]
