"""The listening port: checked before anything is loaded, served until interrupted."""

import asyncio
import errno
import logging
import socket
from collections.abc import Mapping
from contextlib import suppress

import uvicorn
from fastapi import FastAPI

from bot.answering.protocol import Backend
from bot.engine.protocol import Engine
from bot.errors import PortInUse, SettingsInvalid
from bot.server.app import create_app
from bot.server.discretion import without_addresses
from bot.server.parts import Parts
from bot.server.ws.frames import GoAway
from bot.server.ws.socket import Chat
from bot.settings import Settings
from bot.store.lock import ServingLock
from bot.store.sqlite.store import lock_for_serving

MAX_FRAME_BYTES = 1024 * 1024


class ChatServer(uvicorn.Server):
    """uvicorn, saying goodbye to every chat before it closes their sockets."""

    def __init__(self, app: FastAPI, settings: Settings) -> None:
        self._app = app
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

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Send `goaway` first."""
        chats = list(self.chats)
        for chat in chats:
            chat.send_away(GoAway(reason="shutdown"))
        await asyncio.gather(*(chat.ended.wait() for chat in chats))
        await super().shutdown(sockets)


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
        raise SettingsInvalid([f"TRILANE_HOST, TRILANE_PORT: cannot listen on {host}:{port}: {reason}"]) from error


def check_start(settings: Settings) -> ServingLock:
    """What is cheap to refuse before a model is loaded; nobody else can serve this database from then on.

    Raises PortInUse, SettingsInvalid, StoreUnusable.
    """
    check_port(settings.host, settings.port)
    return lock_for_serving(settings.database_path)


def serve(settings: Settings, backends: Mapping[str, Backend], engine: Engine, lock: ServingLock) -> None:
    """Run until interrupted."""
    server = ChatServer(create_app(settings, backends, engine, lock), settings)
    # uvicorn raises the interrupt again after it has shut down cleanly.
    with suppress(KeyboardInterrupt):
        server.run()
