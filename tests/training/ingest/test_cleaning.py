"""What of a conversation is learnt from: no greeting, no quoted mail."""

import json
from pathlib import Path

import pytest

from tests.training.ingest.test_ingest import rows, run
from tests.training.ingest.test_mails import HEADERS, OWN_WORDS
from training.ingest.cleaning import plain_text


def test_a_greeting_before_the_first_question_is_context_only(tmp_path: Path) -> None:
    def row(*said: tuple[str, str]) -> str:
        return json.dumps({"messages": [{"role": role, "content": text} for role, text in said]}) + "\n"

    greeting = (("assistant", "Welcome to the shop!"), ("agent", "Ask me anything you like."))
    asked, answer = ("user", "Can worn boots be returned to your shop?"), ("agent", "Within 60 days.")
    export = tmp_path / "export.jsonl"
    export.write_text(row(*greeting, asked, answer) + row(*greeting, ("user", "No, thank you.")), encoding="utf-8")
    assert run("ingest", export, "--out", tmp_path / "out").exit_code == 0
    (found,) = rows(tmp_path / "out/dialogues.jsonl")
    assert [message.get("weight") for message in found["messages"]] == [0, None, None]
    assert rows(tmp_path / "out/rejected.jsonl")[0]["reason"].startswith("nothing to learn")


@pytest.mark.parametrize("header", [*HEADERS, "> On Mon, 2 Mar 2026, Jo Doe wrote:"])
def test_a_mail_that_was_quoted_in_a_table_or_a_chat_is_cut(header: str) -> None:
    quoted = f"Thank you, it fits.\n\n{header}\n\n> We sent a buckle.\n> It comes on Friday."
    assert plain_text(quoted, "plain") == "Thank you, it fits."
    assert plain_text(quoted, "mail") == "Thank you, it fits."


@pytest.mark.parametrize(
    "text", [*OWN_WORDS, "My answer:\n> is it ok?\n> and now?", "Thank you.\n\nBest regards,\nJo"]
)
def test_a_chat_without_the_header_of_a_mail_stays_whole(text: str) -> None:
    assert plain_text(text, "plain") == text


def test_quotes_that_were_cut_from_a_table_are_counted(tmp_path: Path) -> None:
    table = tmp_path / "export.csv"
    answer = "Within 60 days.\n\nOn 2 Mar 2026, at 09:14, Jo Doe wrote:\n> Can I return worn boots?"
    table.write_text(
        f'chat,role,text\n1,customer,Can I return worn boots?\n1,agent,"{answer}"\n', encoding="utf-8"
    )
    assert run("ingest", table, "--out", tmp_path / "out").exit_code == 0
    (row,) = rows(tmp_path / "out/dialogues.jsonl")
    assert row["messages"][-1]["content"] == "Within 60 days."
    manifest = json.loads((tmp_path / "out/manifest.json").read_text())
    assert manifest["left_out"] == {"quote or signature of a mail": 1}


def test_the_cells_of_a_table_in_html_stay_apart() -> None:
    table = "<table><tr><th>Size</th><th>Price</th></tr><tr><td>M</td><td>40</td></tr></table>"
    assert plain_text(table, "html") == "Size Price\nM 40"
