"""Tests of the numbers of orders: how they look, and when a customer surely gave one."""

import pytest

from bot.answering.numbers import Numbers
from bot.dialogue import Dialogue, Turn, user_says
from bot.shop.profile import Contacts, Orders, Shop

SHOP = Shop(name="Fern & Frond", contacts=Contacts(email="hello@fernfrond.example"))
OWN = SHOP.model_copy(update={"orders": Orders(pattern=r"FF-\d{5}", example="FF-20417")})
WANTED = Turn("assistant", "What is your order number?", decision="ask", act="order-status")


def numbers(shop: Shop) -> Numbers:
    return Numbers(shop, asking=["order-status"])


@pytest.mark.parametrize(
    ("shop", "text", "number"),
    [
        (OWN, "where is ff-20417?", "FF-20417"),
        (OWN, "#FF-20417", "FF-20417"),
        (OWN, "FF-204178", None),
        (OWN, "it cost 204178", None),
        (SHOP, "order AB-123456 please", "AB-123456"),
        (SHOP, "20417", "20417"),
        (SHOP, "in 2024", None),
        # A card's number is asked for by nobody and sent nowhere.
        (SHOP, "4111111111111111", None),
    ],
)
def test_a_number_is_found_as_the_shop_writes_it(shop: Shop, text: str, number: str | None) -> None:
    assert numbers(shop).first(text) == number


def test_a_message_without_its_number_keeps_the_rest() -> None:
    assert numbers(OWN).without("where is #ff-20417 now") == "where is   now"


def test_the_latest_number_counts() -> None:
    said = user_says("FF-20417", "no, sorry, FF-20418", "so where is it")
    assert numbers(OWN).given(said) == "FF-20418"
    assert numbers(OWN).given(user_says("where is it")) is None


def test_a_figure_of_any_kind_is_a_number_only_where_one_was_wanted() -> None:
    told = Turn("assistant", "Our team can look it up.", decision="handoff", act="order-status")
    paid = Turn("assistant", "You have 60 days.", decision="answer")
    one, two = Turn("user", "I paid 20417 pesos"), Turn("user", "AB-123456")
    assert numbers(SHOP).given(Dialogue((one, paid, Turn("user", "a person please")))) is None
    assert numbers(SHOP).given(Dialogue((one, paid, two, told, Turn("user", "a person please")))) == "AB-123456"
