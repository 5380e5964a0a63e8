"""A server in a process of its own, whose backend says what it was told to: for tests and benchmarks that kill it.

`python -m tests.tools.scripted_server DATABASE [--pieces JSON] [--pause S] [--hold] …` prints its address when it
listens.
"""

import argparse
import asyncio
import json
from collections.abc import AsyncGenerator
from pathlib import Path

from bot.answer import Piece
from bot.answering.scripted import Scripted
from bot.dialogue import Dialogue
from bot.server.app import create_app
from bot.server.listen import ChatServer
from bot.settings import load_settings


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


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("database", type=Path)
    parser.add_argument("--pieces", type=json.loads, default=["Yes."])
    parser.add_argument("--pause", type=float, default=0.0, help="Seconds between two pieces.")
    parser.add_argument("--hold", action="store_true", help="Say the first piece and then nothing.")
    parser.add_argument("--log-level", default="warning")
    parser.add_argument("--widget", type=Path, default=Path("no-widget"))
    parser.add_argument("--root-path", default="")
    parser.add_argument("--shop", type=Path, help="A shop's folder, instead of the shipped one.")
    options = parser.parse_args()
    if options.hold:
        backend = Scripted("prompted", options.pieces, gate=asyncio.Event())
    else:
        backend = Paced("prompted", options.pieces, options.pause)
    settings = load_settings(
        {},
        port=0,
        database=options.database,
        widget=options.widget,
        log_level=options.log_level,
        root_path=options.root_path,
        shop=options.shop,
    )
    app = create_app(settings, {backend.name: backend})
    ChatServer(app, settings, announce=lambda address: print(address, flush=True)).run()


if __name__ == "__main__":
    main()
