"""Test of the check of whole claims on paraphrases and altered sentences of trades' articles, written by hand."""

import json
from pathlib import Path

import pytest

from bot.prompting.claims.support import supported
from bot.retrieval.quotables import quotables

PAIRS = Path(__file__).with_name("claims-dev.jsonl")


def test_altered_claims_are_found_and_honest_paraphrases_pass() -> None:
    """0.961 of 381 altered ones are found and 0.04 of 247 paraphrases flagged; the rules were written with these
    in view, so expect less of others: of the last 27, which were written after them, 17 of 20 and 1 of 7."""
    flagged: dict[bool, list[bool]] = {True: [], False: []}
    for line in PAIRS.read_text(encoding="utf-8").splitlines():
        pair = json.loads(line)
        sentences = [quotable.said for quotable in quotables(pair["passage"])]
        found = supported(pair["sentence"], sentences, f"{pair['title']}. {pair['heading']}")
        flagged[pair["supported"]].append(bool(found))
    assert len(flagged[True]) >= 150 and len(flagged[False]) >= 150
    assert sum(flagged[False]) / len(flagged[False]) >= 0.95
    assert sum(flagged[True]) / len(flagged[True]) <= 0.15


def test_every_sentence_of_a_passage_is_held_by_it() -> None:
    for line in PAIRS.read_text(encoding="utf-8").splitlines():
        sentences = [quotable.said for quotable in quotables(json.loads(line)["passage"])]
        assert not [sentence for sentence in sentences if supported(sentence, sentences)]


@pytest.mark.parametrize(
    ("passage", "said", "found"),
    [
        ("Choose a pot that is 3 cm wider than the old one.", "A 3 cm wide pot is better.", True),
        ("Choose a pot that is 3 cm wider than the old one.", "Take a pot 3 cm wider than the old one.", False),
        ("We match that price and take off another $10.", "We take off $10.", True),
        ("We match that price and take off another $10.", "We take off $10 on top of the match.", False),
        ("It takes 2 days longer, and 2 days in winter.", "It takes 2 days.", False),
    ],
)
def test_a_difference_is_not_said_as_a_figure_of_its_own(passage: str, said: str, found: bool) -> None:
    assert any(one.kind == "comparison" for one in supported(said, [passage])) == found


