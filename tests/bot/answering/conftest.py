"""The program of a shop that knows how orders stand: a real one, on this machine."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from bot.answering.lookup import Hook
from bot.shop.profile import Lookup

SHARED = "a secret of the nursery's"
SHIPPED = {
    "found": True,
    "title": "Order FF-20417",
    "text": "It was sent on 3 March. It should be with you by 6 March.",
}


@dataclass
class Program:
    """The shop's program: answers each request with `status`, `headers` and `body`, and keeps each."""

    body: bytes = json.dumps(SHIPPED).encode()
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    url: str = ""
    asked: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    # Answers wait for it, where it is there.
    gate: threading.Event | None = None

    def hook(self, **lookup: Any) -> Hook:
        return Hook(Lookup(url=self.url, **lookup), "Fern & Frond", SHARED)


@pytest.fixture
def program() -> Iterator[Program]:
    program = Program()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            program.asked.append((self.path, {key.lower(): value for key, value in self.headers.items()}, body))
            if program.gate:
                program.gate.wait(20)
            self.send_response(program.status)
            for key, value in program.headers.items():
                self.send_header(key, value)
            self.send_header("content-length", str(len(program.body)))
            self.end_headers()
            self.wfile.write(program.body)

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    program.url = f"http://127.0.0.1:{server.server_port}/orders?key=open"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield program
    if program.gate:
        program.gate.set()
    server.shutdown()
    thread.join()
    server.server_close()
