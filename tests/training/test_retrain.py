import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from bot.dialogue import Dialogue
from bot.engine.local.render import Renderer
from bot.errors import StoreUnusable
from bot.models.base import load_base
from bot.settings import Settings
from bot.store.sqlite.store import SqliteStore
from bot.store.tombstones import TOMBSTONES, bury, mark_of
from bot.store.values import NewRun, Outcome, Rating, now
from training.dataset.examples import IGNORED, tokenise
from training.ingest.splitting import split_of
from training.retrain import STORE, from_store, retrain

HELPFUL = Outcome("We do, within two weeks.", "stop", (), 10, 5, 1, 2, decision="answer")


async def store_replies(
    database: Path, conversation_id: str, said: Sequence[tuple[str, Outcome, Rating | None]]
) -> None:
    """A conversation of a visitor of its own, under an id of ours, so that its split is always the same."""
    store = await SqliteStore.open(database)
    try:
        conversation = await store.create_conversation(f"visitor of {conversation_id}", "finetuned")
        for number, (asked, outcome, rating) in enumerate(said):
            reply = f"{conversation_id}-{number}"
            run = NewRun(f"run {reply}", reply, "finetuned", "0" * 64, "chosen", None)
            await store.begin_run(conversation.id, run, f"c{number}", asked, 2 * number + 1)
            await store.finish_run(conversation.id, run, outcome, 2 * number + 2)
            if rating:
                assert await store.rate(conversation.id, reply, rating, [], "")
    finally:
        await store.close()
    db = sqlite3.connect(database)
    with db:
        for table, column in (("turns", "conversation_id"), ("runs", "conversation_id"), ("conversations", "id")):
            db.execute(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", [conversation_id, conversation.id])  # noqa: S608
    db.close()


def of_split(split: str) -> str:
    """The id of a conversation that falls into this split."""
    return next(
        name for name in (f"talk-{number}" for number in range(99)) if split_of(0, f"trilane:{name}") == split
    )


def agent_says(database: Path, conversation_id: str, text: str, learn: int | None) -> None:
    """What a human agent wrote last; the desk is not there yet."""
    db = sqlite3.connect(database)
    with db:
        (position,) = db.execute(
            "SELECT MAX(position) + 1 FROM turns WHERE conversation_id = ?", [conversation_id]
        ).fetchone()
        db.execute(
            "INSERT INTO turns (id, conversation_id, position, role, text, created_at, learn) "
            "VALUES (?, ?, ?, 'agent', ?, ?, ?)",
            [f"agent-{position}", conversation_id, position, text, now(), learn],
        )
    db.close()


async def test_a_helpful_conversation_is_learnt_beside_the_transcripts(
    settings: Settings, recipe_file: Callable[..., Path], tmp_path: Path, console: Console
) -> None:
    database = tmp_path / "trilane.db"
    await store_replies(database, of_split("train"), [("Do you repair tents?", HELPFUL, "up")])
    made = retrain(database, tmp_path / "out", settings, recipe_file("lora", epochs=1), console=console)
    assert made.manifest.dataset.sources == {"transcripts/shop.jsonl": 1, STORE: 1}
    assert made.manifest.dataset.dialogues == 2


async def test_what_customers_said_is_redacted_before_it_is_learnt(
    settings: Settings, tmp_path: Path, console: Console
) -> None:
    said = [("I am ann@example.org, do you repair tents?", HELPFUL, "up")]
    await store_replies(tmp_path / "trilane.db", of_split("train"), said)  # type: ignore[arg-type]
    (learnt,) = from_store(tmp_path / "trilane.db", settings, console).dialogues
    assert learnt.turns[0].text == "I am [EMAIL_1], do you repair tents?"


def outcome(text: str, **facts: str) -> Outcome:
    return replace(HELPFUL, text=text, **facts)  # type: ignore[arg-type]


async def test_only_what_a_customer_or_an_agent_vouched_for_carries_loss(
    settings: Settings, tmp_path: Path, console: Console
) -> None:
    database, talk = tmp_path / "trilane.db", of_split("train")
    await store_replies(
        database,
        talk,
        [
            ("Where is it?", outcome("Unrated."), None),
            ("Hello there", outcome("A greeting.", decision="act"), "up"),
            ("Can I speak to somebody?", outcome("Handed over.", finish_reason="handoff"), "up"),
            ("Is it late?", outcome("Rated down."), "down"),
            ("Is it lost?", outcome("Cancelled.", finish_reason="cancelled"), None),
            ("Is it here?", outcome("Failed.", finish_reason="error"), None),
            ("Do you repair tents?", outcome("Rated up."), "up"),
            ("Can you send me a label?", outcome("Unrated too."), None),
        ],
    )
    agent_says(database, talk, "Marked by the desk.", 0)
    agent_says(database, talk, "Written by a person.", None)
    (dialogue,) = from_store(database, settings, console).dialogues
    assert learnt_of(dialogue, settings) == ["Rated up.", "Written by a person."]
    kept = {turn.text for turn in dialogue.turns if turn.role != "user"}
    assert not any("Rated down" in text or "Cancelled" in text or "Failed" in text for text in kept)
    assert {"Unrated.", "A greeting.", "Handed over."} <= kept


def learnt_of(dialogue: Dialogue, settings: Settings) -> list[str]:
    """What carries loss in a batch, as text, an answer each."""
    base = load_base(settings)
    renderer = Renderer(base)
    example = tokenise(dialogue, renderer, system="Be kind.", max_tokens=2048)
    assert example is not None
    answers: list[list[int]] = [[]]
    for label in example.labels:
        if label == IGNORED and answers[-1]:
            answers.append([])
        elif label != IGNORED:
            answers[-1].append(label)
    return [renderer.decode(answer) for answer in answers if answer]


@pytest.mark.parametrize("of", ["visitor", "conversation"])
async def test_nothing_of_the_erased_is_learnt_again(
    of: str, settings: Settings, tmp_path: Path, console: Console
) -> None:
    database, talk = tmp_path / "trilane.db", of_split("train")
    await store_replies(database, talk, [("Do you repair tents?", HELPFUL, "up")])
    await store_replies(database, "erased", [("Do you rent any canoes or kayaks?", outcome("Yes."), "up")])
    identifier = "trilane:visitor of erased" if of == "visitor" else "erased"
    bury(settings.home / TOMBSTONES, [mark_of(of, identifier)])
    found = from_store(database, settings, console)
    assert [dialogue.id for dialogue in (*found.dialogues, *found.dev)] == [f"trilane:{talk}"]


@pytest.mark.parametrize(("split", "learnt", "dev"), [("train", 1, 0), ("dev", 0, 1)])
async def test_the_stores_conversations_are_split_as_every_export(
    split: str, learnt: int, dev: int, settings: Settings, tmp_path: Path, console: Console
) -> None:
    database = tmp_path / "trilane.db"
    await store_replies(database, of_split(split), [("Do you repair tents?", HELPFUL, "up")])
    if not learnt:
        with pytest.raises(StoreUnusable, match="fell to the dev and test splits"):
            from_store(database, settings, console)
        await store_replies(
            database, of_split("train"), [("Can wine be sent abroad by post?", outcome("It can't."), "up")]
        )
        learnt = 1
    found = from_store(database, settings, console)
    assert (len(found.dialogues), len(found.dev)) == (learnt, dev)


@pytest.mark.parametrize("rating", [None, "down"])
async def test_a_store_without_anything_to_learn_is_refused(
    rating: Rating | None,
    settings: Settings,
    recipe_file: Callable[..., Path],
    tmp_path: Path,
    console: Console,
) -> None:
    await store_replies(tmp_path / "trilane.db", "talk", [("Do you repair tents?", HELPFUL, rating)])
    with pytest.raises(StoreUnusable, match="rated helpful"):
        retrain(tmp_path / "trilane.db", tmp_path / "out", settings, recipe_file("lora"), console=console)


def test_a_missing_database_is_refused(
    settings: Settings, recipe_file: Callable[..., Path], tmp_path: Path, console: Console
) -> None:
    with pytest.raises(StoreUnusable, match="no such file"):
        retrain(tmp_path / "no.db", tmp_path / "out", settings, recipe_file("lora"), console=console)
