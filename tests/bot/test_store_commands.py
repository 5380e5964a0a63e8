"""Tests of `trilane erase`."""

import asyncio
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import cli
from bot.store.sqlite.archive import open_archive
from bot.store.sqlite.store import SqliteStore
from tests.bot.store.contract import exchange, outcome


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with the chats of two visitors."""

    async def chat() -> None:
        store = await SqliteStore.open(tmp_path / "trilane.db")
        for number, visitor in enumerate(("ann", "bob")):
            conversation = await store.create_conversation(visitor, "prompted")
            await exchange(store, conversation.id, number, outcome("We do."), "up")
        await store.close()

    asyncio.run(chat())
    return tmp_path


def erase(home: Path, *arguments: str, answer: str = "") -> Result:
    return CliRunner().invoke(cli, ["erase", *arguments], env={"TRILANE_HOME": str(home)}, input=answer)


def visitors(home: Path) -> list[str]:
    with open_archive(home / "trilane.db") as archive:
        return [one.visitor_id for one in archive.conversations()]


def test_it_says_what_it_found_and_asks_before_it_goes_on(home: Path) -> None:
    result = erase(home, "--visitor", "ann", answer="n\n")
    assert result.exit_code == 1
    assert "1 conversations, 2 turns, 1 ratings" in result.output
    assert visitors(home) == ["ann", "bob"]
    assert not (home / "tombstones.jsonl").exists()
    assert erase(home, "--visitor", "ann", answer="y\n").exit_code == 0
    assert visitors(home) == ["bob"]


def test_a_conversation_is_erased_without_a_question(home: Path) -> None:
    with open_archive(home / "trilane.db") as archive:
        _, bob = archive.conversations()
    result = erase(home, "--conversation", bob.id, "--yes")
    assert result.exit_code == 0, result.output
    assert f"`trilane-train erase DATASET --conversation {bob.id}`" in result.output
    assert visitors(home) == ["ann"]


def test_nobody_found_is_a_failure_that_names_the_command_for_datasets(home: Path) -> None:
    result = erase(home, "--visitor", "eve", "--yes")
    assert result.exit_code == 1
    assert "nobody was found" in result.output
    assert "`trilane-train erase DATASET --visitor eve`" in result.output
    assert visitors(home) == ["ann", "bob"]


@pytest.mark.parametrize("arguments", [(), ("--visitor", " ")])
def test_somebody_must_be_named(home: Path, arguments: tuple[str, ...]) -> None:
    assert erase(home, *arguments, "--yes").exit_code == 2
