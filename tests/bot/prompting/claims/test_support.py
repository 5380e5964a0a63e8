"""Tests of what holds a claim: one kind of change each, on a passage made for it."""

import pytest

from bot.prompting.claims.found import Limits
from bot.prompting.claims.support import is_span, supported

GEAR = [
    "Repairing a jacket costs $45 and repairing a tent costs $60.",
    "Members may cancel a repair free of charge until 2 days before it, unless the parts have been ordered.",
    "The workshop in Alder Street is open Monday to Friday from 8 a.m. to 6 p.m. and is closed on Sunday.",
    "Gift cards can't be used for repairs.",
    "Boots are resoled only in the workshop.",
    "Level: Gold – Per month: $9; Per year: $90.",
    "Level: Silver – Per month: $5; Per year: $50.",
]


def kinds(sentence: str, passage: list[str] = GEAR, *asked: str) -> set[str]:
    return {found.kind for found in supported(sentence, passage, "Repairs", asked)}


@pytest.mark.parametrize(
    "sentence",
    [
        "A repair of a jacket is $45.",
        "It costs $60 to repair your tent.",
        "As a member you can cancel a repair for free up to two days before, unless the parts were ordered.",
        "Our workshop in Alder Street opens at 8 am on Tuesdays.",
        "We're closed on Sundays.",
        "You can't use a gift card for a repair.",
        "We only resole boots in the workshop.",
        "Gold is $90 per year.",
        "Silver costs $5 a month.",
    ],
)
def test_the_same_in_other_words_is_held(sentence: str) -> None:
    assert kinds(sentence) == set()


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        ("Repairing a jacket costs $54.", "figure"),
        ("Repairing a tent costs $45.", "place of figure"),
        ("Silver costs $9 a month.", "place of figure"),
        ("Gold costs $9 a year.", "figure"),
        ("The workshop in Alder Street is open on Saturday.", "day or month"),
        ("The workshop in Elder Street is open Monday to Friday.", "name"),
        ("The workshop is open until 8 p.m. on Friday.", "figure"),
        ("Members may cancel a repair free of charge until 2 days before it.", "condition left out"),
        ("Guests may cancel a repair for free until 2 days before it, unless parts were ordered.", "another"),
        ("Gift cards can be used for repairs.", "denial left out"),
        ("Boots aren't resoled in the workshop.", "denial"),
        ("The workshop is open on Sunday.", "denial left out"),
        ("Repairing a jacket is free.", "another"),
        ("Repairs come with a guarantee.", "word"),
        ("Boots are never resoled.", "denial"),
    ],
)
def test_what_was_changed_is_named(sentence: str, kind: str) -> None:
    assert kind in kinds(sentence)


def test_the_customers_words_are_no_names_but_hold_no_figure() -> None:
    assert kinds("Repairing a jacket in Oslo costs $45.") == {"name", "word"}
    assert kinds("Repairing a jacket in Oslo costs $45.", GEAR, "I live in Oslo.") == set()
    assert "figure" in kinds("Repairing a jacket costs $30.", GEAR, "It costs $30, right?")


def test_a_span_ends_where_a_clause_does_and_keeps_its_condition() -> None:
    whole = ["Returns are free; refunds take 5 days; call us, except on Sundays."]
    assert is_span("Returns are free.", whole) and is_span("Refunds take 5 days", whole) is False
    assert not is_span("Call us.", whole) and not is_span("refunds take", whole)
    assert not is_span("Per year: $90.", GEAR)


def test_how_many_words_may_stand_nowhere_is_the_prompts_to_say() -> None:
    sentence = "Repairing a jacket nicely costs $45."
    assert supported(sentence, GEAR, limits=Limits(unknown_words=0))
    assert not supported(sentence, GEAR, limits=Limits(unknown_words=1, unknown_share=0.5))
