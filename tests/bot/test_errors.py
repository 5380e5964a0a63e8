"""Every error has its code, and every code that a chat can be told stands on the protocol page."""

import importlib
import pkgutil
from pathlib import Path

import bot
import training
from bot.errors import ChatError, ErrorCode, TrilaneError
from bot.server.ws.outbox import APOLOGY, error_frame

PAGE = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")


def below(root: type[TrilaneError]) -> list[type[TrilaneError]]:
    """Every error class that any module of ours defines."""
    for package in (bot, training):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    return [one for child in root.__subclasses__() for one in (child, *below(child))]


def test_every_error_names_a_code_of_its_own() -> None:
    errors = [error for error in below(TrilaneError) if error is not ChatError]
    assert [error.__name__ for error in errors if error.code is ErrorCode.INTERNAL] == []
    assert set(ErrorCode) == {error.code for error in errors} | {ErrorCode.INTERNAL}
    told = [error.code for error in errors if issubclass(error, ChatError)]
    assert len(told) == len(set(told))
    assert {error.__module__ for error in errors if issubclass(error, ChatError)} == {"bot.errors"}


def test_every_code_of_the_wire_stands_on_the_protocol_page() -> None:
    for error in below(ChatError):
        assert f"| `{error.code}` |" in PAGE
    assert f"| `{ErrorCode.INTERNAL}` |" in PAGE


def test_an_operators_error_is_not_told_to_a_customer() -> None:
    for error in (KeyError("a secret path"), TrilaneError("a secret path")):
        frame = error_frame(error, "run")
        assert (frame.code, frame.message, frame.retryable, frame.caused_by) == ("internal", APOLOGY, True, "run")
