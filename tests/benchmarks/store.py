"""What it costs that an acknowledged message is on disk: messages a second, 1, 8 and 64 at once.

A message is `begin_run`, acknowledged at its commit. FULL waits for the disk at each commit, NORMAL does not;
grouped shares a commit among all that wait, alone gives each message one of its own.

`python -m tests.benchmarks.store [FOLDER [SECONDS]]` measures the disk that FOLDER lies on (var, 2 s each).
"""

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from sqlite_utils import Database

from bot.store.sqlite import conversations, runs
from bot.store.sqlite.connection import connect
from bot.store.sqlite.writer import Writer
from bot.store.values import Conversation, NewRun, new_id

FOLDER = Path(sys.argv[1] if len(sys.argv) > 1 else "var")
SECONDS = float(sys.argv[2]) if len(sys.argv) > 2 else 2.0
TEXT = "How long do I have to return a tent that I have used once in the rain? " * 2


async def messages_per_s(database: Path, synchronous: str, at_once: int, grouped: bool) -> float:
    """Customers who each send a message when the last one is acknowledged, to a conversation of its own."""

    def connected() -> Database:
        db = connect(database)
        db.execute(f"PRAGMA synchronous = {synchronous}")
        return db

    writer = await Writer.open(connected)
    turnstile = asyncio.Semaphore(at_once if grouped else 1)
    started = time.perf_counter()

    async def customer() -> int:
        sent = 0
        while time.perf_counter() < started + SECONDS:
            conversation = Conversation(new_id(), "visitor", "prompted", 0)
            run = NewRun(new_id(), new_id(), "prompted", "0" * 64, "chosen", None)

            def work(db: Database, conversation: Conversation = conversation, run: NewRun = run) -> None:
                conversations.create(db, conversation)
                runs.begin(db, conversation.id, run, 2)
                turn = {"id": run.message_id, "role": "user", "text": TEXT}
                conversations.append_turn(db, conversation.id, turn)

            async with turnstile:
                await writer.write(work)
            sent += 1
        return sent

    sent = sum(await asyncio.gather(*(customer() for _ in range(at_once))))
    taken = time.perf_counter() - started
    await writer.close()
    return sent / taken


async def main() -> None:
    print(f"messages a second, {SECONDS:g} s each")
    print(f"{'':18}" + "".join(f"{at_once:>8} at once" for at_once in (1, 8, 64)))
    for synchronous in ("NORMAL", "FULL"):
        for grouped in (False, True):
            figures = []
            for at_once in (1, 8, 64):
                with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
                    figures.append(await messages_per_s(Path(folder) / "chat.db", synchronous, at_once, grouped))
            name = f"{synchronous}, {'grouped' if grouped else 'alone'}"
            print(f"{name:18}" + "".join(f"{figure:16,.0f}" for figure in figures), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
