"""Tests of amounts: one unit for what is measured alike, spelled-out numbers, ranges, "and over"."""

import pytest

from bot.prompting.amounts import amounts, in_figures, same_amount

DAY = 24 * 60


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("within fourteen days", [("time", 14 * DAY, 14 * DAY)]),
        ("3 to 4 business days", [("time", 3 * DAY, 4 * DAY)]),
        ("a two-week notice", [("time", 14 * DAY, 14 * DAY)]),
        ("a full year", [("time", 525600, 525600)]),
        ("my free hour", [("time", 60, 60)]),
        ("$1,500 or £4.20", [("$", 1500, 1500), ("£", 4.2, 4.2)]),
        ("twenty-five percent", [("percent", 25, 25)]),
        ("from 8:30 to 5 p.m.", [("clock", 510, 510), ("clock", 1020, 1020)]),
        ("12 am is midnight", [("clock", 0, 0)]),
        ("fifty canisters", [("number", 50, 50)]),
        ("how much a month, order JT-1234, item #77", []),
    ],
)
def test_amounts_have_one_unit_for_what_is_measured_alike(
    text: str, found: list[tuple[str, float, float]]
) -> None:
    assert [(one.unit, one.low, one.high) for one in amounts(in_figures(text))] == found


def test_a_period_is_one_where_no_customer_speaks() -> None:
    assert [one.low for one in amounts(in_figures("within a week", periods=True))] == [7 * DAY]
    assert amounts(in_figures("how often a week?")) == []


def test_an_age_says_whether_more_or_less_is_meant() -> None:
    bounds = {text: amounts(text)[0].bound for text in ("65 or over", "15 and under", "65 of them")}
    assert list(bounds.values()) == [1, -1, 0]


def test_a_month_is_thirty_days_and_a_range_holds_what_lies_in_it() -> None:
    (month,), (days,), (six,) = (amounts(text) for text in ("1 month", "30 days", "5 to 7 days"))
    assert same_amount(month, days, slack=0.09) and not same_amount(month, days, slack=0.0)
    assert same_amount(amounts("6 days")[0], six, slack=0.0) and not same_amount(days, six, slack=0.09)
