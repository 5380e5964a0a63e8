"""Notes, drafts and automatic answers are told from what the customer saw, under any name."""

from typing import Any

import pytest

from training.exports.conversation import Unreadable
from training.exports.formats.visibility import left_out_of


def mark(field: str, value: Any, *, is_customer: bool = False) -> str | None:
    return left_out_of({"role": "agent", field: value}, "", is_customer=is_customer, text="We look into it.")


@pytest.mark.parametrize("name", ["public", "is_public", "ispublic", "isPublic", "visible_to_customer", "shown"])
def test_a_no_under_a_name_of_the_public_is_a_note(name: str) -> None:
    for no in (False, "false", "False", "0", 0, "no", "0.0", "nein"):
        assert mark(name, no) == "private note", no
    for yes in (True, "TRUE", "1", 1, "yes", "1.0", "ja"):
        assert mark(name, yes) is None, yes


@pytest.mark.parametrize(
    "name",
    [
        "private",
        "internal",
        "is_private",
        "isInternal",
        "internal_only",
        "note",
        "private_note",
        "whisper",
        "agent_only",
        "staffOnly",
        "hidden_from_customer",
        "confidential",
        "not_public",
        "intern",
        "privé",
        "is_draft",
        "team note",
    ],
)
def test_a_yes_under_a_name_for_notes_is_a_note(name: str) -> None:
    for yes in (True, "true", "1", "Yes", "x"):
        assert mark(name, yes) == "private note", yes
    for no in (False, "false", "0", "", "No"):
        assert mark(name, no) is None, no


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("visibility", "internal"),
        ("visibility", "agents"),
        ("audience", "staff only"),
        ("part_type", "note"),
        ("part_type", "note_and_reopen"),
        ("type", "Internal comment"),
        ("kind", "privateNote"),
        ("message_type", "whisper"),
        ("comment_type", "private"),
        ("commentType", "note"),
        ("public", "private"),
        # In a column of any name.
        ("channel", "internal note"),
        ("status", "private"),
        ("tags", ["shoes", "internal"]),
        ("metadata", {"flags": {"internal": True}}),
    ],
)
def test_words_for_notes_are_notes_wherever_they_stand(name: str, value: Any) -> None:
    assert mark(name, value) == "private note"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("visibility", "public"),
        ("part_type", "comment"),
        ("type", "agent_reply"),
        ("kind", "email"),
        ("audience", "all"),
        ("author_type", "admin"),
        ("content_type", "text/html"),
        ("note_id", "7"),
        ("external_id", "a"),
        ("tags", ["shoe"]),
    ],
)
def test_what_the_customer_saw_is_no_note(name: str, value: Any) -> None:
    assert mark(name, value) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("visibility", "tier-2"),
        ("public", "perhaps"),
        ("public", ""),
        ("public", None),
        ("internal", None),
        ("note", "ask Pia first"),
        ("message_type", "xyz"),
        ("is_private", "2"),
    ],
)
def test_a_mark_that_is_not_understood_is_an_error_that_names_it(name: str, value: Any) -> None:
    with pytest.raises(Unreadable, match=f"{name}: .* does not say whether the customer saw it"):
        mark(name, value)


def test_an_empty_mark_on_a_customers_own_message_says_nothing() -> None:
    assert mark("public", "", is_customer=True) is None


@pytest.mark.parametrize(
    ("name", "value"), [("is_bot", "true"), ("automated", 1), ("type", "bot"), ("auto_response", "y")]
)
def test_automatic_answers_are_bots(name: str, value: Any) -> None:
    assert mark(name, value) == "bot answer"
    assert mark("type", "system") == "event"


@pytest.mark.parametrize("text", ["INTERNAL: he lies a lot", "[Private note] call back", "Note to team: be kind"])
def test_a_text_that_says_of_itself_that_it_is_internal_is_a_note(text: str) -> None:
    assert left_out_of({}, "", is_customer=False, text=text) == "private note"
    assert left_out_of({}, "", is_customer=True, text=text) is None
    assert left_out_of({}, "", is_customer=False, text="Note: the shop is closed. Internal medicine books") is None
