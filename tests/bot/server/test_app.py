"""What is served beside the chat, and what is refused before anything is loaded."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
import pytest

from bot.answering.scripted import Scripted
from bot.engine.local.engine import LocalEngine
from bot.engine.local.render import Renderer
from bot.engine.local.runner import Decoder
from bot.errors import PortInUse, SettingsInvalid, StoreUnusable
from bot.models.base import LoadedBase
from bot.server.listen import check_port, check_start
from bot.settings import load_settings

if TYPE_CHECKING:
    from tests.bot.conftest import StartServer


async def test_the_health_check_fails_when_the_engine_has_died(
    start_server: StartServer, base: LoadedBase, renderer: Renderer
) -> None:
    engine = LocalEngine(Decoder(base, renderer.end_ids), renderer.decode, max_queued=1)
    server = start_server(Scripted("prompted", ["Yes."]), engine=engine)
    async with httpx2.AsyncClient() as http:
        assert (await http.get(f"http://{server.address}/healthz")).status_code == 200
        engine.close()
        dead = await http.get(f"http://{server.address}/healthz")
    assert (dead.status_code, dead.json()["status"]) == (503, "failed")


async def test_health_and_the_widget_are_served_to_other_origins(
    start_server: StartServer, tmp_path: Path
) -> None:
    unbuilt = start_server(Scripted("prompted", ["Yes."]))
    widget = tmp_path / "dist"
    widget.mkdir()
    (widget / "index.html").write_text("shop", encoding="utf-8")
    (widget / "trilane.js").write_text("1", encoding="utf-8")
    built = start_server(Scripted("prompted", ["Yes."]), widget=widget)
    async with httpx2.AsyncClient() as http:
        assert "make chat" in (await http.get(f"http://{unbuilt.address}/")).text
        health = await http.get(f"http://{built.address}/healthz")
        assert (health.status_code, health.json()["backends"]) == (200, ["prompted"])
        assert (await http.get(f"http://{built.address}/")).text == "shop"
        script = await http.get(f"http://{built.address}/trilane.js", headers={"Origin": "https://shop.example"})
        assert script.headers["access-control-allow-origin"] == "*"
    async with built.chat() as client:
        assert (await client.hello())["backend"] == "auto"


def test_a_taken_port_is_refused_before_anything_else(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortInUse, match=str(port)):
            check_start(load_settings({}, port=port, database=tmp_path / "chat.db"))
    check_port("127.0.0.1", port)
    assert not (tmp_path / "chat.db").exists()


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
def test_an_address_of_another_machine_is_refused(host: str) -> None:
    with pytest.raises(SettingsInvalid, match="cannot listen"):
        check_port(host, 0)


def test_a_foreign_database_is_refused_before_listening(tmp_path: Path) -> None:
    (tmp_path / "chat.db").write_text("not a database at all, but text", encoding="utf-8")
    with pytest.raises(StoreUnusable):
        check_start(load_settings({}, port=0, database=tmp_path / "chat.db"))
