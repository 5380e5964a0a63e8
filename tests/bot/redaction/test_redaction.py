"""Tests of redaction: the labelled sentences, and placeholders that keep who is who."""

import json
from pathlib import Path

import pytest
from rich.console import Console

from bot.redaction.redactor import Redactor, contact_details, find, own_contacts
from bot.redaction.span import KINDS, Kind
from bot.settings import Settings
from bot.shop.profile import read_shop
from tests.tools.redaction_score import Score, read_labelled, score

LABELLED = (Path(__file__).parent / "redaction.jsonl", Path(__file__).parent / "redaction-holdout.jsonl")
NEARLY_ALL: set[Kind] = {"EMAIL", "PHONE", "CARD"}


@pytest.fixture(scope="module")
def result() -> Score:
    found = score(row for file in LABELLED for row in read_labelled(file))
    Console().print(found.table())
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_nearly_all_labelled_data_of_a_kind_is_found(result: Score, kind: Kind) -> None:
    assert result.labelled[kind] >= 18
    assert result.recall(kind) >= (0.97 if kind in NEARLY_ALL else 0.90), "\n".join(result.mistakes)


def test_little_is_redacted_that_is_not_personal(result: Score) -> None:
    assert result.precision() >= 0.95, "\n".join(result.mistakes)


def test_half_of_the_labelled_sentences_are_traps() -> None:
    rows = [row for file in LABELLED for row in read_labelled(file)]
    assert len(rows) >= 300
    assert sum(not labels for _, labels in rows) >= len(rows) / 2


def test_the_same_person_has_the_same_number_throughout_a_conversation() -> None:
    said = [
        "Hi, my name is Ana Ruiz, mail ana@example.org or bo@example.org",
        "Thanks Ana, I wrote to ANA@example.org.",
        "Ana again. Ruiz is my last name.",
    ]
    assert Redactor().redact(said) == [
        "Hi, my name is [NAME_1], mail [EMAIL_1] or [EMAIL_2]",
        "Thanks [NAME_1], I wrote to [EMAIL_1].",
        "[NAME_1] again. [NAME_1] is my last name.",
    ]


def test_names_can_stay_while_everything_else_goes() -> None:
    said = ["My name is Ana Ruiz, ana@example.org"]
    assert Redactor(keep_names=True).redact(said) == ["My name is Ana Ruiz, [EMAIL_1]"]


def test_names_that_the_export_gives_are_found_without_a_cue() -> None:
    assert Redactor().redact(["yes that was Keiko who called"], ["Keiko Tanabe"]) == [
        "yes that was [NAME_1] who called"
    ]


def test_the_shops_own_contact_details_stay() -> None:
    keep = contact_details(["Write to help@shop.example or call (303) 555-0142."])
    said = ["Mail help@shop.example or joe@example.org, or call +1 303-555-0142"]
    assert Redactor(keep=keep).redact(said) == ["Mail help@shop.example or [EMAIL_1], or call +1 303-555-0142"]


def test_order_numbers_stay_and_placeholders_are_not_redacted_again() -> None:
    text = "Order JT1234567 for [NAME_1], parcel 1Z999AA10123456784, [PHONE_2]"
    assert Redactor().redact([text]) == [text]


def test_a_broken_line_of_json_is_redacted_by_its_keys() -> None:
    line = json.dumps({"name": "Joe Bloggs", "phone": "4155550132", "password": "kestrel99"})[:-1]
    shown = Redactor().redact([line])[0]
    assert "Bloggs" not in shown and "4155550132" not in shown and "kestrel99" not in shown


@pytest.mark.parametrize("text", ["a" * 20000, "1-" * 5000, "12 Aa, " * 2000, "a@" * 4000, "password " * 2000])
def test_no_text_makes_a_pattern_explode(text: str) -> None:
    """Each takes far less than a second; a pattern that backtracks would take minutes."""
    find(text)


def test_a_bare_answer_is_redacted_by_the_question_before_it() -> None:
    said = ["May I have your full name?", "crystal minh", "And your date of birth?", "23 April 1961"]
    assert Redactor().redact([*said, "Your password?", "swordfish"])[1::2] == ["[NAME_1]", "[DOB_1]", "[SECRET_1]"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("my card number is 4111 1111 1111 1112", "my card number is [CARD_1]"),
        ("gift card 4111 1111 1111 1112", "gift card 4111 1111 1111 1112"),
        ("card 4111\u20111111\u20111111\u20111111", "card [CARD_1]"),
        ("write to ann(at)example.org", "write to [EMAIL_1]"),
        ("use ghp_a1b2c3d4e5f6g7h8i9j0 for it", "use [SECRET_1] for it"),
        ("I'm Out of town", "I'm Out of town"),
    ],
)
def test_disguises_and_slips(text: str, shown: str) -> None:
    assert Redactor().redact([text]) == [shown]


def test_what_the_shops_profile_gives_as_its_contacts_stays(settings: Settings) -> None:
    shop = read_shop(settings.shop_dir)
    text = f"Call {shop.contacts.telephone} or write to {shop.contacts.email}."
    assert len(find(text)) == 2
    assert find(text, keep=own_contacts(shop, [])) == []


@pytest.mark.parametrize(
    "text",
    [
        "Request 3f9d2c1a-77aa-4b1c-9d01-204458813307 is open.",
        "It lies at 51.034040723966 and 4.4041234567.",
        "Please sign form 555-0142-C and send it back.",
        "The label says SN 0031-5512-9907.",
        "Since firmware 3.1.4.22 it beeps; 3.1.4.9 did not.",
        "Order4711-0815-22 is late.",
    ],
)
def test_what_only_looks_like_a_number_to_reach_somebody_stays(text: str) -> None:
    assert Redactor().redact([text]) == [text]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ring mymobile0171-5550199 please", "ring mymobile[PHONE_1] please"),
        ("homephone415-555-0132 works", "homephone[PHONE_1] works"),
        ("version 2.0.0.1, and my address is 203.0.113.9", "version 2.0.0.1, and my address is [IP_1]"),
    ],
)
def test_a_number_glued_to_a_word_is_one_and_an_address_beside_a_version_too(text: str, shown: str) -> None:
    assert Redactor().redact([text]) == [shown]
