"""Another program holds the database's lock while customers chat: what is lost, what is numbered twice.

Ten customers send thirty messages each, over sockets, to a server in a process of its own. Meanwhile another
process holds the write lock: never; 20 ms, ten times a second; once for 2 s; once for 20 s. A message is lost that
was not answered, or whose answer is not in the store. `python -m tests.benchmarks.locks` takes about a minute.
"""

import asyncio
import json
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from websockets.asyncio.client import connect

CUSTOMERS, MESSAGES, PATIENCE_S = 10, 30, 90
PIECES = ["We ", "do, ", "within ", "two ", "weeks."]
HOLD = """
import sqlite3, sys, time
held_s, times, pause_s = float(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
connection = sqlite3.connect(sys.argv[1], timeout=60, isolation_level=None)
for _ in range(times):
    connection.execute("BEGIN IMMEDIATE")
    time.sleep(held_s)
    connection.execute("COMMIT")
    time.sleep(pause_s)
"""


async def customer(url: str, waits: list[float]) -> tuple[int, int]:
    """Send the messages one after another; returns how many were answered, and numbers that came twice."""
    answered, numbers = 0, []
    async with asyncio.timeout(PATIENCE_S), connect(url) as socket:
        await socket.send(json.dumps({"type": "hello", "backend": "prompted"}))
        for place in range(MESSAGES):
            sent = time.perf_counter()
            message = {"type": "message.create", "client_msg_id": f"m{place}", "text": "Do you repair tents?"}
            await socket.send(json.dumps(message))
            while True:
                frame = json.loads(await socket.recv())
                numbers += [frame["seq"]] if "seq" in frame else []
                if frame["type"] in ("run.finished", "error"):
                    break
            answered += frame["type"] == "run.finished" and frame["finish_reason"] == "stop"
            waits.append(time.perf_counter() - sent)
    return answered, len(numbers) - len(set(numbers))


async def chats(url: str) -> tuple[int, int, list[float]]:
    """All customers at once."""
    waits: list[float] = []
    results = await asyncio.gather(*(customer(url, waits) for _ in range(CUSTOMERS)))
    return sum(result[0] for result in results), sum(result[1] for result in results), sorted(waits)


def measure(name: str, *holds: str) -> None:
    """One line: with another process that holds the lock."""
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "chat.db"
        command = [sys.executable, "-m", "tests.tools.scripted_server", str(database)]
        command += ["--pieces", json.dumps(PIECES), "--pause", "0.02"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            url = server.stdout.readline().strip().replace("http://", "ws://") + "ws"
            holder = subprocess.Popen([sys.executable, "-c", HOLD, str(database), *holds]) if holds else None
            answered, repeated, waits = asyncio.run(chats(url))
            if holder is not None:
                holder.kill()
                holder.wait()
            server.terminate()
        sql = "SELECT COUNT(*) FROM turns WHERE role = 'assistant' AND finish_reason = 'stop' AND text = ?"
        connection = sqlite3.connect(database)
        (stored,) = connection.execute(sql, ["".join(PIECES)]).fetchone()
        connection.close()
    total = CUSTOMERS * MESSAGES
    print(
        f"{name:28}{total - answered:4} of {total} unanswered{total - stored:5} not stored{repeated:5} twice"
        f"   answer after {waits[len(waits) // 2]:.2f} s, slowest {waits[-1]:.1f} s",
        flush=True,
    )


def main() -> None:
    measure("no other writer")
    measure("20 ms, ten times a second", "0.02", "600", "0.08")
    measure("2 s, once", "2", "1", "0")
    measure("20 s, once", "20", "1", "0")


if __name__ == "__main__":
    main()
