from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from bot.errors import StoreUnusable
from bot.settings import Settings
from bot.store.sqlite.store import SqliteStore
from bot.store.values import NewRun, Outcome, Rating
from training.retrain import redacted_helpful, retrain


async def store_reply(database: Path, rating: Rating | None, asked: str = "Do you repair tents?") -> None:
    store = await SqliteStore.open(database)
    try:
        conversation = await store.create_conversation("visitor", "finetuned")
        run = NewRun("run", "reply", "finetuned", "0" * 64, "chosen", None)
        await store.begin_run(conversation.id, run, "c1", asked, 1)
        outcome = Outcome("We do, within two weeks.", "stop", (), 10, 5, 1, 2)
        await store.finish_run(conversation.id, run, outcome, 2)
        if rating:
            assert await store.rate(conversation.id, "reply", rating, [], "")
    finally:
        await store.close()


async def test_a_helpful_conversation_is_learned_beside_the_transcripts(
    settings: Settings, recipe_file: Callable[..., Path], tmp_path: Path, console: Console
) -> None:
    await store_reply(tmp_path / "trilane.db", "up")
    made = retrain(
        tmp_path / "trilane.db", tmp_path / "out", settings, recipe_file("lora", epochs=1), console=console
    )
    assert made.manifest.dataset.sources == {"transcripts/shop.jsonl": 1, "store": 1}
    assert made.manifest.dataset.dialogues == 2


async def test_what_customers_said_is_redacted_before_it_is_learned(settings: Settings, tmp_path: Path) -> None:
    await store_reply(tmp_path / "trilane.db", "up", "I am ann@example.org, do you repair tents?")
    (learned,) = redacted_helpful(tmp_path / "trilane.db", settings)
    assert learned.turns[0].text == "I am [EMAIL_1], do you repair tents?"


@pytest.mark.parametrize("rating", [None, "down"])
async def test_a_store_without_a_helpful_conversation_is_refused(
    rating: Rating | None,
    settings: Settings,
    recipe_file: Callable[..., Path],
    tmp_path: Path,
    console: Console,
) -> None:
    await store_reply(tmp_path / "trilane.db", rating)
    with pytest.raises(StoreUnusable, match="rated helpful"):
        retrain(tmp_path / "trilane.db", tmp_path / "out", settings, recipe_file("lora"), console=console)


def test_a_missing_database_is_refused(
    settings: Settings, recipe_file: Callable[..., Path], tmp_path: Path, console: Console
) -> None:
    with pytest.raises(StoreUnusable, match="no such file"):
        retrain(tmp_path / "no.db", tmp_path / "out", settings, recipe_file("lora"), console=console)
