"""Tests of which part of a quote is said: only what stands apart is left out, and nothing that may be meant."""

import pytest

from bot.answering.spans import span

ROW = "Service: Trot \u2013 Delivered in: 2 working days; Drop off by: 4:30 p.m.; Added to the price: $4.40."
KEPT = "What you collect: Shop order \u2013 Held at the counter: 10 days; Held in a locker: 72 hours; Fee: $2."


@pytest.mark.parametrize(
    ("quote", "draft", "asked", "said"),
    [
        (ROW, "It costs $4.40 more.", "what does trot cost", "Service: Trot \u2013 Added to the price: $4.40."),
        (
            ROW,
            "It takes 2 working days.",
            "how long does trot take",
            "Service: Trot \u2013 Delivered in: 2 working days.",
        ),
        # What the question names is said, too.
        (
            ROW,
            "It costs $4.40 more.",
            "what does trot cost and when do I drop off",
            "Service: Trot \u2013 Drop off by: 4:30 p.m.; Added to the price: $4.40.",
        ),
        # Two times, and nothing tells which of them is meant.
        (
            KEPT,
            "It is held for 72 hours.",
            "how long do you keep my order",
            "What you collect: Shop order \u2013 Held at the counter: 10 days; Held in a locker: 72 hours.",
        ),
        (
            KEPT,
            "It is held for 72 hours.",
            "how long is my order in the locker",
            "What you collect: Shop order \u2013 Held in a locker: 72 hours.",
        ),
        (
            "Way to pay: PayPal \u2013 Online: yes; In a branch: no; Note: not for NHS charges; Limit: $90.",
            "PayPal is not for NHS charges.",
            "do you take paypal",
            "Way to pay: PayPal \u2013 Online: yes; In a branch: no; Note: not for NHS charges.",
        ),
        (ROW, "We deliver everywhere.", "what does trot cost", ROW),
        (ROW, "", "what does trot cost", ROW),
        (
            "No printer is needed for small parcels, because the driver brings the label.",
            "You need no printer for small parcels.",
            "do I need a printer",
            "No printer is needed for small parcels.",
        ),
        # What the draft names, a figure and what limits a sentence stay.
        (
            "No printer is needed for small parcels, because the driver brings the label.",
            "You need no printer for small parcels, the driver has a label.",
            "do I need a printer",
            None,
        ),
        ("Dogs are welcome; each costs $30.", "Dogs are welcome.", "can I bring my dog", None),
        ("Dogs are welcome; only in the pool are they not.", "Dogs are welcome.", "can I bring my dog", None),
        (
            "Dogs are welcome \u2013 small ones for $9; cats stay outside.",
            "Small dogs cost $9.",
            "can I bring my dog",
            None,
        ),
        ("Dogs are welcome, but not in the pool.", "Dogs are welcome.", "can I bring my dog", None),
    ],
)
def test_only_what_stands_apart_is_left_out(quote: str, draft: str, asked: str, said: str | None) -> None:
    assert span(quote, draft, asked) == (quote if said is None else said)
