"""SIGKILLs a server while customers chat, and counts what is lost: `make bench-kill`.

Eight clients ask and reconnect; a scripted backend answers a word every 20 ms; the server is killed at random
moments. At the end every conversation is read once more. Counted are acknowledged messages that are gone, `seq`
numbers that stood on two different frames, frames missing after a replay, replies that came back empty although
text had been shown, and how many characters of the shown text the others came back without.

`--server COMMAND` measures another one: the command gets a database file after it and prints its address.
"""

import argparse
import asyncio
import json
import random
import shlex
import statistics
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

ROOT = Path(__file__).parents[2]
SENTENCE = ["Your ", "parcel ", "left ", "our ", "warehouse ", "on ", "Monday. "]
PIECES, PAUSE_S = SENTENCE * 6, 0.02
SCRIPTED = f"{shlex.quote(sys.executable)} -m tests.tools.scripted_server"
CLIENTS, KILLS, LIFE_S = 8, 40, (0.3, 1.2)
Frame = dict[str, Any]


@dataclass
class Conversation:
    """What one client knows of its conversation."""

    ids: dict[str, str] = field(default_factory=dict)
    last_seq: int = 0
    acknowledged: list[str] = field(default_factory=list)
    messages: dict[str, str] = field(default_factory=dict)
    shown: dict[str, str] = field(default_factory=dict)
    whole: set[str] = field(default_factory=set)
    numbered: dict[int, str] = field(default_factory=dict)
    repeated: int = 0
    gaps: int = 0

    def take(self, frame: Frame) -> None:
        """Count what a frame shows."""
        if (seq := frame.get("seq")) is not None:
            known = self.numbered.setdefault(seq, json.dumps(frame, sort_keys=True))
            self.repeated += known != json.dumps(frame, sort_keys=True)
            self.gaps += seq > self.last_seq + 1
            self.last_seq = max(self.last_seq, seq)
        match frame["type"]:
            case "message.ack":
                self.acknowledged.append(frame["message_id"])
            case "run.started":
                self.shown[frame["run_id"]] = ""
                self.messages[frame["run_id"]] = frame["message_id"]
            case "text.delta":
                if frame["run_id"] in self.shown:
                    self.shown[frame["run_id"]] += frame["delta"]
            case "run.finished":
                self.whole.add(frame["run_id"])


class Server:
    """A process that is killed and started again on the same database."""

    def __init__(self, command: str, database: Path) -> None:
        self._command, self._database = command, database
        self._process: asyncio.subprocess.Process | None = None
        self.address = ""
        self.up = asyncio.Event()

    async def start(self) -> None:
        """Return when it listens."""
        options = ["--pieces", json.dumps(PIECES), "--pause", str(PAUSE_S)]
        self._process = await asyncio.create_subprocess_exec(
            *shlex.split(self._command), str(self._database), *options, cwd=ROOT, stdout=asyncio.subprocess.PIPE
        )
        assert self._process.stdout is not None
        self.address = (await self._process.stdout.readline()).decode().strip().replace("http", "ws", 1)
        if not self.address:
            raise SystemExit("the server did not start")
        self.up.set()

    async def kill(self) -> None:
        """SIGKILL."""
        self.up.clear()
        if self._process is not None:
            self._process.kill()
            await self._process.wait()


async def open_chat(
    server: Server, one: Conversation, *, everything: bool = False
) -> tuple[ClientConnection, Frame]:
    """A socket that was greeted."""
    await server.up.wait()
    socket = await connect(f"{server.address}ws", open_timeout=5)
    known = {} if everything or not one.ids else {"last_seq": one.last_seq}
    await socket.send(json.dumps({"type": "hello", "backend": "prompted", **one.ids, **known}))
    ready = json.loads(await socket.recv())
    if ready["type"] != "ready":
        raise RuntimeError(ready)
    one.ids = {name: ready[name] for name in ("conversation_id", "visitor_id")}
    return socket, ready


async def customer(server: Server, one: Conversation, name: str) -> None:
    """Ask, read, reconnect and ask again, for ever."""
    count = 0
    while True:
        with suppress(ConnectionClosed, OSError, EOFError, TimeoutError):
            socket, ready = await open_chat(server, one)
            async with socket:
                if ready["resume"] == "snapshot":
                    one.last_seq = ready["last_seq"]
                count += 1
                asking = {"type": "message.create", "client_msg_id": f"{name}-{count}", "text": "Where is it?"}
                await socket.send(json.dumps(asking))
                async for text in socket:
                    frame = json.loads(text)
                    one.take(frame)
                    if frame["type"] == "run.finished":
                        count += 1
                        asking["client_msg_id"] = f"{name}-{count}"
                        await socket.send(json.dumps(asking))


async def settle(server: Server, one: Conversation) -> tuple[int, list[tuple[int, int]]]:
    """Read it all again: acknowledged messages that are gone; shown and kept lengths of interrupted replies."""
    socket, _ = await open_chat(server, one, everything=True)
    async with socket:
        snapshot = json.loads(await socket.recv())
    there = {message["message_id"]: message["text"] for message in snapshot["messages"]}
    lost = sum(message_id not in there for message_id in one.acknowledged)
    interrupted = [run for run, text in one.shown.items() if text and run not in one.whole]
    return lost, [(len(one.shown[run]), len(there.get(one.messages[run], ""))) for run in interrupted]


async def measure(command: str, kills: int, seed: int) -> None:
    """Chat, kill, count, print."""
    moments = random.Random(seed)
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        server = Server(command, Path(folder) / "chat.db")
        conversations = [Conversation() for _ in range(CLIENTS)]
        await server.start()
        customers = [
            asyncio.create_task(customer(server, one, f"c{number}")) for number, one in enumerate(conversations)
        ]
        for number in range(kills):
            await asyncio.sleep(moments.uniform(*LIFE_S))
            await server.kill()
            await server.start()
            print(f"\r{number + 1} of {kills} kills", end="", file=sys.stderr, flush=True)
        for task in customers:
            task.cancel()
        failures = [one for one in await asyncio.gather(*customers, return_exceptions=True) if one]
        settled = [await settle(server, one) for one in conversations if one.ids]
        await server.kill()
    replies = [reply for _, interrupted in settled for reply in interrupted]
    behind = [shown - kept for shown, kept in replies if kept]
    acknowledged = sum(len(one.acknowledged) for one in conversations)
    print(f"\r{kills} kills in {time.monotonic() - started:.0f} s, {CLIENTS} clients")
    print(f"acknowledged messages: {acknowledged}, lost: {sum(lost for lost, _ in settled)}")
    print(f"numbers repeated: {sum(one.repeated for one in conversations)}")
    print(f"frames missing: {sum(one.gaps for one in conversations)}")
    print(f"interrupted replies with text shown: {len(replies)}, empty: {sum(not kept for _, kept in replies)}")
    if behind:
        print(f"characters behind: median {statistics.median(behind):.0f}, most {max(behind)}")
    broken = [failure for failure in failures if not isinstance(failure, asyncio.CancelledError)]
    if broken:
        raise SystemExit(f"a client failed: {broken[0]!r}")


def main() -> None:
    """Read the options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", default=SCRIPTED)
    parser.add_argument("--kills", type=int, default=KILLS)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    asyncio.run(measure(options.server, options.kills, options.seed))


if __name__ == "__main__":
    main()
