import json
from pathlib import Path

import pytest

from bot.errors import TranscriptInvalid
from bot.schemas import Case, read_cases, read_dialogues

GOOD = {
    "id": "a",
    "article": "returns",
    "messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}],
}
CASE = {
    "id": "c",
    "messages": [{"role": "user", "content": "Can I return boots?"}],
    "reference": "Yes, within 60 days.",
    "must_include": [["60 days"]],
    "must_not_include": [],
    "articles": ["returns", "boots"],
    "sentences": ["Boots go back within 60 days."],
    "expect": "answer",
    "kind": "plain",
}


def test_a_rows_article_stands_for_its_answers_and_files_are_read_in_order(tmp_path: Path) -> None:
    for name in ("b", "a"):
        (tmp_path / f"{name}.jsonl").write_text(json.dumps(GOOD | {"id": name}) + "\n\n", encoding="utf-8")
    dialogues = read_dialogues([tmp_path])
    assert [dialogue.id for dialogue in dialogues] == ["a", "b"]
    assert [turn.articles for turn in dialogues[0].turns] == [(), ("returns",)]


def test_an_answer_of_weight_0_is_not_learnt(tmp_path: Path) -> None:
    messages = [
        {"role": "user", "content": "Worn boots?"},
        {"role": "assistant", "content": "Never.", "weight": 0},
        {"role": "user", "content": "Really?"},
        {"role": "assistant", "content": "Within 60 days.", "weight": 1},
        {"role": "agent", "content": "Indeed."},
    ]
    (tmp_path / "rows.jsonl").write_text(json.dumps({"id": "b", "messages": messages}) + "\n", encoding="utf-8")
    (dialogue,) = read_dialogues([tmp_path])
    assert [turn.learnt for turn in dialogue.turns] == [True, False, True, True, True]


@pytest.mark.parametrize(
    ("broken", "field"),
    [
        ({**GOOD, "id": "b", "mood": "good"}, "mood"),
        ({**GOOD, "id": "b", "messages": [{"role": "robot", "content": "x"}]}, "messages.0.role"),
        ({**GOOD, "id": "b", "messages": [{"role": "user", "content": " "}]}, "messages.0.content"),
        ({**GOOD, "id": "b", "messages": [{"role": "user", "content": "x"}]}, "messages"),
        ({**GOOD, "id": "b", "messages": [{"role": "user", "content": "x", "weight": 2}]}, "messages.0.weight"),
        (GOOD, "id"),
    ],
)
def test_a_broken_row_is_named_with_file_line_and_field(
    tmp_path: Path, broken: dict[str, object], field: str
) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text(f"{json.dumps(GOOD)}\n{json.dumps(broken)}\n", encoding="utf-8")
    with pytest.raises(TranscriptInvalid) as caught:
        read_dialogues([file])
    assert (caught.value.problem.file, caught.value.problem.line) == (file, 2)
    assert caught.value.problem.reason.startswith(f"{field}:")


def test_a_line_that_is_not_json_is_named(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text("{\n", encoding="utf-8")
    with pytest.raises(TranscriptInvalid, match="line 1: the row: Invalid JSON"):
        read_dialogues([file])


def test_a_case_ends_with_its_reference_when_it_is_answered(tmp_path: Path) -> None:
    file = tmp_path / "cases.jsonl"
    file.write_text(json.dumps(CASE) + "\n", encoding="utf-8")
    (case,) = read_cases([file])
    assert (case.id, case.must_include, case.kind) == ("c", (("60 days",),), "plain")
    assert case.answered.turns[-1].text == "Yes, within 60 days."
    assert len(case.dialogue.turns) == 1
    assert (case.articles, case.answered.turns[-1].articles) == (("returns", "boots"), ("returns", "boots"))
    assert case.sentences == ("Boots go back within 60 days.",)


def read_case(tmp_path: Path, row: dict[str, object]) -> Case:
    file = tmp_path / "cases.jsonl"
    file.write_text(json.dumps(row) + "\n", encoding="utf-8")
    (case,) = read_cases([file])
    return case


@pytest.mark.parametrize(
    ("old", "expect"),
    [
        ({}, "answer"),
        ({"in_scope": True, "expect_handoff": False}, "answer"),
        ({"in_scope": False, "expect_handoff": False}, "decline"),
        ({"in_scope": True, "expect_handoff": True}, "handoff"),
        ({"in_scope": False, "expect_handoff": True}, "handoff"),
    ],
)
def test_a_case_under_the_old_keys_is_still_read(tmp_path: Path, old: dict[str, object], expect: str) -> None:
    bare = {key: value for key, value in CASE.items() if key not in ("articles", "expect")} | old
    case = read_case(tmp_path, {**bare, "article": "returns"})
    assert (case.articles, case.expect) == (("returns",), expect)
    # Both ways at once are one, where they say the same.
    assert read_case(tmp_path, {**CASE, **old, "expect": expect, "article": "boots"}).expect == expect
    assert read_case(tmp_path, {**bare, "article": None}).articles == ()


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"article": "parcels"}, "the row: `article` parcels is not among `articles`; leave `article` out"),
        ({"in_scope": False}, "the row: `expect` answer contradicts `in_scope` or `expect_handoff`; leave"),
        ({"expect_handoff": True}, "the row: `expect` answer contradicts"),
        ({"expect": "decline", "in_scope": True}, "the row: `expect` decline contradicts"),
        ({"expect": "handoff", "expect_handoff": False}, "the row: `expect` handoff contradicts"),
        ({"act": "thanks"}, "the row: `act` thanks needs `expect` act, and here answer is expected"),
        ({"expect": "refuse"}, "expect: Input should be 'answer', 'offer'"),
    ],
)
def test_a_case_that_says_two_things_is_refused_in_a_sentence(
    tmp_path: Path, changed: dict[str, object], sentence: str
) -> None:
    with pytest.raises(TranscriptInvalid) as caught:
        read_case(tmp_path, {**CASE, **changed})
    assert caught.value.problem.reason.startswith(sentence)


def test_a_case_may_name_the_act_that_is_right(tmp_path: Path) -> None:
    case = read_case(tmp_path, {**CASE, "expect": "act", "act": "thanks", "must_include": [], "articles": []})
    assert (case.expect, case.act, case.in_scope) == ("act", "thanks", False)
