"""Tests of the `trilane` command: what is printed, and one clear sentence for each mistake."""

import json
import os
import socket
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import cli
from bot.doctor import examine
from bot.settings import load_settings
from bot.store.sqlite.store import lock_for_serving

ROOT = Path(__file__).parents[2]


def trilane(*arguments: str, **environment: str) -> Result:
    values = {"TRILANE_HOME": str(ROOT / "var"), **environment}
    return CliRunner().invoke(cli, list(arguments), env=values)


def test_ask_prints_one_json_object() -> None:
    result = trilane("ask", "--backend", "prompted", "--json", "How long do I have to return a tent?")
    facts = json.loads(result.stdout)
    assert list(facts) == [
        "backend", "artefact", "release", "text", "finish_reason", "decision", "act", "choices", "sources",
        "prompt_tokens", "completion_tokens", "ttft_ms", "tokens_per_s",
    ]  # fmt: skip
    assert "30 days" in facts["text"]


def test_ask_lists_what_is_offered_with_its_numbers() -> None:
    result = trilane("ask", "--backend", "prompted", "can i bring my dog")
    numbers = [line.strip()[:2] for line in result.stdout.splitlines()[1:]]
    assert numbers == ["1)", "2)", "3)"], result.stdout


def refused(result: Result, *words: str) -> None:
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.stderr
    for word in words:
        assert word in result.stderr


def test_an_unknown_backend_is_refused_with_the_choices() -> None:
    refused(trilane("ask", "--backend", "gpt", "Hi"), "gpt", "finetuned, prompt-tuned, prompted")


@pytest.mark.parametrize(("question", "word"), [("  ", "empty"), ("x" * 100_000, "100,000")])
def test_an_empty_or_huge_question_is_refused(question: str, word: str) -> None:
    refused(trilane("ask", question), word)


def test_a_port_in_use_is_refused_before_anything_is_loaded() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused(trilane("serve", "--port", str(port)), str(port), "--port")


def test_a_missing_base_is_refused() -> None:
    refused(trilane("ask", "Hi", TRILANE_BASE_MODEL="/no/such/folder"), "/no/such/folder", "TRILANE_BASE_MODEL")


def test_a_corrupt_base_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "models" / "smollm2-135m-instruct"
    folder.mkdir(parents=True)
    (folder / "base.json").write_text('{"source_sha256": "0", "files": {}}', encoding="utf-8")
    refused(trilane("ask", "Hi", TRILANE_HOME=str(tmp_path)), "damaged", "delete that folder")


def test_an_unknown_setting_is_refused_by_name() -> None:
    refused(trilane("ask", "Hi", TRILANE_BACKEND="prompted"), "TRILANE_BACKEND")


def test_doctor_finds_nothing_missing_but_perhaps_the_widget() -> None:
    result = trilane("doctor")
    assert result.exit_code == 0, result.output
    assert "fits the base" in result.output


def test_doctor_fails_when_the_bot_could_not_answer(tmp_path: Path) -> None:
    result = trilane("doctor", TRILANE_FINETUNED=str(tmp_path / "nothing"))
    assert result.exit_code == 1
    assert "trilane-train fit" in " ".join(result.output.replace("│", " ").split())


def test_a_database_that_is_not_ours_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "other.db"
    with sqlite3.connect(file) as connection:
        connection.execute("create table photos(id)")
    connection.close()
    refused(trilane("experiment", "report", "--database", str(file)), "other.db")


def test_doctor_only_looks(tmp_path: Path) -> None:
    findings = examine(load_settings({}, home=tmp_path / "home"))
    assert "not prepared yet" in next(finding.facts for finding in findings if finding.part == "base")
    assert not [finding for finding in findings if finding.fatal and not finding.ok]
    assert list(tmp_path.iterdir()) == []


def test_a_home_that_cannot_be_written_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    refused(trilane("serve", "--port", "0", TRILANE_HOME=str(tmp_path / "file")), "file")


def test_a_foreign_database_is_refused_before_a_model_is_loaded() -> None:
    result = trilane("serve", "--port", "0", TRILANE_DATABASE="/etc/passwd", TRILANE_BASE_MODEL="/no/such/base")
    refused(result, "/etc/passwd")
    assert "/no/such/base" not in result.stderr


def test_a_second_server_on_a_database_is_refused_before_a_model_is_loaded(tmp_path: Path) -> None:
    database = tmp_path / "chat.db"
    lock = lock_for_serving(database)
    result = trilane("serve", "--port", "0", TRILANE_DATABASE=str(database), TRILANE_BASE_MODEL="/no/such/base")
    refused(result, "chat.db", f"process {os.getpid()} serves it already")
    assert "/no/such/base" not in result.stderr
    lock.release()
    refused(
        trilane("serve", "--port", "0", TRILANE_DATABASE=str(database), TRILANE_BASE_MODEL="/no/such/base"),
        "/no/such/base",
    )
