"""Tests of the values of a text: one spelling for one amount, and what bounds it."""

import pytest

from bot.prompting.claims.values import same, values
from bot.prompting.claims.wording import normal


@pytest.mark.parametrize(
    ("claim", "evidence", "stands"),
    [
        ("at 8 p.m.", "at 20:00", True),
        ("at 8pm", "from 8 p.m.", True),
        ("until noon", "until 12:00", True),
        ("open until 5 pm", "open from 9 am to 5 pm", True),
        ("open from 5 pm", "open from 9 am to 5 pm", False),
        ("two weeks", "14 days", True),
        ("half an hour", "30 minutes", True),
        ("a third of the price", "half the price", False),
        ("within a year", "12 months", True),
        ("30 days", "30 business days", False),
        ("5 working days", "five business days", True),
        ("$1,500", "1500 dollars", True),
        ("50p", "£0.50", True),
        ("$45", "£45", False),
        ("3 to 5 days", "three to five days", True),
        ("3 days", "3 to 5 days", False),
        ("up to 5 days", "3 to 5 days", True),
        ("at least 30 days", "within 30 days", False),
        ("more than 30 days", "30 days", False),
        ("over $50", "$50 or more", True),
        ("aged 18 or over", "at least 18", True),
        ("2 days before", "2 days after", False),
        ("until 24 hours before departure", "at least 24 hours before departure", True),
        ("at most 24 hours before departure", "at least 24 hours before departure", False),
        ("£9 a month", "£9 a year", False),
        ("3 May", "May 3rd", True),
        ("3 May", "3 March", False),
        ("order JT1234567", "order JT1234568", False),
        ("call 01632 960145", "call 01632960145", True),
    ],
)
def test_a_value_stands_where_the_same_is_meant(claim: str, evidence: str, stands: bool) -> None:
    told = values(normal(evidence))
    assert all(any(same(value, other) for other in told) for value in values(normal(claim))) is stands


def test_one_alone_claims_nothing() -> None:
    assert values(normal("Choose one of them, it is a good one.")) == []
