"""Tests of the one spelling: what says the same counts as said, and a part of a longer number does not."""

import pytest

from training.evaluation.spelling import plain, says


@pytest.mark.parametrize(
    ("text", "spelling"),
    [
        ("It costs $1,000.", "1000 dollars"),
        ("That is 1\u202f000 € then.", "€1000"),
        ("within ten days", "10 days"),
        ("a ten-day window", "10-day"),
        ("You have thirty\u00a0days.", "30 days"),
        ("thirty four-hour sessions", "30"),
        ("thirty four-hour sessions", "4-hour"),
        ("Nest 60 3.45%", "3.45%"),
        ("a twenty four hour wait", "24 hours"),
        ("a twenty-five-day trial", "25 days"),
        ("wait half an hour", "30 minutes"),
        ("Five percent off", "5%"),
        ("from 10 a.m. to 11", "10 am"),
        ("we open at 9:00 AM", "9 a.m."),
        ("Call 303\u2013555\u20130142 now", "303-555-0142"),
        ("an e\u2011mail is enough", "email"),
        ("No, you can\u2019t.", "can't"),
        ("wait half an hour", "30 minutes"),
        ("you get back half the deposit", "half"),
        ("you get back half the deposit", "50% the deposit"),
        ("she pays half of the price", "half of the price"),
        ("more than half of its floor", "half"),
        ("you get back half.", "50 percent"),
        ("half for other stolen things", "half"),
        ("a third small child pays", "third"),
        ("Canada: US$14.00 each", "$14"),
        ("$5.00 each", "$5"),
        ("Muddy boots cost extra.", "mud"),
    ],
)
def test_another_spelling_of_the_same_is_said(text: str, spelling: str) -> None:
    assert says(text, spelling)


@pytest.mark.parametrize(
    ("text", "spelling"),
    [
        ("$100 off", "$10"),
        ("it weighs 10.5 kg", "10"),
        ("2,000 points", "2"),
        ("carefree days", "free"),
        ("in 30 business days", "30 days"),
        ("from 1972 on", "72"),
    ],
)
def test_a_part_of_a_number_or_a_word_is_not_said(text: str, spelling: str) -> None:
    assert not says(text, spelling)


def test_the_one_spelling_is_its_own() -> None:
    for text in ("Ten-day, $1,000.00 at 9:00 A.M.", "Twenty-five e-mails, 5 %"):
        assert plain(plain(text)) == plain(text)
