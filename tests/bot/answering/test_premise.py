"""Tests of false premises: what a message states as the shop's rule, and the customer's own amounts."""

import pytest

from bot.answering.premise import is_false, premises

SLACK = 0.09


def stated(message: str) -> list[float]:
    return [premise.amount.low for premise in premises(message)]


@pytest.mark.parametrize(
    ("message", "quote"),
    [
        ("How do I use your free returns for 365 days?", "A kayak can be returned free within 30 days."),
        (
            "since you close at 8 I'll come by at half past seven",
            "The shop is open from 10 am to 6 pm and closes on Mondays.",
        ),
        ("why was I charged more than the $20 fee I was told about?", "The booking fee is $35."),
        ("you give students 25% so please take it off", "Students get 10% off every course."),
        (
            "I've got two months to cancel my course, where do I click?",
            "A course can be canceled until 14 days before it.",
        ),
        ("As the lamps carry a ten-year warranty, where do I send mine?", "A lamp has a warranty of 2 years."),
        ("Thirty photos is your limit, right? it stopped at ten", "An album holds up to 10 pictures."),
        ("my ticket can go back for 60 days, which desk takes it?", "A ticket can be returned within 7 days."),
        ("your site says delivery takes 2 days, mine is late", "Delivery takes 5 to 7 days."),
        ("swimming is free at 60 and over so I brought my pass", "Swimming is free for guests aged 65 or over."),
        ("courier is 4.50 with you but I paid more", "Delivery by courier costs £7.20."),
        (
            "I'd like my free hour with the tuner on Friday",
            "Tuning is free for up to 20 minutes in the first year.",
        ),
    ],
)
def test_a_figure_that_is_not_the_shops_is_a_false_premise(message: str, quote: str) -> None:
    assert is_false(message, [quote], slack=SLACK)


@pytest.mark.parametrize(
    ("message", "quote"),
    [
        # The customer's own amounts.
        ("I bought it 40 days ago, can I return the kayak?", "A kayak can be returned within 30 days."),
        ("my order of $45 hasn't shipped, what does shipping cost?", "Shipping costs $6 for each order."),
        ("we need two tents for our trip, how many may I rent?", "You can rent up to 4 tents."),
        ("I'm 71, is there a discount for older guests?", "Guests aged 65 or over get a discount of 8%."),
        ("it was at your depot 12 days, how long do you keep it?", "You keep it at the depot for 7 days."),
        ("I paid $80 for the repair, is there a warranty?", "A repair costs $60 and has a warranty of 90 days."),
        ("My lamp is 3 years old, is it in warranty?", "A lamp has a warranty of 2 years."),
        ("been waiting for 6 weeks for my refund", "A refund takes 10 days."),
        ("what would you charge to carry a 60 kg box?", "We charge $10 and carry boxes of up to 40 kg."),
        ("got your ticket for 3 days from now, can it change?", "A ticket can be changed until 7 days before."),
        # What is only asked.
        ("is the fee $20?", "The booking fee is $35."),
        ("Do you give 20% to students?", "Students get 10% off every course."),
        ("Can I return a kayak after 60 days?", "A kayak can be returned within 30 days."),
        ("what if I cancel within 48 hours?", "A course can be canceled until 14 days before it."),
        ("how many days before you close for a whole week?", "We say so 3 days before we close."),
        # The figure is right, in these words or in others.
        ("your return window is 30 days, right? where do I send it", "A kayak can be returned within 30 days."),
        ("you have 2 weeks to refund me", "We refund within 14 days."),
        ("since you close at 6 I'll hurry", "The shop closes at 6 pm."),
        ("you say delivery takes 6 days", "Delivery takes 5 to 7 days."),
        ("I have a month to return the kayak", "A kayak can be returned within 30 days."),
        # It is about something else, or not of that kind.
        ("your 30-day return is great, what does shipping cost?", "Shipping costs $6."),
        ("your 30 days to return the kayak are fine", "We answer letters within 4 days."),
        ("your two free tents offer", "A tent has a warranty of 3 years."),
    ],
)  # fmt: skip
def test_what_is_no_false_premise_is_not_corrected(message: str, quote: str) -> None:
    assert not is_false(message, [quote], slack=SLACK)


def test_a_figure_of_another_condition_that_is_quoted_too_is_left_alone() -> None:
    quotes = ["A tent can be returned within 60 days.", "A kayak can be returned within 30 days."]
    assert is_false("you take a kayak back for 60 days", quotes[1:], slack=SLACK)
    assert not is_false("you take a kayak back for 60 days", quotes, slack=SLACK)


def test_an_amount_without_the_shop_behind_it_states_nothing() -> None:
    assert stated("I have 3 kids and $50, and it's 2:30 here. My box weighs 12 lb.") == []
    assert stated("your 14-day trial and the 5% discount") == [14 * 24 * 60, 5]
