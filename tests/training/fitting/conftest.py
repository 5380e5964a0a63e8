"""Signals as trilane-train takes them."""

import signal
from collections.abc import Iterator

import pytest


@pytest.fixture
def interruptible() -> Iterator[None]:
    """SIGINT and SIGTERM interrupt: a shell that starts the tests in the background has had SIGINT ignored."""
    signals = (signal.SIGINT, signal.SIGTERM)
    before = [(number, signal.signal(number, signal.default_int_handler)) for number in signals]
    yield
    for number, handler in before:
        signal.signal(number, handler)
