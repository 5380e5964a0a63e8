"""A real server in a thread, and a client that checks every frame against the published schema."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from bot.answering.protocol import Backend
from bot.engine.protocol import Engine
from bot.server.app import create_app
from bot.server.listen import ChatServer
from bot.settings import Settings, load_settings

PATIENCE_S = 20
SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "protocol.schema.json").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator({"$ref": "#/$defs/ServerFrame", "$defs": SCHEMA["$defs"]})


class Client:
    """One socket; `seen` holds every frame in order."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.seen: list[dict[str, Any]] = []

    async def send(self, type_: str, **fields: Any) -> None:
        """Send a frame."""
        await self.socket.send(json.dumps({"type": type_, **fields}))

    async def next(self) -> dict[str, Any]:
        """The next frame, checked against the schema."""
        async with asyncio.timeout(PATIENCE_S):
            frame: dict[str, Any] = json.loads(await self.socket.recv())
        VALIDATOR.validate(frame)
        self.seen.append(frame)
        return frame

    async def until(self, type_: str) -> dict[str, Any]:
        """The next frame of a type."""
        while True:
            frame = await self.next()
            if frame["type"] == type_:
                return frame

    async def hello(self, **fields: Any) -> dict[str, Any]:
        """Open the session."""
        await self.send("hello", **fields)
        return await self.until("ready")

    async def say(self, text: str, client_msg_id: str = "m1") -> None:
        """Send a message."""
        await self.send("message.create", client_msg_id=client_msg_id, text=text)

    async def ask(self, text: str, client_msg_id: str = "m1") -> dict[str, Any]:
        """Send a message and wait for the whole reply."""
        await self.say(text, client_msg_id)
        return await self.until("run.finished")

    async def close_code(self) -> int:
        """Read to the end; the code that the server closed with."""
        try:
            while True:
                await self.next()
        except ConnectionClosed as closed:
            assert closed.rcvd is not None
            return closed.rcvd.code

    def numbers(self) -> list[int]:
        """Every `seq`, in order of arrival."""
        return [frame["seq"] for frame in self.seen if "seq" in frame]


class Server(ChatServer):
    """A server that a test starts and stops."""

    def __init__(self, settings: Settings, backends: Mapping[str, Backend], engine: Engine | None) -> None:
        self.app = create_app(settings, backends, engine)
        super().__init__(self.app, settings)
        self.database = settings.database_path
        self._started = threading.Event()
        self._thread = threading.Thread(target=self.run)

    async def startup(self, sockets: Any = None) -> None:
        """Tell the test."""
        await super().startup(sockets)
        self.loop = asyncio.get_running_loop()
        self._started.set()

    def start(self) -> "Server":
        """Return when it listens."""
        self._thread.start()
        assert self._started.wait(PATIENCE_S)
        return self

    def stop(self) -> None:
        """Return when everything is stored."""
        self.should_exit = True
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.servers[0].sockets[0].getsockname()[1]}"

    @asynccontextmanager
    async def chat(self) -> AsyncIterator[Client]:
        """A socket on which nothing was said yet."""
        async with connect(f"ws://{self.address}/ws", max_size=None) as socket:
            yield Client(socket)

    def open_gate(self, gate: asyncio.Event) -> None:
        """Let a scripted backend go on."""
        self.loop.call_soon_threadsafe(gate.set)


StartServer = Callable[..., Server]


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[StartServer]:
    """Starts servers over one database: `start_server(backend, …, max_message_chars=10)`."""
    servers: list[Server] = []

    def start(*backends: Backend, engine: Engine | None = None, **options: Any) -> Server:
        options = {"widget": tmp_path / "unbuilt", "database": tmp_path / "chat.db"} | options
        settings = load_settings({}, port=0, log_level="warning", **options)
        servers.append(Server(settings, {backend.name: backend for backend in backends}, engine))
        return servers[-1].start()

    yield start
    for server in servers:
        server.stop()
