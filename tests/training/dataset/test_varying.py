"""Tests of figures and names changed in a row: alike everywhere, of like size, in the same order."""

import random
import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.prompting.constraints import figures, unsupported_figures
from training.dataset.names import words_of
from training.dataset.numbers import changed_numbers, numbers, with_numbers
from training.dataset.varying import Variation, variation

PASSAGE = (
    "Veska Club members pay £1,200 a year, others £1,350.50. Cancel within 30 days, or within 6 weeks for Veska "
    "Plus, in the shop at Skerrow. Lines open from 9 a.m. to 5:30 p.m. and close at 20:00; 15% is kept."
)
ASKED = "ive had veska plus for thirty days now. Can I still get my 1200 back from skerrow?"
SAID = "Yes: with Veska Plus you have 6 weeks, and £1,350.50 at veska.example is for others. We keep 15 percent."
OWN = ("Veska", "Veska Club", "Veska Plus", "veska.example")
SEEDS = range(40)


def changed(seed: int, *texts: str) -> Variation:
    found = variation(texts, OWN, words_of([PASSAGE]), random.Random(seed))
    assert found is not None
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_figures_of_the_answer_that_stood_in_the_passage_stand_in_the_changed_passage(seed: int) -> None:
    change = changed(seed, PASSAGE, ASKED, SAID)
    passage, said = change.of(PASSAGE), change.of(SAID)
    assert not unsupported_figures(SAID, [PASSAGE]) - {"veska.example"}
    assert not {one for one in unsupported_figures(said, [passage]) if not one.endswith(".example")}
    assert len(figures(said)) == len(figures(SAID))


@pytest.mark.parametrize("seed", SEEDS)
def test_one_value_becomes_one_value_however_it_is_written(seed: int) -> None:
    change = changed(seed, PASSAGE, ASKED, SAID)
    asked = change.of(ASKED)
    days, euros = change.numbers[Decimal(30)], change.numbers[Decimal(1200)]
    assert f"within {days} days" in change.of(PASSAGE)
    assert f"my {euros} back" in asked and f"£{euros:,} a year" in change.of(PASSAGE)
    assert f"{days} days" in asked or re.search(r"for [a-z-]+ days", asked)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_larger_or_longer_stays_so_and_of_like_size(seed: int) -> None:
    change = changed(seed, PASSAGE, ASKED, SAID)
    now = [change.numbers[value] for value in sorted(change.numbers)]
    assert now == sorted(set(now))
    assert change.numbers[Decimal(30)] < 7 * change.numbers[Decimal(6)]
    assert all(Decimal("0.5") * was <= value <= 3 * was for was, value in change.numbers.items())
    assert change.numbers[Decimal(15)] < 100 and change.numbers[Decimal(5)] < change.numbers[Decimal(9)] < 12


@pytest.mark.parametrize("seed", SEEDS)
def test_names_are_replaced_alike_in_small_letters_too_and_ordinary_words_stay(seed: int) -> None:
    change = changed(seed, PASSAGE, ASKED, SAID)
    joined = " ".join(map(change.of, (PASSAGE, ASKED, SAID))).lower()
    assert "veska" not in joined and "skerrow" not in joined and "members" in joined
    assert change.names["veska"] in change.of(ASKED) and f"{change.names['veska']}.example" in change.of(SAID)
    assert change.names["veska"].capitalize() in change.of(SAID)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Since 2024 form W8 and order OB55172 are read by the 3rd.", "2024 W8 OB55172 3rd"),
        ("Call 01632 960145 or 1-800-555-0143, 24/7.", "01632 960145 1-800-555-0143 24/7"),
        ("A dip of 1 1/2 inches.", "1 1/2"),
        ("Within 7 days, that is a week.", "7"),
        ("Half of it, 50 euros, is yours.", "50"),
        ("1. Open the box.\n2. Send 2 photos.", "1. 2. 2"),
        ("Open until 12 p.m., for 100% of you.", "12 100%"),
    ],
)
def test_what_stands_for_something_else_stays(text: str, kept: str) -> None:
    for seed in SEEDS:
        drawn = changed_numbers([text], random.Random(seed))
        assert drawn is not None
        said = with_numbers(text, drawn)
        assert all(part in said for part in kept.split())


def test_a_number_spelled_in_several_words_leaves_a_row_as_it_is() -> None:
    for text in ("You have twenty-one days.", "It costs two hundred pounds."):
        assert changed_numbers([text, "Within 30 days."], random.Random(0)) is None


@given(st.lists(st.integers(2, 2000), min_size=1, max_size=8), st.integers(0, 1000))
def test_any_numbers_keep_their_order(values: list[int], seed: int) -> None:
    text = " and ".join(f"£{value:,}" for value in values)
    drawn = changed_numbers([text], random.Random(seed))
    if drawn is None:
        return
    now = [number.value for number in numbers(with_numbers(text, drawn))]
    assert [sorted(set(values)).index(value) for value in values] == [sorted(set(now)).index(one) for one in now]
