"""What is served beside the chat, and what is refused before anything is loaded."""

from __future__ import annotations

import asyncio
import re
import signal
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
import pytest
from websockets.asyncio.client import connect

from bot.answering.scripted import Scripted
from bot.dialogue import user_says
from bot.engine.local.engine import LocalEngine
from bot.engine.protocol import Prompt, Scoring
from bot.engine.scripted import ScriptedEngine
from bot.errors import PortInUse, SettingsInvalid, StoreUnusable
from bot.models.base import LoadedBase, load_base
from bot.server.app import create_app
from bot.server.listen import ChatServer, check_port, check_start, serve
from bot.settings import load_settings
from tests.bot.conftest import Client
from tests.tools.stuck import Stuck
from tests.tools.tiny_base import write_tiny_base

if TYPE_CHECKING:
    from tests.bot.conftest import StartServer


async def test_the_health_check_fails_when_the_engine_has_died(
    start_server: StartServer, base: LoadedBase
) -> None:
    engine = LocalEngine(base)
    server = start_server(Scripted("prompted", ["Yes."]), engine=engine)
    async with httpx2.AsyncClient() as http:
        assert (await http.get(f"http://{server.address}/healthz")).status_code == 200
        engine.close()
        dead = await http.get(f"http://{server.address}/healthz")
    assert (dead.status_code, dead.json()["status"]) == (503, "failed")


async def test_head_is_answered_like_get_without_a_body(start_server: StartServer) -> None:
    server = start_server(Scripted("prompted", ["Yes."]))
    async with httpx2.AsyncClient() as http:
        for path in ("/healthz", "/", "/shop.json"):
            got = await http.get(f"http://{server.address}{path}")
            head = await http.head(f"http://{server.address}{path}")
            assert (head.status_code, head.content) == (200, b"")
            assert head.headers["content-length"] == got.headers["content-length"]


@pytest.mark.parametrize("prefix", ["", "/support"], ids=["stripped by the proxy", "as the browser sent it"])
async def test_a_sub_path_holds_page_scripts_socket_and_health(
    start_server: StartServer, tmp_path: Path, prefix: str
) -> None:
    widget = tmp_path / "dist"
    widget.mkdir()
    (widget / "index.html").write_text("shop", encoding="utf-8")
    (widget / "widget.js").write_text("1", encoding="utf-8")
    server = start_server(Scripted("prompted", ["Yes."]), widget=widget, root_path="/support")
    root = f"http://{server.address}{prefix}"
    async with httpx2.AsyncClient() as http:
        assert (await http.get(f"{root}/")).text == "shop"
        assert (await http.get(f"{root}/widget.js")).text == "1"
        assert (await http.get(f"{root}/healthz")).status_code == 200
        assert (await http.get(f"{root}/supportive")).status_code == 404
        moved = await http.get(f"http://{server.address}/support")
        assert (moved.status_code, moved.headers["location"]) == (307, "/support/")
    async with connect(f"ws://{server.address}{prefix}/ws") as socket:
        assert (await Client(socket).hello(backend="prompted"))["resume"] == "new"


@pytest.mark.parametrize(
    ("host", "root_path", "address"),
    [
        ("::1", "", r"http://\[::1\]:\d+/"),
        ("::", "/support", r"http://\[::1\]:\d+/support/"),
        ("0.0.0.0", "", r"http://127\.0\.0\.1:\d+/"),
        ("localhost", "", r"http://localhost:\d+/"),
    ],
)
async def test_the_announced_address_can_be_opened(
    tmp_path: Path, host: str, root_path: str, address: str
) -> None:
    settings = load_settings(
        {}, host=host, port=0, root_path=root_path, database=tmp_path / "chat.db", widget=tmp_path / "no"
    )
    check_port(settings.host, settings.port)
    announced: asyncio.Queue[str] = asyncio.Queue()
    server = ChatServer(create_app(settings, {}), settings, announced.put_nowait)
    serving = asyncio.create_task(server.serve())
    opened = await announced.get()
    assert re.fullmatch(address, opened)
    async with httpx2.AsyncClient() as http:
        assert (await http.get(f"{opened}healthz")).status_code == 200
    server.should_exit = True
    await serving


async def test_what_is_done_beside_begins_with_the_server_and_ends_with_it(tmp_path: Path) -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def ahead() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    settings = load_settings({}, port=0, database=tmp_path / "chat.db", widget=tmp_path / "no")
    server = ChatServer(create_app(settings, {}, ahead=ahead), settings)
    serving = asyncio.create_task(server.serve())
    await begun.wait()
    assert not ended.is_set()
    server.should_exit = True
    # Where it is not ended, the server waits for it for good.
    await asyncio.wait_for(serving, timeout=30)
    assert ended.is_set()


def test_an_ipv6_address_stands_in_brackets_where_it_cannot_be_listened_on() -> None:
    with pytest.raises(SettingsInvalid, match=r"on \[2001:db8::1\]:8000"):
        check_port("2001:db8::1", 8000)


