"""A completion that its row calls bad is never an example; `conversations` are read as they come."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.training.exports.test_plain_csv import ASKED, read, said
from training.exports.conversation import ExportedMessage, Unreadable
from training.exports.formats import FORMATS
from training.exports.formats.plain_csv import PlainCSV

PAIR = {"prompt": "Is it open?", "completion": "Go away."}


def ratings(row: dict[str, Any]) -> list[str | None]:
    form = next(one for one in FORMATS if one.matches(row))
    return [message.rating for message in form.read(row).messages]


@pytest.mark.parametrize("bad", [False, 0, "false", "False", "no", "0", -1, "bad"])
def test_a_completion_labelled_false_is_rated_down_in_every_format(bad: Any) -> None:
    assert ratings(PAIR | {"label": bad}) == [None, "down"]
    assert ratings({"question": "Is it open?", "answer": "Go away.", "is_good": bad}) == [None, "down"]
    talk = [{"role": "user", "content": "Is it open?"}, {"role": "assistant", "content": "Go away."}]
    assert ratings({"messages": talk, "label": bad}) == [None, "down"]
    assert ratings({"conversations": talk, "accepted": bad}) == [None, "down"]


def test_a_good_one_is_rated_up_and_a_label_that_says_neither_is_an_error_or_a_topic() -> None:
    assert ratings(PAIR | {"label": "True"}) == [None, "up"]
    with pytest.raises(Unreadable, match="label: 'perhaps' says neither"):
        ratings(PAIR | {"label": "perhaps"})
    assert ratings({"question": "Is it open?", "answer": "Until six.", "label": "opening_hours"}) == [None, None]


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ({"role": "user", "content": "Is it open?"}, {"role": "agent", "content": "Until six."}),
        ({"from": "human", "value": "Is it open?"}, {"from": "agent", "value": "Until six."}),
    ],
)
def test_conversations_have_either_spelling_and_may_be_bare_lists(
    asked: dict[str, str], answered: dict[str, str], tmp_path: Path
) -> None:
    row = {"conversations": [asked, answered]}
    assert [said(one) for one in read(tmp_path, json.dumps(row) + "\n", ".jsonl")] == [ASKED]
    lists = [[asked, answered], [asked, answered]]
    assert [said(one) for one in read(tmp_path, json.dumps(lists), ".json")] == [ASKED, ASKED]


BAD = [
    {"rating": "down"}, {"rating": -1}, {"rating": "thumbs_down"}, {"feedback": "negative"}, {"Label": "FALSE"},
    {"isHelpful": False}, {"is_helpful": "nein"}, {"thumbs_down": True}, {"is_bad": 1}, {"rejected": True},
    {"desirable": False}, {"score": "bad"}, {"score": 0}, {"kto_tag": False}, {"is_good": "no"},
]  # fmt: skip
OFF = [
    {"weight": 0}, {"weight": "0.0"}, {"weight": -1}, {"train": False}, {"training": "false"}, {"trainable": "no"},
    {"loss": False}, {"mask": True},
]  # fmt: skip
SILENT = [
    {"rating": 4}, {"score": "0.87"}, {"weight": 0.5}, {"weight": ""}, {"train": True}, {"mask": False},
    {"thumbs_down": 0}, {"rejected": "Never."}, {"feedback": ""}, {"training": "basics"}, {"quality": None},
]  # fmt: skip


def answers(fields: dict[str, Any]) -> list[ExportedMessage]:
    """One bad answer as a message of a chat row, as a whole row, as a pair, and as a row of a table."""
    asked, answer = {"role": "user", "content": "Is it open?"}, {"role": "agent", "content": "Go away."}
    table = [{"chat": "1", "role": one["role"], "text": one["content"]} for one in (asked, answer)]
    found = [PlainCSV().read({"rows": [table[0], table[1] | fields]})]
    for row in ({"messages": [asked, answer | fields]}, {"messages": [asked, answer]} | fields, PAIR | fields):
        found.append(next(one for one in FORMATS if one.matches(row)).read(row))
    return [one.messages[-1] for one in found]


@pytest.mark.parametrize("fields", BAD)
def test_an_answer_that_a_message_a_row_or_a_table_calls_bad_is_rated_down(fields: dict[str, Any]) -> None:
    assert [one.rating for one in answers(fields)] == ["down"] * 4


@pytest.mark.parametrize("fields", OFF)
def test_an_answer_that_is_switched_off_is_context_only(fields: dict[str, Any]) -> None:
    assert [(one.context_only, one.rating) for one in answers(fields)] == [(True, None)] * 4


@pytest.mark.parametrize("fields", SILENT)
def test_what_says_neither_costs_no_answer(fields: dict[str, Any]) -> None:
    assert [(one.context_only, one.rating) for one in answers(fields)] == [(False, None)] * 4


def test_what_a_customer_thought_of_a_ticket_rates_its_last_answer() -> None:
    said = [{"author_id": who, "body": text, "public": True} for who, text in ((7, "Open?"), (5, "Go away."))]
    ticket = {"id": 1, "requester_id": 7, "assignee_id": 5, "comments": said}
    assert ratings(ticket | {"satisfaction_rating": {"score": "bad"}}) == [None, "down"]
    assert ratings(ticket | {"satisfaction_rating": {"score": "offered"}}) == [None, None]
    part = {"author": {"type": "admin"}, "body": "Go away."}
    talk = {"source": {"author": {"type": "user"}, "body": "Open?"}, "conversation_parts": [part]}
    assert ratings(talk | {"conversation_rating": {"rating": 1}}) == [None, "down"]
    assert ratings(talk | {"conversation_rating": {"rating": 3}}) == [None, None]
