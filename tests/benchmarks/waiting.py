"""How long eight customers wait for their first words when all ask at once, over what each waits alone.

`python tests/benchmarks/waiting.py [CHECKOUT]` starts the server of that checkout (this one by default) and talks
to it as widgets do, so that any commit with the same wire can be measured beside another.
"""

import asyncio
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from websockets.asyncio.client import connect

HERE = Path(__file__).parents[2]
PORT = 8765
WARM_UP = "Do you sell gift cards?"
CUSTOMERS = (
    ("prompted", "How long do I have to return a tent?"),
    ("finetuned", "What does a return label cost?"),
    ("prompt-tuned", "Do you ship to Canada, and what does it cost?"),
    ("finetuned", "How do I wash a down sleeping bag?"),
    ("prompted", "Where can I see the status of my order?"),
    ("prompt-tuned", "Can I change the address of an order?"),
    ("finetuned", "Do you repair torn jackets?"),
    ("prompt-tuned", "What is the late fee for rented gear?"),
)


@contextlib.contextmanager
def server(checkout: Path) -> Iterator[None]:
    """A fresh server on an empty store; nothing that was read for one measurement helps the next."""
    with tempfile.TemporaryDirectory() as folder:
        places = {"TRILANE_DATABASE": f"{folder}/chat.db", "TRILANE_HOME": str(checkout / "var")}
        environ = os.environ | places | {"PYTHONPATH": str(checkout), "HF_HUB_OFFLINE": "1"}
        command = [sys.executable, "-m", "bot.cli", "serve", "--port", str(PORT)]
        quiet = subprocess.DEVNULL
        process = subprocess.Popen(command, cwd=checkout, env=environ, stdout=quiet, stderr=quiet)
        try:
            asyncio.run(until_it_answers(process))
            yield
        finally:
            process.terminate()
            process.wait()


async def until_it_answers(process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        with contextlib.suppress(OSError):
            for backend in ("prompted", "finetuned", "prompt-tuned"):
                await first_words_s(backend, WARM_UP)
            return
        await asyncio.sleep(0.5)
    sys.exit("the server did not start; try `trilane serve` there")


async def first_words_s(backend: str, question: str) -> float:
    """Seconds from sending a message to the first piece of its reply; the whole reply is waited for."""
    async with connect(f"ws://127.0.0.1:{PORT}/ws", max_size=None) as socket:
        await socket.send(json.dumps({"type": "hello", "backend": backend}))
        while json.loads(await socket.recv())["type"] != "ready":
            pass
        asked, first = time.perf_counter(), None
        await socket.send(json.dumps({"type": "message.create", "client_msg_id": "1", "text": question}))
        while True:
            frame = json.loads(await socket.recv())
            if frame["type"] == "text.delta" and first is None:
                first = time.perf_counter() - asked
            if frame["type"] == "run.finished":
                if first is None:
                    sys.exit(f"{backend}: {question}: ended without words: {frame}")
                return first


async def one_after_another() -> list[float]:
    return [await first_words_s(backend, question) for backend, question in CUSTOMERS]


async def all_at_once() -> list[float]:
    return await asyncio.gather(*(first_words_s(backend, question) for backend, question in CUSTOMERS))


def main() -> None:
    checkout = Path(sys.argv[1] if len(sys.argv) > 1 else HERE).resolve()
    with server(checkout):
        alone = asyncio.run(one_after_another())
    with server(checkout):
        together = asyncio.run(all_at_once())
    print(f"{'backend':<14}{'alone ms':>10}{'of eight ms':>14}{'times':>8}")
    for (backend, _), one, eight in zip(CUSTOMERS, alone, together, strict=True):
        print(f"{backend:<14}{one * 1000:>10.0f}{eight * 1000:>14.0f}{eight / one:>8.1f}")
    median = statistics.median(alone)
    print(
        f"time to first text over one alone (median {median * 1000:.0f} ms): "
        f"median {statistics.median(together) / median:.1f}, slowest {max(together) / median:.1f}, "
        f"fastest {min(together) / median:.1f}"
    )


if __name__ == "__main__":
    main()
