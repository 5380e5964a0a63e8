"""The store as one more export: read beside a running server, with the rule of bot/store/learnable.py."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.store.erasure import erase
from bot.store.sqlite.store import SqliteStore
from bot.store.values import NewRun, Outcome
from training.cli import cli


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TRILANE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


async def helpful(store: SqliteStore, visitor: str, topic: str) -> None:
    conversation = await store.create_conversation(visitor, "prompted")
    run = NewRun(f"run-{visitor}", f"reply-{visitor}", "prompted", "0" * 64, "chosen", None)
    await store.begin_run(conversation.id, run, "m1", f"Please, what about the {topic} that I bought?", 2)
    end = Outcome(f"The {topic} can be brought back within 30 days.", "stop", (), 1, 1, 1, 1)
    await store.finish_run(conversation.id, run, end, 3)
    assert await store.rate(conversation.id, run.message_id, "up", [], "")


async def test_what_a_running_server_has_just_stored_is_read(tmp_path: Path) -> None:
    file = tmp_path / "trilane.db"
    store = await SqliteStore.open(file)
    await helpful(store, "ann", "kayak")
    # Nothing is in the file itself yet: it stands in the log beside it.
    assert b"kayak" not in file.read_bytes()
    result = run("ingest", file, "--out", tmp_path / "out")
    await store.close()
    assert result.exit_code == 0, result.output
    (row,) = [json.loads(line) for line in (tmp_path / "out/dialogues.jsonl").read_text("utf-8").splitlines()]
    assert row["messages"][1]["content"] == "The kayak can be brought back within 30 days."


async def test_who_was_erased_from_a_dataset_does_not_come_back_from_the_store(tmp_path: Path) -> None:
    file = tmp_path / "trilane.db"
    store = await SqliteStore.open(file)
    await helpful(store, "ann", "kayak")
    await helpful(store, "bob", "stove")
    await store.close()
    assert run("ingest", file, "--out", tmp_path / "first").exit_code == 0
    assert run("erase", tmp_path / "first", "--visitor", "ann").exit_code == 0
    assert run("ingest", file, "--out", tmp_path / "second").exit_code == 0
    text = (tmp_path / "second/dialogues.jsonl").read_text(encoding="utf-8")
    assert "stove" in text
    assert "kayak" not in text


async def test_who_was_erased_from_the_chats_does_not_come_back_from_a_backup(tmp_path: Path) -> None:
    file = tmp_path / "trilane.db"
    store = await SqliteStore.open(file)
    await helpful(store, "ann", "kayak")
    await helpful(store, "bob", "stove")
    await store.close()
    shutil.copy(file, tmp_path / "backup.db")
    await erase(file, tmp_path / "home", ["ann"], [])
    for number, source in enumerate((file, tmp_path / "backup.db")):
        out = tmp_path / f"out{number}"
        assert run("ingest", source, "--out", out).exit_code == 0
        text = (out / "dialogues.jsonl").read_text(encoding="utf-8")
        assert "stove" in text
        assert "kayak" not in text
