"""A server in a process of its own, whose backend says what it was told to: for tests and benchmarks that kill it.

`python -m tests.tools.scripted_server DATABASE [--pieces JSON] [--pause S] [--hold] [--log-level LEVEL]` prints
its port when it listens.
"""

import argparse
import asyncio
import json
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

from bot.answer import Piece
from bot.answering.scripted import Scripted
from bot.dialogue import Dialogue
from bot.server.app import create_app
from bot.server.listen import ChatServer
from bot.settings import Settings, load_settings


class Paced(Scripted):
    """A scripted backend that takes its time between two pieces."""

    def __init__(self, name: str, pieces: list[str], pause_s: float) -> None:
        super().__init__(name, pieces)
        self._pause_s = pause_s

    async def answer(self, dialogue: Dialogue) -> AsyncGenerator[Piece, None]:
        """The script, slowly."""
        async for piece in super().answer(dialogue):
            yield piece
            await asyncio.sleep(self._pause_s)


class ScriptedServer(ChatServer):
    """Says on stdout where it listens."""

    def __init__(self, settings: Settings, backend: Scripted) -> None:
        super().__init__(create_app(settings, {backend.name: backend}), settings)

    async def startup(self, sockets: Any = None) -> None:
        """Print the port."""
        await super().startup(sockets)
        print(self.servers[0].sockets[0].getsockname()[1], flush=True)


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("database", type=Path)
    parser.add_argument("--pieces", type=json.loads, default=["Yes."])
    parser.add_argument("--pause", type=float, default=0.0, help="Seconds between two pieces.")
    parser.add_argument("--hold", action="store_true", help="Say the first piece and then nothing.")
    parser.add_argument("--log-level", default="warning")
    options = parser.parse_args()
    if options.hold:
        backend = Scripted("prompted", options.pieces, gate=asyncio.Event())
    else:
        backend = Paced("prompted", options.pieces, options.pause)
    nowhere = options.database.parent / "no-widget"
    settings = load_settings(
        {}, port=0, database=options.database, widget=nowhere, log_level=options.log_level, heartbeat_s=30
    )
    ScriptedServer(settings, backend).run()


if __name__ == "__main__":
    main()
