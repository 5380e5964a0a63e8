"""The application: the chat socket, a health check and the built widget."""

import asyncio
import errno
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

import uvicorn
from fastapi import FastAPI, WebSocket
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import HTMLResponse, JSONResponse
from starlette.staticfiles import StaticFiles

from bot.answering.protocol import Backend
from bot.engine.protocol import Engine, Health
from bot.errors import PortInUse, SettingsInvalid
from bot.server.conversations.replies import Runs
from bot.server.ws.frames import GoAway
from bot.server.ws.socket import Chat
from bot.settings import Settings
from bot.store.sqlite.migrations import connect
from bot.store.sqlite.store import Store

MAX_FRAME_BYTES = 1024 * 1024
UNBUILT = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Trilane</title>
<h1>Trilane is running</h1>
<p>The chat socket is at <code>/ws</code>. The widget is not built yet: run <code>make chat</code>,
or <code>npm ci &amp;&amp; npm run build</code> in <code>frontend/</code>, and start the server again.</p>
</html>
"""


def create_app(settings: Settings, backends: Mapping[str, Backend], engine: Engine | None = None) -> FastAPI:
    """Everything but the listening port; `backends` are served under their keys, `engine` answers for its health.

    The store is opened when the application starts, which raises StoreUnusable.
    """
    chats: set[Chat] = set()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        store = await Store.open(settings.database_path)
        app.state.runs = Runs(
            store,
            backends,
            experiment=settings.experiment,
            max_message_chars=settings.max_message_chars,
        )
        try:
            yield
        finally:
            await app.state.runs.close()
            await store.close()

    app = FastAPI(title="Trilane", lifespan=lifespan)
    app.state.chats = chats

    @app.websocket("/ws")
    async def chat(websocket: WebSocket) -> None:
        one = Chat(websocket, app.state.runs, round(settings.heartbeat_s * 1000))
        chats.add(one)
        try:
            await one.serve()
        finally:
            chats.discard(one)

    @app.get("/healthz")
    async def health() -> JSONResponse:
        state = engine.health() if engine else Health(alive=True, queued=0)
        facts = {"status": "ok" if state.alive else "failed", "backends": sorted(backends), "queued": state.queued}
        return JSONResponse(facts, status_code=200 if state.alive else 503)

    if settings.widget.is_dir():
        # Shops load the widget's script from here, from their own origin.
        files = StaticFiles(directory=settings.widget, html=True)
        app.mount("/", CORSMiddleware(files, allow_origins=["*"], allow_methods=["GET"]))
    else:

        @app.get("/", response_class=HTMLResponse)
        async def unbuilt() -> str:
            return UNBUILT

    return app


class ChatServer(uvicorn.Server):
    """uvicorn, saying goodbye to every chat before it closes their sockets."""

    def __init__(self, app: FastAPI, settings: Settings) -> None:
        self.chats: set[Chat] = app.state.chats
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


def check_start(settings: Settings) -> None:
    """What is cheap to refuse before a model is loaded. Raises PortInUse, SettingsInvalid, StoreUnusable."""
    check_port(settings.host, settings.port)
    connect(settings.database_path).close()


def serve(settings: Settings, backends: Mapping[str, Backend], engine: Engine) -> None:
    """Run until interrupted."""
    server = ChatServer(create_app(settings, backends, engine), settings)
    # uvicorn raises the interrupt again after it has shut down cleanly.
    with suppress(KeyboardInterrupt):
        server.run()
