"""Tests of what a sentence may say."""

import pytest

from bot.prompting.constraints import figures, unsupported_figures


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It costs $6.95 within 60 days.", {"6.95", "60 day"}),
        ("Over $1,500 you get 10 %.", {"1500", "10 percent"}),
        ("You have thirty days, in one parcel.", {"30 day"}),
        ("Go to junipertrail.example/returns.", {"junipertrail.example/returns"}),
        ("Write to help@junipertrail.example.", {"help@junipertrail.example"}),
        ("Order JT1234567 is a number.", {"jt1234567"}),
        ("No figure here.", set()),
    ],
)
def test_figures_are_found_in_one_spelling(text: str, found: set[str]) -> None:
    assert figures(text) == found


def test_a_number_that_stands_nowhere_is_unsupported() -> None:
    evidence = ["You have 30 days from delivery to return a tent."]
    assert unsupported_figures("You have thirty days.", evidence) == set()
    assert unsupported_figures("You have 90 days and pay $5.", evidence) == {"90 day", "5"}


def test_another_unit_is_another_figure() -> None:
    evidence = ["You have 30 days from delivery to return a tent."]
    assert unsupported_figures("You have 30 business days.", evidence) == {"30 business day"}
    assert unsupported_figures("It is 30.", evidence) == set()
