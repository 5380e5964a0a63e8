"""The listening port: checked before anything is loaded, served until interrupted."""

import asyncio
import errno
import logging
import socket
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress

import uvicorn
from fastapi import FastAPI

from bot.answering.protocol import Backend
from bot.engine.protocol import Engine
from bot.errors import PortInUse, SettingsInvalid
from bot.logs import without_addresses
from bot.server.app import create_app
from bot.server.parts import Parts
from bot.server.ws.frames import GoAway
from bot.server.ws.socket import Chat
from bot.settings import Settings
from bot.store.lock import ServingLock
from bot.store.sqlite.store import lock_for_serving

MAX_FRAME_BYTES = 1024 * 1024


# What to open instead of "every address of this machine".
OWN_ADDRESS = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104


class ChatServer(uvicorn.Server):
    """uvicorn, saying goodbye to every chat before it closes their sockets.

    `announce` is told the address to open, when it can be opened.
    """

    def __init__(self, app: FastAPI, settings: Settings, announce: Callable[[str], None] | None = None) -> None:
        self._app, self._settings, self._announce = app, settings, announce
        super().__init__(
            uvicorn.Config(
                app,
                host=settings.host,
                port=settings.port,
                ws="websockets-sansio",
                ws_max_size=MAX_FRAME_BYTES,
                log_level=settings.log_level,
                access_log=False,
                timeout_graceful_shutdown=10,
            )
        )
        logging.getLogger("uvicorn.error").addFilter(without_addresses)

    @property
    def chats(self) -> set[Chat]:
        """The open sockets."""
        parts: Parts = self._app.state.parts
        return parts.chats

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Say where it listens."""
        await super().startup(sockets)
        if self.started and self._announce is not None:
            port = self.servers[0].sockets[0].getsockname()[1]
            host = OWN_ADDRESS.get(self._settings.host, self._settings.host)
            self._announce(f"http://{host_and_port(host, port)}{self._settings.root_path}/")

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Send `goaway` first."""
        chats = list(self.chats)
        for chat in chats:
            chat.send_away(GoAway(reason="shutdown"))
        await asyncio.gather(*(chat.ended.wait() for chat in chats))
        await super().shutdown(sockets)


def host_and_port(host: str, port: int) -> str:
    """As they stand in an address: IPv6 in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def check_port(host: str, port: int) -> None:
    """Raise PortInUse where another program listens, SettingsInvalid where nobody can; 0 is always free."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortInUse(host, port) from error
        reason = error.strerror or str(error)
        raise SettingsInvalid(
            [f"TRILANE_HOST, TRILANE_PORT: cannot listen on {host_and_port(host, port)}: {reason}"]
        ) from error


def check_start(settings: Settings) -> ServingLock:
    """What is cheap to refuse before a model is loaded; nobody else can serve this database from then on.

    Raises PortInUse, SettingsInvalid, StoreUnusable.
    """
    check_port(settings.host, settings.port)
    return lock_for_serving(settings.database_path)


def serve(
    settings: Settings,
    backends: Mapping[str, Backend],
    engine: Engine,
    lock: ServingLock,
    announce: Callable[[str], None],
    ahead: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Run until interrupted, then end the engine: a model that computes while Python ends aborts the process."""
    server = ChatServer(create_app(settings, backends, engine, lock, ahead), settings, announce)
    try:
        # uvicorn raises the interrupt again after it has shut down cleanly.
        with suppress(KeyboardInterrupt):
            server.run()
    finally:
        engine.close()
