"""Tests of how closely a sentence follows one of its passage."""

import pytest

from bot.answering.woven import Closeness, closeness_of, follows
from bot.prompting.template import read_prompt
from bot.settings import Settings
from bot.shop.profile import read_shop

LORA, SOFT = Closeness(0.85, 0.5, gaps=True), Closeness(0.95, 0.6, gaps=False)
PASSAGE = [
    "Blue or green water points to copper pipes inside the home.",
    "Five wrong passwords lock the account for 30 minutes.",
    "Bills are sent in large print, in Braille, on audio CD or on yellow paper.",
    "A parent can add children to their own account without further proof.",
    "A return by post costs $3, which is taken off the refund.",
    "Patients under 16 and patients aged 60 or over do not pay the charge.",
    "Plan: Gold \u2013 Monthly fee: $9; Cash abroad: 1.5%.",
]


@pytest.mark.parametrize(
    ("said", "lora", "soft"),
    [
        ("Yes, blue or green water points to copper pipes.", True, True),
        ("I'm sorry, five wrong passwords lock your account for 30 minutes.", True, True),
        ("Bills are sent in large print, in Braille or on audio CD.", True, True),
        ("Sure!", True, True),
        # Something is left out between, or a word is added.
        ("Bills are sent in large print, on audio CD or on yellow paper.", True, False),
        ("You can add children to their own account without any further proof.", True, True),
        ("A parent can easily add children to their own account without further proof.", True, False),
        # Too little of it, what kind of thing it is, another order, a word twice, a row.
        ("Bills are sent in Braille.", False, False),
        ("Patients under 16 do not pay the charge.", False, False),
        ("Five passwords lock your account for 30 minutes.", False, False),
        ("A copper pipe inside the home is a blue water point to copper pipes.", False, False),
        ("You can pay a five wrong password for 30 minutes.", False, False),
        ("Children can add children to their own account without further proof.", False, False),
        ("A return by post costs $3, and the refund is taken off the refund.", False, False),
        ("With the Gold plan the monthly fee is $9, and cash abroad is 1.5%.", False, False),
    ],
)
def test_words_in_the_order_of_a_sentence_follow_it(said: str, lora: bool, soft: bool) -> None:
    assert (follows(said, PASSAGE, LORA), follows(said, PASSAGE, SOFT)) == (lora, soft)


def test_without_a_source_nothing_is_followed() -> None:
    assert not follows("Five wrong passwords lock it.", [], LORA)


def test_a_prompt_says_how_close_each_kind_of_adapter_must_be(settings: Settings) -> None:
    shop = read_shop(settings.shop_dir)
    rules = read_prompt(settings.data / "prompts" / "support.toml", shop).constraints
    assert closeness_of(rules, soft=False) == Closeness(rules.own_share, rules.own_cover, gaps=True)
    assert closeness_of(rules, soft=True) == Closeness(rules.woven_share, rules.woven_cover, gaps=False)
    assert closeness_of(rules.model_copy(update={"woven_share": 0.0}), soft=True) is None
