"""What a SIGKILL leaves: the text that the customer was reading, and a question that can be asked again."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from websockets.asyncio.client import connect

from bot.answering.scripted import Scripted
from tests.bot.conftest import PATIENCE_S, Client

if TYPE_CHECKING:
    from tests.bot.conftest import StartServer

ROOT = Path(__file__).parents[3]
STATEMENT = "It left our warehouse on Monday. "


class Doomed:
    """A server that is going to be killed."""

    def __init__(self, database: Path, *options: str) -> None:
        command = [sys.executable, "-m", "tests.tools.scripted_server", str(database), *options]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert self.process.stdout is not None
        self.socket = self.process.stdout.readline().decode().strip().replace("http", "ws") + "ws"

    def kill(self) -> str:
        """SIGKILL; returns what it had logged."""
        self.process.send_signal(signal.SIGKILL)
        return self.process.communicate()[1].decode()


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """The same file as `start_server` uses."""
    return tmp_path / "chat.db"


@pytest.fixture
def doomed(database: Path) -> Iterator[Doomed]:
    """Says one sentence and half of the next one, and then nothing."""
    server = Doomed(database, "--pieces", f'["{STATEMENT}", "never"]', "--hold", "--log-level", "info")
    yield server
    server.kill()


def shown(database: Path) -> str | None:
    """What is stored of the running reply."""
    with sqlite3.connect(database) as connection:
        (text,) = connection.execute("SELECT shown FROM runs WHERE state = 'running'").fetchone()
    connection.close()
    return text if text is None else str(text)


async def test_a_killed_reply_stands_there_as_it_was_read_and_is_no_part_of_the_next_prompt(
    doomed: Doomed, database: Path, start_server: StartServer
) -> None:
    async with connect(doomed.socket) as socket:
        client = Client(socket)
        ready = await client.hello(backend="prompted")
        await client.say("Where is my parcel?")
        read = await client.until("text.delta")
        async with asyncio.timeout(PATIENCE_S):
            while shown(database) != read["delta"]:
                await client.send("ping")
                await client.until("pong")
        doomed.kill()
    backend = Scripted("prompted", ["It is here."])
    server = start_server(backend)
    ids = {"conversation_id": ready["conversation_id"], "visitor_id": ready["visitor_id"]}
    async with server.chat() as client:
        resumed = await client.hello(**ids, last_seq=read["seq"])
        assert resumed["resume"] == "snapshot"
        assert resumed["last_seq"] > read["seq"]
        reply = (await client.next())["messages"][1]
        assert (reply["text"], reply["finish_reason"]) == (STATEMENT, "error")
        assert (await client.ask("Where is my parcel?"))["text"] == "It is here."
        assert [frame["duplicate"] for frame in client.seen if frame["type"] == "message.ack"] == [True]
    assert [turn.text for turn in backend.asked[0].turns] == ["Where is my parcel?"]


async def test_a_log_at_info_holds_neither_texts_nor_addresses(doomed: Doomed) -> None:
    async with connect(doomed.socket) as socket:
        client = Client(socket)
        await client.hello(backend="prompted")
        await client.say("my password is xyzzy")
        await client.until("text.delta")
        port = socket.local_address[1]
    log = doomed.kill()
    assert "Uvicorn running" in log
    for secret in ("xyzzy", STATEMENT.strip(), str(port), "WebSocket"):
        assert secret not in log
