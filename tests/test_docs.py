"""The docs run: the protocol page's client against a real server, and the commands that the README names."""

import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from click import Group

from bot.answering.scripted import Scripted
from bot.cli import cli
from bot.server.app import create_app
from bot.server.listen import ChatServer
from bot.settings import Settings, load_settings
from training.cli import cli as training_cli

ROOT = Path(__file__).parents[1]


def blocks(file: str, language: str) -> list[str]:
    """Fenced blocks of a page."""
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / file).read_text(encoding="utf-8"), re.DOTALL)


def test_the_client_of_the_protocol_page_gets_an_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = load_settings({}, port=0, database=tmp_path / "chat.db", widget=tmp_path, log_level="warning")
    backend = Scripted("prompted", ["Thirty ", "days."])
    started = threading.Event()

    class Server(ChatServer):
        async def startup(self, sockets: Any = None) -> None:
            await super().startup(sockets)
            started.set()

    server = Server(create_app(settings, {"prompted": backend}), settings)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        assert started.wait(20)
        port = server.servers[0].sockets[0].getsockname()[1]
        (code,) = blocks("docs/protocol.md", "python")
        exec(code.replace("127.0.0.1:8000", f"127.0.0.1:{port}"), {})  # noqa: S102
    finally:
        server.should_exit = True
        thread.join(20)
    assert capsys.readouterr().out == "Thirty days.\n"


def commands() -> list[str]:
    """Every `trilane…` line of the README's blocks."""
    lines = [line.split("  #")[0].strip() for block in blocks("README.md", "sh") for line in block.splitlines()]
    return [line for line in lines if line.startswith("trilane")]


@pytest.mark.parametrize("line", commands())
def test_a_command_of_the_readme_exists_with_its_options(line: str) -> None:
    program, *words = re.findall(r'"[^"]*"|\S+', line)
    command: Any = {"trilane": cli, "trilane-train": training_cli}[program]
    while isinstance(command, Group):
        command = command.commands[words.pop(0)]
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= known


def test_every_make_target_of_the_readme_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"(?m)(?:^|`)make (\w+)", (ROOT / "README.md").read_text(encoding="utf-8")):
        assert re.search(rf"(?m)^{target}:", makefile), target


def test_the_generated_pages_are_up_to_date() -> None:
    check = subprocess.run(
        [sys.executable, "-m", "docs.generate", "--check"], cwd=ROOT, capture_output=True, text=True
    )
    assert (check.returncode, check.stderr) == (0, "")


def test_every_setting_has_its_row_and_says_what_it_does() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert f"| `TRILANE_{name.upper()}` | " in page
