"""Tests of `trilane-train cases`: what is drafted of held-out dialogues, what a person decides, and going on."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bot.schemas import read_cases
from training.cli import cli

ROOT = Path(__file__).parents[3]
SHOP = 'name = "Hull & Sons"\nbrand_words = ["Hull"]\n[contacts]\nemail = "hall@hull.example"\n'
ARTICLES = {
    "returns": "# Bringing boats back\n\nMembers can bring back a boat within 60 days.",
    "delivery": "# Delivery\n\nDelivery to Norway costs $1,200. It takes up to 3 weeks.",
}
DIALOGUES: list[dict[str, Any]] = [
    {
        "id": "a",
        "split": "dev",
        "messages": [
            {"role": "user", "content": "what does oslo cost me"},
            {"role": "agent", "content": "Boat 4711 to Norway is 1200 dollars and takes three weeks."},
            {"role": "user", "content": "thx"},
            {"role": "agent", "content": "You're welcome."},
        ],
    },
    {
        "id": "b",
        "split": "test",
        "messages": [
            {"role": "user", "content": "hi"},
            {"role": "agent", "content": "Hello!"},
            {"role": "user", "content": "can the dinghy come back?"},
            {"role": "assistant", "content": "For sixty days, as you're a member.", "articles": ["returns"]},
        ],
    },
    {
        "id": "learnt",
        "split": "train",
        "messages": [
            {"role": "user", "content": "can my boat come back?"},
            {"role": "agent", "content": "Yes, for 60 days."},
        ],
    },
    {
        "id": "elsewhere",
        "split": "dev",
        "messages": [
            {"role": "user", "content": "what is a mast?"},
            {"role": "agent", "content": "About 900 dollars."},
        ],
    },
]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    (folder / "knowledge").mkdir(parents=True)
    (folder / "transcripts" / "mine").mkdir(parents=True)
    (folder / "shop.toml").write_text(SHOP, encoding="utf-8")
    for slug, text in ARTICLES.items():
        (folder / "knowledge" / f"{slug}.md").write_text(text, encoding="utf-8")
    rows = "".join(json.dumps(row) + "\n" for row in DIALOGUES)
    (folder / "transcripts" / "mine" / "dialogues.jsonl").write_text(rows, encoding="utf-8")
    # What ingest leaves beside it holds no dialogues.
    (folder / "transcripts" / "mine" / "rejected.jsonl").write_text('{"reason": "empty"}\n', encoding="utf-8")
    return folder


def draft(shop: Path, *options: str, answers: str = "") -> Result:
    environment = {"TRILANE_HOME": str(shop.parent / "var")}
    return CliRunner().invoke(cli, ["cases", str(shop), *options], env=environment, input=answers)


def test_an_answer_of_a_held_out_dialogue_becomes_a_case_with_what_an_article_states(shop: Path) -> None:
    result = draft(shop, "--yes")
    assert result.exit_code == 0, result.output
    (norway,) = read_cases([shop / "cases" / "dev.jsonl"])
    assert (norway.id, norway.kind, norway.articles) == ("a-1", "fact", ("delivery",))
    # The boat's number stands in no article; both spellings of what does are accepted.
    assert norway.must_include == (("1200 dollars", "$1,200"), ("three weeks", "3 weeks"))
    assert norway.sentences == ("Delivery to Norway costs $1,200.", "It takes up to 3 weeks.")
    (dinghy,) = read_cases([shop / "cases" / "test.jsonl"])
    assert (dinghy.kind, dinghy.articles, len(dinghy.dialogue.turns)) == ("follow-up", ("returns",), 3)
    assert dinghy.must_include == (("sixty days", "60 days"),)


def test_a_shop_with_drafted_cases_has_nothing_wrong_in_it(shop: Path) -> None:
    from bot.cli import cli as trilane

    draft(shop, "--yes")
    found = CliRunner().invoke(trilane, ["check", str(shop), "--json"])
    assert json.loads(found.stdout)["problems"] == []


def test_a_person_decides_and_nothing_is_asked_twice(shop: Path) -> None:
    stopped = draft(shop, answers="n\n")
    assert stopped.exit_code != 0
    assert "must say: 1200 dollars / $1,200" in stopped.output
    went_on = draft(shop, answers="y\n")
    assert went_on.exit_code == 0, went_on.output
    assert "1 added" in went_on.output and "what does oslo" not in went_on.output
    assert [case.id for case in read_cases([shop / "cases"])] == ["b-3"]
    assert "0 added" in draft(shop).output


def test_a_draft_is_mended_in_an_editor(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDITOR", "sed -i s/fact/price/")
    result = draft(shop, "--limit", "1", answers="e\ny\n")
    assert result.exit_code == 0, result.output
    assert [case.kind for case in read_cases([shop / "cases"])] == ["price"]


def test_a_broken_mend_changes_nothing_and_says_so(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDITOR", "sed -i s/kind/kid/")
    result = draft(shop, "--limit", "1", answers="e\ny\n")
    assert "It stays as it was: kind: it is missing" in result.output
    assert [case.kind for case in read_cases([shop / "cases"])] == ["fact"]


def test_transcripts_without_held_out_dialogues_are_refused_in_a_sentence(shop: Path) -> None:
    file = shop / "transcripts" / "mine" / "dialogues.jsonl"
    file.write_text(json.dumps(DIALOGUES[2]) + "\n", encoding="utf-8")
    result = draft(shop, "--yes")
    assert result.exit_code == 2
    assert "no dialogue is held out" in result.stderr and "--transcripts" in result.stderr
