"""The chat over real sockets, against a real server."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.answer import Choice, Source
from bot.answering.scripted import Scripted
from bot.dialogue import Dialogue, Turn
from bot.errors import EngineBusy, EngineFailed, TrilaneError
from bot.store.learnable import learnable
from bot.store.sqlite.archive import open_archive
from bot.store.tombstones import Tombstones

if TYPE_CHECKING:
    from tests.bot.conftest import Client, StartServer

SOURCE = Source("returns", "Returns", "Tents", "Tents may be returned within 30 days.")


def rows(database: Path, sql: str) -> list[tuple[Any, ...]]:
    """What another program reads."""
    connection = sqlite3.connect(database)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


async def open_chat(client: Client, backend: str = "prompted", **fields: Any) -> dict[str, Any]:
    return await client.hello(backend=backend, **fields)


async def test_a_message_is_acknowledged_answered_and_stored(start_server: StartServer) -> None:
    backend = Scripted("prompted", ["Within ", "30 📦 ", "days."], sources=(SOURCE,))
    server = start_server(backend)
    async with server.chat() as client:
        ready = await open_chat(client)
        finished = await client.ask("When?")
    assert [frame["type"] for frame in client.seen] == [
        "ready",
        "message.ack",
        "message.created",
        "run.started",
        *["text.delta"] * 3,
        "run.finished",
    ]
    assert (ready["resume"], ready["backend"], ready["last_seq"]) == ("new", "prompted", 0)
    assert [frame["offset"] for frame in client.seen if frame["type"] == "text.delta"] == [0, 7, 12]
    assert (finished["text"], finished["finish_reason"]) == ("Within 30 📦 days.", "stop")
    assert finished["sources"][0]["article"] == "returns"
    assert finished["usage"]["completion_tokens"] == 3
    assert client.numbers() == [1, 2, 3, 4, 5, 6]
    assert [turn.text for turn in backend.asked[0].turns] == ["When?"]
    stored = (
        "SELECT role, text, backend, artefact_sha256, release_sha256, finish_reason FROM turns ORDER BY position"
    )
    assert rows(server.database, stored) == [
        ("user", "When?", None, None, None, None),
        ("assistant", "Within 30 📦 days.", "prompted", "scripted-prompted", "scripted", "stop"),
    ]
    assert rows(server.database, "SELECT state, arm_source, experiment, release_sha256 FROM runs") == [
        ("finished", "chosen", None, "scripted")
    ]
    assert rows(server.database, "SELECT last_seq FROM conversations") == [(6,)]


async def test_an_offer_is_picked_from(start_server: StartServer) -> None:
    choices = (Choice("1", "Returning a tent", "returns"), Choice("2", "Returning boots", "returns", "Boots"))
    backend = Scripted("prompted", ["Is it one of these?"], decision="offer", choices=choices)
    server = start_server(backend)
    async with server.chat() as client:
        ready = await open_chat(client)
        offered = await client.ask("return")
        pick = {"message_id": offered["message_id"], "client_msg_id": "m2"}
        await client.send("choice.pick", **pick, choice_id="3")
        refused = await client.until("error")
        await client.send("choice.pick", **pick, choice_id="2")
        await client.until("run.finished")
        await client.send("choice.pick", **pick, choice_id="2")
        again = await client.until("message.ack")
    shown = [{"id": "1", "label": "Returning a tent"}, {"id": "2", "label": "Returning boots"}]
    assert (offered["decision"], offered["choices"]) == ("offer", shown)
    assert (refused["code"], refused["caused_by"]) == ("choice_unknown", "m2")
    assert again["duplicate"]
    # What was picked is said, and the backend sees what it was picked from.
    assert [turn.text for turn in backend.asked[1].turns] == ["return", "Is it one of these?", "Returning boots"]
    assert backend.asked[1].turns[1].choices == choices
    async with server.chat() as client:
        await client.hello(conversation_id=ready["conversation_id"], visitor_id=ready["visitor_id"])
        snapshot = await client.until("snapshot")
    assert snapshot["messages"][1]["choices"] == shown


async def test_messages_sent_before_ready_was_read_are_answered(start_server: StartServer) -> None:
    server = start_server(Scripted("prompted", ["Yes."]))
    async with server.chat() as client:
        await client.send("hello", backend="prompted")
        await client.say("Hello?")
        await client.send("ping")
        assert (await client.until("run.finished"))["text"] == "Yes."
        if "pong" not in [frame["type"] for frame in client.seen]:
            await client.until("pong")


async def test_the_second_question_is_asked_with_the_first_exchange(start_server: StartServer) -> None:
    backend = Scripted("prompted", ["Yes."])
    server = start_server(backend)
    async with server.chat() as client:
        await open_chat(client)
        await client.ask("One?", "m1")
        await client.ask("Two?", "m2")
    assert [turn.text for turn in backend.asked[1].turns] == ["One?", "Yes.", "Two?"]
    assert client.numbers() == list(range(1, 9))


@pytest.mark.parametrize("resume", ["replayed", "snapshot"])
async def test_a_reply_goes_on_while_its_socket_is_gone(start_server: StartServer, resume: str) -> None:
    gate = asyncio.Event()
    server = start_server(Scripted("prompted", ["One ", "two."], gate=gate))
    async with server.chat() as first:
        ready = await open_chat(first)
        await first.say("Count!")
        delta = await first.until("text.delta")
    ids = {"conversation_id": ready["conversation_id"], "visitor_id": ready["visitor_id"]}
    async with server.chat() as second:
        last_seq = {"last_seq": delta["seq"] - 1} if resume == "replayed" else {}
        again = await second.hello(**ids, **last_seq)
        assert (again["resume"], again["backend"], again["last_seq"]) == (resume, "prompted", 3)
        if resume == "replayed":
            assert await second.next() == delta
        else:
            snapshot = await second.next()
            assert [message["text"] for message in snapshot["messages"]] == ["Count!"]
            assert snapshot["active_run"]["text"] == "One "
        server.open_gate(gate)
        finished = await second.until("run.finished")
        assert (finished["run_id"], finished["text"]) == (delta["run_id"], "One two.")
    async with server.chat() as third:
        assert (await third.hello(**ids, last_seq=finished["seq"]))["resume"] == "replayed"
    async with server.chat() as fourth:
        await fourth.hello(**ids)
        snapshot = await fourth.next()
        assert [message["role"] for message in snapshot["messages"]] == ["user", "assistant"]
        assert snapshot["active_run"] is None


async def test_a_cancelled_reply_keeps_what_was_written(start_server: StartServer) -> None:
    backend = Scripted("prompted", ["Half ", "never"], gate=asyncio.Event())
    server = start_server(backend)
    async with server.chat() as client:
        await open_chat(client)
        await client.say("Talk!")
        run_id = (await client.until("text.delta"))["run_id"]
        await client.say("More!", "m2")
        refused = await client.until("error")
        assert (refused["code"], refused["caused_by"]) == ("run_active", "m2")
        await client.send("run.cancel", run_id=run_id)
        finished = await client.until("run.finished")
        assert (finished["finish_reason"], finished["text"]) == ("cancelled", "Half ")
        await client.send("run.cancel", run_id=run_id)
        assert (await client.until("error"))["code"] == "run_unknown"
    assert backend.closed_early == 1
    assert rows(server.database, "SELECT text, finish_reason FROM turns WHERE role = 'assistant'") == [
        ("Half ", "cancelled")
    ]


async def test_the_same_client_message_id_is_one_message(start_server: StartServer) -> None:
    gate = asyncio.Event()
    backend = Scripted("prompted", ["Once", "."], gate=gate)
    server = start_server(backend)
    async with server.chat() as client:
        await open_chat(client)
        await client.say("Hi")
        first = await client.until("message.ack")
        await client.say("Hi")
        second = await client.until("message.ack")
        server.open_gate(gate)
        await client.until("run.finished")
        await client.say("Hi")
        third = await client.until("message.ack")
    assert [ack["duplicate"] for ack in (first, second, third)] == [False, True, True]
    assert first["message_id"] == second["message_id"] == third["message_id"]
    assert len(backend.asked) == 1


async def test_a_fixed_reply_that_was_rated_up_is_no_example(start_server: StartServer) -> None:
    server = start_server(Scripted("prompted", ["You're welcome."], decision="act"))
    async with server.chat() as client:
        await client.hello(backend="prompted")
        await client.ask("thanks")
        await client.send("feedback.create", message_id=client.seen[-1]["message_id"], rating="up")
        await client.until("feedback.ack")
    with open_archive(server.database) as archive:
        (conversation,) = learnable(archive.conversations(), Tombstones([]))
    assert [turn.mark for turn in conversation.turns] == ["context", "context"]


async def test_feedback_is_stored_with_its_arm_and_a_later_one_replaces_it(start_server: StartServer) -> None:
    server = start_server(Scripted("prompted", ["Yes."], sources=(SOURCE,)))
    async with server.chat() as client:
        ready = await open_chat(client)
        message_id = (await client.ask("Returns?"))["message_id"]
        await client.send("feedback.create", message_id=message_id, rating="down", reasons=["wrong"])
        assert (await client.until("feedback.ack"))["rating"] == "down"
        await client.send("feedback.create", message_id=message_id, rating="up", comment="thanks")
        await client.until("feedback.ack")
        ack = next(frame for frame in client.seen if frame["type"] == "message.ack")
        for unknown in (ack["message_id"], "nonsense"):
            await client.send("feedback.create", message_id=unknown, rating="up")
            error = await client.until("error")
            assert (error["code"], error["caused_by"]) == ("message_unknown", unknown)
    stored = "SELECT rating, comment, backend, artefact_sha256, release_sha256 FROM feedback"
    assert rows(server.database, stored) == [("up", "thanks", "prompted", "scripted-prompted", "scripted")]
    async with server.chat() as other:
        await other.hello(conversation_id=ready["conversation_id"], visitor_id=ready["visitor_id"])
        assert (await other.next())["messages"][1]["rating"] == "up"
    with open_archive(server.database) as archive:
        (conversation,) = archive.conversations()
    assert [(turn.text, turn.rating) for turn in conversation.turns] == [("Returns?", None), ("Yes.", "up")]
    assert conversation.turns[1].articles == ("returns",)


@pytest.mark.parametrize("text", ["", " \n\t", "x" * 100_000])
async def test_empty_and_too_long_messages_are_refused(start_server: StartServer, text: str) -> None:
    backend = Scripted("prompted", ["Yes."])
    server = start_server(backend)
    async with server.chat() as client:
        await open_chat(client)
        await client.say(text, "m1")
        error = await client.until("error")
        assert (error["code"], error["caused_by"]) == ("message_refused", "m1")
        await client.ask("Short?", "m2")
    assert len(backend.asked) == 1


@pytest.mark.parametrize("wanted", ["finetuned", "gpt-9"])
async def test_an_unknown_backend_is_refused_with_the_available_ones(
    start_server: StartServer, wanted: str
) -> None:
    server = start_server(Scripted("prompted", ["Yes."]), Scripted("prompt-tuned", ["Yes."]))
    async with server.chat() as client:
        await client.send("hello", backend=wanted)
        error = await client.next()
        assert error["code"] == "backend_unavailable"
        assert error["message"].endswith("choose one of: prompt-tuned, prompted")
        assert await client.close_code() == 1008
        assert client.seen[-1] == {"type": "goaway", "reason": "protocol"}


async def test_a_conversation_of_another_visitor_is_unknown(start_server: StartServer) -> None:
    server = start_server(Scripted("prompted", ["Secret."]))
    async with server.chat() as owner:
        ready = await open_chat(owner)
    for ids in (
        {"conversation_id": ready["conversation_id"], "visitor_id": "thief"},
        {"conversation_id": ready["conversation_id"]},
        {"conversation_id": "guess", "visitor_id": ready["visitor_id"]},
    ):
        async with server.chat() as client:
            await client.send("hello", **ids)
            assert (await client.next())["code"] == "conversation_unknown"
            assert await client.close_code() == 1008


FORGED: list[tuple[str | bytes, str]] = [
    ("not json", "cannot be read"),
    (b"\x00\x01", "only text frames"),
    ("[]", "cannot be read"),
    ('{"type": "run.finished"}', "run.finished"),
    ('{"type": "message.create", "client_msg_id": "m1"}', "field 'text' of 'message.create'"),
    ('{"type": "message.create", "client_msg_id": "m1", "text": 7}', "field 'text' of 'message.create'"),
    ('{"type": "message.create", "client_msg_id": "m1", "text": "\\ud800"}', "cannot be read"),
    ('{"type": "message.create", "client_msg_id": "../", "text": "a"}', "field 'client_msg_id'"),
    ('{"type": "ping", "role": "system"}', "field 'role' of 'ping'"),
    ("[" * 50_000, "cannot be read"),
    ('{"type": "hello"}', "only accepted as the first frame"),
]


@pytest.mark.parametrize(("forged", "says"), FORGED)
async def test_a_forged_frame_is_named_and_the_chat_goes_on(
    start_server: StartServer, forged: str | bytes, says: str
) -> None:
    server = start_server(Scripted("prompted", ["Yes."]))
    async with server.chat() as client:
        await open_chat(client)
        for _ in range(4):
            await client.socket.send(forged)
            error = await client.until("error")
            assert error["code"] == "bad_frame"
            assert says in error["message"]
            assert "\n" not in error["message"]
        await client.send("ping")
        await client.until("pong")
        assert (await client.ask("Still there?"))["text"] == "Yes."
        for _ in range(5):
            await client.socket.send(forged)
        assert await client.close_code() == 1008
        assert client.seen[-1]["type"] == "goaway"


@pytest.mark.parametrize("first", ["junk", '{"type": "ping"}', '{"type": "hello", "last_seq": -1}', b"\x00"])
async def test_a_bad_first_frame_ends_the_socket(start_server: StartServer, first: str | bytes) -> None:
    server = start_server(Scripted("prompted", ["Yes."]))
    async with server.chat() as client:
        await client.socket.send(first)
        assert (await client.next())["code"] == "bad_frame"
        assert await client.close_code() == 1008


async def test_auto_sticks_across_a_restart_and_never_names_its_arm(start_server: StartServer) -> None:
    names = ("finetuned", "prompt-tuned", "prompted")
    used: set[str] = set()
    for visitor in (f"visitor-{number}" for number in range(12)):
        used.add(visitor)
    asked: list[dict[str, list[str]]] = []
    for _ in range(2):
        backends = [Scripted(name, ["Yes."]) for name in names]
        server = start_server(*backends, experiment="spring")
        for visitor in sorted(used):
            async with server.chat() as client:
                ready = await client.hello(visitor_id=visitor, backend="auto")
                assert ready["backend"] == "auto"
                await client.ask(visitor)
                assert not any(name in json.dumps(client.seen) for name in names)
        server.stop()
        asked.append(
            {b.name: [dialogue.turns[0].text for dialogue in b.asked] for b in backends},
        )
    assert asked[0] == asked[1]
    assert sum(bool(visitors) for visitors in asked[0].values()) > 1
    with open_archive(server.database) as archive:
        arms = archive.arms("spring")
    assert {arm.backend: arm.visitors for arm in arms} == {
        name: len(visitors) for name, visitors in asked[0].items() if visitors
    }
    assert sum(arm.answers for arm in arms) == 24


@pytest.mark.parametrize(
    ("failure", "pieces", "code"),
    [
        (EngineBusy(3), [], "busy"),
        (EngineFailed("the model stopped; please try again"), ["Half"], "engine_failed"),
        (KeyError("a secret path"), ["Half"], "internal"),
    ],
)
async def test_a_failing_backend_ends_its_reply_with_one_plain_sentence(
    start_server: StartServer,
    caplog: pytest.LogCaptureFixture,
    failure: TrilaneError,
    pieces: list[str],
    code: str,
) -> None:
    server = start_server(Scripted("prompted", pieces, failure=failure))
    async with server.chat() as client:
        await open_chat(client)
        await client.say("Hi")
        error = await client.until("error")
        finished = await client.until("run.finished")
        assert (error["code"], error["caused_by"]) == (code, finished["run_id"])
        assert error["retryable"]
        assert "secret" not in error["message"]
        assert (finished["finish_reason"], finished["text"]) == ("error", "".join(pieces))
        await client.ask("Again?", "m2")
    # A full queue is everyday life, not a fault.
    assert ("Traceback" in caplog.text) == (code != "busy")
    assert rows(server.database, "SELECT DISTINCT finish_reason FROM runs") == [("error",)]


async def test_a_message_whose_reply_failed_is_answered_when_it_is_sent_again(start_server: StartServer) -> None:
    failing = start_server(Scripted("prompted", [], failure=EngineBusy(3)))
    async with failing.chat() as client:
        ready = await open_chat(client)
        assert (await client.ask("Hi", "m1"))["finish_reason"] == "error"
    failing.stop()
    backend = Scripted("prompted", ["Hello."])
    working = start_server(backend)
    async with working.chat() as client:
        await client.hello(conversation_id=ready["conversation_id"], visitor_id=ready["visitor_id"])
        assert (await client.ask("Hi", "m1"))["text"] == "Hello."
        ack = next(frame for frame in client.seen if frame["type"] == "message.ack")
        assert ack["duplicate"]
        await client.say("Hi", "m1")
        assert (await client.until("message.ack"))["duplicate"]
        await client.send("ping")
        await client.until("pong")
    assert backend.asked == [Dialogue((Turn("user", "Hi"),), ready["conversation_id"])]
    assert rows(working.database, "SELECT role FROM turns ORDER BY position") == [
        ("user",),
        ("assistant",),
        ("assistant",),
    ]


async def test_two_sockets_of_one_conversation_see_the_same_numbers(start_server: StartServer) -> None:
    server = start_server(Scripted("prompted", ["A", "B"]))
    async with server.chat() as one, server.chat() as two:
        ready = await open_chat(one)
        await two.hello(conversation_id=ready["conversation_id"], visitor_id=ready["visitor_id"], last_seq=0)
        await one.ask("Hi")
        await two.until("run.finished")
    assert one.numbers() == two.numbers() == [1, 2, 3, 4, 5]
    assert "message.ack" not in [frame["type"] for frame in two.seen]


async def test_a_shutdown_says_goodbye_and_stores_what_was_written(start_server: StartServer) -> None:
    server = start_server(Scripted("prompted", ["Half ", "never"], gate=asyncio.Event()))
    async with server.chat() as client:
        ready = await open_chat(client)
        await client.say("Hi")
        await client.until("text.delta")
        stopping = asyncio.create_task(asyncio.to_thread(server.stop))
        assert await client.close_code() == 1001
        assert client.seen[-1] == {"type": "goaway", "reason": "shutdown"}
        await stopping
    assert rows(server.database, "SELECT state, finish_reason FROM runs") == [("finished", "error")]
    again = start_server(Scripted("prompted", ["Whole."]))
    async with again.chat() as client:
        ids = {"conversation_id": ready["conversation_id"], "visitor_id": ready["visitor_id"]}
        resumed = await client.hello(**ids, last_seq=3)
        assert (resumed["resume"], resumed["last_seq"]) == ("snapshot", 4)
        assert (await client.next())["messages"][1]["text"] == "Half "
        await client.ask("Again?", "m2")
        assert client.numbers()[0] == 5


async def test_a_client_that_does_not_read_neither_stops_the_reply_nor_grows_the_server(
    start_server: StartServer,
) -> None:
    pieces = ["x" * 20_000] * 3000
    server = start_server(Scripted("prompted", pieces))
    async with server.chat() as deaf:
        ready = await open_chat(deaf)
        await deaf.say("Hi")
        ids = {"conversation_id": ready["conversation_id"], "visitor_id": ready["visitor_id"]}
        (chat,) = server.chats
        ended = asyncio.run_coroutine_threadsafe(chat.ended.wait(), server.loop)
        await asyncio.wait_for(asyncio.wrap_future(ended), 20)
        async with server.chat() as other:
            await other.hello(**ids)
            snapshot = await other.next()
            # Being stored, or stored already.
            whole = snapshot["active_run"] or snapshot["messages"][1]
            assert whole["text"] == "".join(pieces)
