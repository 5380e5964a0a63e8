"""A completion that its row calls bad is never an example; `conversations` are read as they come."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.training.exports.test_plain_csv import ASKED, read, said
from training.exports.conversation import Unreadable
from training.exports.formats import FORMATS

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