# A passage's sentence, and whether each claim beside it is found to say something else.
LIMITED = {
    "two cells of a row, and who pays": (
        "Guest: Paying by debit card \u2013 Hold at a city hotel: $100 a night, at most $400; "
        "Hold at a lake hotel: $120 a night, at most $480.",
        {
            "A city hotel holds $100 a night, at most $480.": True,
            "A city hotel pays $100 a night, at most $400.": True,
            "The hold at a city hotel is $100 a night, at most $400.": False,
        },
    ),
    "the place of an exception": (
        "Bed rails for toddlers can be borrowed free, except at Harbor Row, which has none.",
        {
            "Bed rails for toddlers can be borrowed free at Harbor Row, except at Harbor Row.": True,
            "Bed rails for toddlers can be borrowed free at Harbor Row.": True,
            "Bed rails can be borrowed free, but not at Harbor Row.": False,
            "Bed rails for toddlers can't be borrowed at Harbor Row.": False,
        },
    ),
    "only, and everybody": (
        "Free breakfast for Cedar members covers the member only, and free breakfast for Copper members covers "
        "everybody in the room.",
        {
            "For Copper members, free breakfast is covered in the room.": True,
            "Cedar members can have free breakfast for Cedar members, and Copper members can also have it.": True,
            "For Copper members, free breakfast covers everybody in the room.": False,
            "For Cedar members, only the member gets free breakfast.": False,
        },
    ),
    "what stands first limits all that follows": (
        "For stays that include July 4, Thanksgiving night or December 31, an Open booking can be cancelled free "
        "only until 30 days before arrival.",
        {
            "An Open booking can be cancelled free only until 30 days before arrival.": True,
            "For a stay that includes July 4, an Open booking can be cancelled free only until 30 days before "
            "arrival.": False,
        },
    ),
    "a preposition that denies": (
        "Students without a card may read but not borrow.",
        {
            "Students with a card may read but not borrow.": True,
            "Without a card, students may read but not borrow.": False,
        },
    ),
    "who alone may do it": (
        "Goods: Loose lithium batteries \u2013 Condition: Business accounts with a "
        "dangerous goods agreement only.",
        {
            "Loose lithium batteries are not allowed.": True,
            "Business accounts with a dangerous goods agreement can't send loose lithium batteries.": True,
            "Business accounts with a dangerous goods agreement send loose lithium batteries.": True,
            "Loose lithium batteries need a business account with a dangerous goods agreement, no other.": False,
            "Only business accounts with a dangerous goods agreement can send loose lithium batteries.": False,
        },
    ),
    "a sentence that breaks off": (
        "If your compartment is full, take the parcel to another locker: the label is valid at all of them for 8 "
        "days.",
        {
            "If your compartment is full, take the parcel to another locker: the label is valid at all.": True,
            "If your compartment is full, take it to another locker: the label is valid for 8.": True,
            "If your compartment is full, take it to another locker: the label is valid for 8 days.": False,
        },
    ),
    "what the bot does itself": (
        "You can forbid delivery to neighbors in the app under Delivery wishes.",
        {
            "I can forbid delivery to neighbors in the app under Delivery wishes.": True,
            "You can forbid delivery to neighbors in the app under Delivery wishes.": False,
        },
    ),
    "a condition turned round": (
        "We refund the ticket if we were at fault.",
        {
            "We refund the ticket unless we were at fault.": True,
            "If we were not at fault, we refund the ticket.": True,
            "If we were at fault, we refund your ticket.": False,
        },
    ),
    "a verdict on the customer's own case": (
        "A car that stays plugged in more than 60 minutes after it is full is charged $4 an hour.",
        {
            "You're still in time: a car that stays plugged in more than 60 minutes is charged $4 an hour.": True,
            "That's fine, a full car is charged $4 an hour after 60 minutes.": True,
            "Your car is too late: after 60 minutes it is charged $4 an hour.": True,
            "Your car is charged $4 an hour if it stays plugged in more than 60 minutes after it is full.": False,
        },
    ),
    "the most that is paid": (
        "The pet fee at city hotels is capped at $150 a stay.",
        {
            "City hotels charge $150 a stay for pets.": True,
            "The pet fee at city hotels is at most $150 a stay.": False,
            "At city hotels you pay $150 a stay for pets at most.": False,
        },
    ),
    "the time of another column": (
        "Hotel: Foundry House \u2013 Check-in from: 3 pm; Check-out until: 11 am; Front desk open: 24 hours.",
        {
            "The check-out from Foundry House is 24 hours.": True,
            "Check-out at Foundry House is at 3 pm.": True,
            "The front desk at Foundry House is open 24 hours.": False,
            "Foundry House: check-in from 3 pm, and the desk is open 24 hours.": False,
        },
    ),
    "another subject of the same sentence": (
        "Breakfast is included in the Open rate, and costs extra with the Early rate.",
        {
            "The rate is included in the Open price, and costs extra with the Early rate.": True,
            "The Open rate includes breakfast.": False,
            "Breakfast is included in the Open rate.": False,
        },
    ),
    "what the shop does not lose": (
        "The table deposit is lost if the party cancels less than 48 hours before dinner.",
        {
            "We lose the deposit if you cancel less than 48 hours before dinner.": True,
            "The table deposit is lost if you cancel less than 48 hours before dinner.": False,
        },
    ),
    "all that only allows": (
        "A rollaway bed costs $28 a night and fits only in Family rooms and Cabins.",
        {
            "A rollaway bed costs $28 a night and fits only in Family rooms.": True,
            "A rollaway bed fits only in Cabins and Family rooms.": False,
        },
    ),
    "the figure of what is free": (
        "The shuttle costs $18 per person each way, and children under 6 ride free.",
        {
            "The shuttle takes children under 6 in for $18 each way.": True,
            "The shuttle costs $18 per person each way; children under 6 ride free.": False,
        },
    ),
    "the place of a figure": (
        "Rods can be borrowed free at Birch Narrows and cost $7 a day at Loon Point.",
        {
            "A rod can be borrowed free at Birch Narrows and costs $7 a day.": True,
            "Rods cost $7 a day at Loon Point.": False,
            "At Loon Point a rod costs $7 a day, at Birch Narrows it's free.": False,
        },
    ),
    "a reason why something must be": (
        "A booking made through a travel site must be cancelled with it, because we cannot see its payment.",
        {
            "You can cancel a booking through a travel site, because we cannot see its payment.": True,
            "A booking made through a travel site has to be cancelled with it, because we can't see its "
            "payment.": False,
        },
    ),
    "a verdict that the passage gives": (
        "You are covered abroad for 20 days.",
        {
            "You're covered abroad for 20 days.": False,
            "Abroad you are still covered for 20 days.": False,
        },
    ),
}


def test_a_passage_of_signs_alone_holds_nothing() -> None:
    assert [one.kind for one in supported("You can return it.", ["---", "* * *"])] == ["passage"]
    assert not supported("We repair it.", ["* * *", "We repair it."])
    # Beside a sentence that says something they are passed over.
    assert supported("I'm sorry you're unwell.", ["* * *", "We repair it."])


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("At city hotels, a crib costs $15 a night and at lake hotels $22 a night.", True),
        ("At city hotels, children aged 6 to 13 cost $15 a night and at lake hotels $22 a night.", False),
        ("Kids aged 6 to 13 cost $15 a night at city hotels.", False),
        ("Beds cost $15 a night at city hotels.", True),
    ],
)
def test_what_a_title_names_beside_it_does_not_take_the_place_of_what_costs(said: str, found: bool) -> None:
    passage = ["Children aged 6 to 13 cost $15 a night at city hotels and $22 a night at lake hotels."]
    assert bool(supported(said, passage, "Children, cribs and extra beds.")) == found


@pytest.mark.parametrize("kind", LIMITED)
def test_what_limits_a_sentence_is_not_lost_or_turned_round(kind: str) -> None:
    passage, said = LIMITED[kind]
    assert {one: bool(supported(one, [passage])) for one in said} == said
