"""Tests of an article that changes under a running server, through the front door."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot.assembly import assemble
from bot.releases.registry import Registry
from bot.releases.serving import find_serving
from bot.settings import load_settings

ROOT = Path(__file__).parents[3]
ASKED = "How long do I have to return an order?"


def write(folder: Path, days: int) -> None:
    text = f"---\ntitle: Returning an order\n---\n\nYou have {days} days to return an order.\n"
    (folder / "returns.md").write_text(text, encoding="utf-8")


async def test_a_changed_article_is_answered_from_without_a_restart(
    start_server: Callable[..., Any], tmp_path: Path
) -> None:
    folder, home = tmp_path / "help", tmp_path / "home"
    folder.mkdir()
    home.mkdir()
    (home / "models").symlink_to(ROOT / "var" / "models")
    write(folder, 45)
    settings = load_settings({}, home=home, knowledge=folder)
    assembled = assemble(settings, ["prompted"])
    server = start_server(assembled.backends["prompted"], engine=assembled.engine, home=home)
    async with server.chat() as chat:
        await chat.hello(backend="prompted")
        before = await chat.ask(ASKED, "m1")
        write(folder, 60)
        assert assembled.refresh()
        after = await chat.ask(ASKED, "m2")
    assembled.engine.close()
    assert "45 days" in before["text"] and "60 days" not in before["text"]
    assert "60 days" in after["text"] and "60 days" in after["sources"][0]["text"]
    assert (assembled.serving.index_version, find_serving(settings).index_version) == (1, 2)
    assert Registry(settings).places() == assembled.serving.places