@pytest.mark.parametrize("path", ["support", "/support/", "/a b", "/a?b"])
def test_a_sub_path_begins_with_a_slash_and_does_not_end_with_one(path: str) -> None:
    with pytest.raises(SettingsInvalid, match="TRILANE_ROOT_PATH"):
        load_settings({"TRILANE_ROOT_PATH": path})


async def test_the_health_check_fails_while_a_step_of_the_engine_hangs(
    start_server: StartServer, tmp_path: Path
) -> None:
    write_tiny_base(tmp_path / "tiny")
    base = load_base(load_settings({}, base_model=str(tmp_path / "tiny"), device="cpu", dtype="float32"))
    engine, stuck = LocalEngine(base, max_step_s=1e-9), Stuck(base)
    server = start_server(Scripted("prompted", ["Yes."]), engine=engine)
    codes = []
    async with httpx2.AsyncClient() as http, engine.admit() as place:
        scoring = asyncio.create_task(place.score(Scoring((Prompt(user_says("Hi"), "S"),), ("Yes.",))))
        await asyncio.to_thread(stuck.reached.wait)
        codes.append((await http.get(f"http://{server.address}/healthz")).status_code)
        stuck.let_go()
        await scoring
        codes.append((await http.get(f"http://{server.address}/healthz")).status_code)
    engine.close()
    assert codes == [503, 200]


async def test_health_and_the_widget_are_served_to_other_origins(
    start_server: StartServer, tmp_path: Path
) -> None:
    unbuilt = start_server(Scripted("prompted", ["Yes."]))
    widget = tmp_path / "dist"
    widget.mkdir()
    (widget / "index.html").write_text("shop", encoding="utf-8")
    (widget / "trilane.js").write_text("1", encoding="utf-8")
    built = start_server(Scripted("prompted", ["Yes."]), widget=widget, database=tmp_path / "other.db")
    async with httpx2.AsyncClient() as http:
        assert "make chat" in (await http.get(f"http://{unbuilt.address}/")).text
        health = await http.get(f"http://{built.address}/healthz")
        assert (health.status_code, health.json()["backends"]) == (200, ["prompted"])
        assert (await http.get(f"http://{built.address}/")).text == "shop"
        script = await http.get(f"http://{built.address}/trilane.js", headers={"Origin": "https://shop.example"})
        assert script.headers["access-control-allow-origin"] == "*"
    async with built.chat() as client:
        assert (await client.hello())["backend"] == "auto"


def test_an_interrupted_server_ends_its_engine_before_python_ends(tmp_path: Path) -> None:
    settings = load_settings({}, port=0, database=tmp_path / "chat.db", widget=tmp_path, log_level="warning")
    engine = ScriptedEngine("")
    with check_start(settings) as lock:
        serve(settings, {}, engine, lock, announce=lambda _: signal.raise_signal(signal.SIGINT))
    assert engine.closed.is_set()


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


SHOP = """
name = "Fern & Frond"
suggested_questions = ["Why do leaves curl?"]
[contacts]
email = "hello@fernfrond.example"
[look]
logo = "leaf.svg"
page = "ours.html"
"""


async def test_a_browser_gets_the_profile_and_the_page_of_the_served_shop_alone(
    start_server: StartServer, tmp_path: Path
) -> None:
    widget, shop = tmp_path / "dist", tmp_path / "shop"
    for folder, files in (
        (widget, {"index.html": "plain", "ours.html": "ours", "theirs.html": "theirs", "widget.js": "1"}),
        (shop, {"shop.toml": SHOP, "leaf.svg": "<svg/>"}),
    ):
        folder.mkdir()
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")
    server = start_server(Scripted("prompted", ["Yes."]), widget=widget, shop=shop)
    async with httpx2.AsyncClient(base_url=f"http://{server.address}") as http:
        facts = await http.get("/shop.json")
        assert facts.headers["access-control-allow-origin"] == "*"
        assert facts.json() == {
            "name": "Fern & Frond",
            "language": "en",
            "heading": "Fern & Frond",
            "greeting": "Hello! What can we help you with?",
            "disclosure": "Answers are written by a computer and can be wrong.",
            "privacy": None,
            "suggested_questions": ["Why do leaves curl?"],
            "colour": None,
            "logo": "shop-logo",
        }
        assert (await http.get("/shop-logo")).text == "<svg/>"
        pages = {path: await http.get(path) for path in ("/", "/index.html", "/ours.html", "/theirs.html")}
        assert [page.text for page in pages.values()][:3] == ["ours", "ours", "ours"]
        assert pages["/theirs.html"].status_code == 404
        assert (await http.get("/widget.js")).text == "1"


async def test_a_shop_without_a_page_or_a_picture_has_the_plain_one(
    start_server: StartServer, tmp_path: Path
) -> None:
    widget = tmp_path / "dist"
    widget.mkdir()
    (widget / "index.html").write_text("plain", encoding="utf-8")
    # The shipped profile names a page that this folder lacks.
    server = start_server(Scripted("prompted", ["Yes."]), widget=widget)
    async with httpx2.AsyncClient(base_url=f"http://{server.address}") as http:
        assert (await http.get("/")).text == "plain"
        assert (await http.get("/shop-logo")).status_code == 404
