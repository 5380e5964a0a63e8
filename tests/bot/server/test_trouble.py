"""A store that refuses, a reply that does not end, a conversation that is erased elsewhere."""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.answering.scripted import Scripted
from bot.engine.scripted import ScriptedEngine
from tests.bot.conftest import PATIENCE_S

if TYPE_CHECKING:
    from tests.bot.conftest import Client, StartServer

ROOT = Path(__file__).parents[3]


def meddle(database: Path, *statements: str) -> None:
    """What another program does to the database."""
    connection = sqlite3.connect(database)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def refuse(when: str) -> str:
    """A trigger that makes SQLite refuse what a broken disk would."""
    return f"CREATE TRIGGER broken BEFORE {when} BEGIN SELECT RAISE(ABORT, 'a broken disk'); END"


async def ping(client: Client) -> None:
    """The server is there, and has handled everything so far."""
    await client.send("ping")
    await client.until("pong")


async def test_the_end_of_a_reply_is_tried_until_it_is_stored(
    start_server: StartServer, caplog: pytest.LogCaptureFixture
) -> None:
    server = start_server(Scripted("prompted", ["Whole."]))
    async with server.chat() as client, server.chat() as other:
        ready = await client.hello(backend="prompted")
        ids = {"conversation_id": ready["conversation_id"], "visitor_id": ready["visitor_id"]}
        meddle(server.database, refuse("UPDATE ON runs WHEN NEW.state = 'finished'"))
        await client.say("Hi")
        async with asyncio.timeout(PATIENCE_S):
            while "could not be stored" not in caplog.text:
                await ping(client)
        # Meanwhile the conversation can be read, by anyone, and takes nothing new.
        await other.hello(**ids)
        assert (await other.next())["active_run"]["text"] == "Whole."
        await client.say("More", "m2")
        assert (await client.until("error"))["code"] == "run_active"
        meddle(server.database, "DROP TRIGGER broken")
        assert (await client.until("run.finished"))["finish_reason"] == "stop"
        await client.ask("Again?", "m3")
        assert client.numbers() == list(range(1, 9))


async def test_a_store_error_at_hello_is_an_error_frame_and_a_close(start_server: StartServer) -> None:
    server = start_server(Scripted("prompted", ["Yes."]))
    meddle(server.database, refuse("INSERT ON conversations"))
    async with server.chat() as client:
        await client.send("hello", backend="prompted")
        error = await client.next()
        assert (error["code"], error["retryable"]) == ("store_failed", True)
        assert await client.close_code() == 1011
        assert client.seen[-1] == {"type": "goaway", "reason": "failed"}


async def test_a_reply_ends_at_its_time_limit_and_what_was_shown_stays(start_server: StartServer) -> None:
    backend = Scripted("prompted", ["Half ", "never"], gate=asyncio.Event())
    server = start_server(backend, max_run_s=0.05)
    async with server.chat() as client:
        await client.hello(backend="prompted")
        await client.say("Hi")
        error = await client.until("error")
        finished = await client.until("run.finished")
        assert (error["code"], error["caused_by"], error["retryable"]) == ("run_overdue", finished["run_id"], True)
        assert (finished["finish_reason"], finished["text"]) == ("error", "Half ")
    assert backend.closed_early == 1


async def test_an_erased_conversation_ends_for_all_who_are_in_it(
    start_server: StartServer, tmp_path: Path
) -> None:
    backend = Scripted("prompted", ["Half ", "never"], gate=asyncio.Event())
    engine = ScriptedEngine("")
    server = start_server(backend, engine=engine)
    async with server.chat() as client, server.chat() as other, server.chat() as stranger:
        ready = await client.hello(backend="prompted")
        ids = {"conversation_id": ready["conversation_id"], "visitor_id": ready["visitor_id"]}
        await stranger.hello(backend="prompted")
        await client.say("My name is Ann")
        await client.until("text.delta")
        await other.hello(**ids)
        command = [sys.executable, "-m", "bot.cli", "erase", "--conversation", ready["conversation_id"], "--yes"]
        environment = os.environ | {"TRILANE_DATABASE": str(server.database), "TRILANE_HOME": str(tmp_path)}
        erasing = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment)
        for socket in (client, other):
            assert await socket.close_code() == 1000
            assert [frame["type"] for frame in socket.seen[-2:]] == ["error", "goaway"]
            assert (socket.seen[-2]["code"], socket.seen[-1]["reason"]) == ("conversation_erased", "erased")
        assert await erasing.wait() == 0
        await ping(stranger)
        async with server.chat() as late:
            await late.send("hello", **ids, last_seq=1)
            assert (await late.next())["code"] == "conversation_unknown"
    assert backend.closed_early == 1
    assert engine.forgotten.wait(PATIENCE_S)
    assert ready["conversation_id"] not in [one.conversation.id for one in server.app.state.parts.hub.channels]
    server.stop()
    for file in server.database.parent.glob("chat.db*"):
        assert b"My name is Ann" not in file.read_bytes()
        assert b"Half " not in file.read_bytes()


async def test_a_foreign_errors_message_is_logged_at_debug_only(
    start_server: StartServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "bot")
    server = start_server(Scripted("prompted", [], failure=KeyError("my password is xyzzy")))
    async with server.chat() as client:
        await client.hello(backend="prompted")
        await client.ask("Hi")
    records = [record for record in caplog.records if record.levelno > logging.DEBUG]
    told = [record.getMessage() + str(record.exc_text) for record in records]
    assert any("KeyError" in line and "Traceback" in line for line in told)
    assert not any("xyzzy" in line for line in told)
    assert "xyzzy" in caplog.text
