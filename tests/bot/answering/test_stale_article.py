"""Tests of an article that changes under a running server, through the front door."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot.assembly import open_desk
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
    desk = open_desk(settings, ["prompted"])
    server = start_server(desk.backends["prompted"], engine=desk.engine, home=home)
    async with server.chat() as chat:
        await chat.hello(backend="prompted")
        before = await chat.ask(ASKED, "m1")
        write(folder, 60)
        assert desk.refresh()
        after = await chat.ask(ASKED, "m2")
    desk.engine.close()
    assert "45 days" in before["text"] and "60 days" not in before["text"]
    assert "60 days" in after["text"] and "60 days" in after["sources"][0]["text"]
    assert (desk.serving.index_version, find_serving(settings).index_version) == (1, 2)
    assert Registry(settings).places() == desk.serving.places
