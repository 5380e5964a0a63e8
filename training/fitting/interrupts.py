"""Ctrl-C while a step is at work: its weights are changed in part, so the step ends first."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Interrupts:
    """Whether the training shall end with this step."""

    def __init__(self) -> None:
        self.came = False

    def _take(self, number: int, frame: FrameType | None) -> None:
        if self.came:
            signal.default_int_handler(number, frame)
        self.came = True


@contextmanager
def between_steps() -> Iterator[Interrupts]:
    """A signal that would raise KeyboardInterrupt anywhere raises it when the block ends; a second one at once."""
    interrupts = Interrupts()
    # Python hears signals in its main thread only.
    ours = threading.current_thread() is threading.main_thread()
    taken = [
        number
        for number in (signal.SIGINT, signal.SIGTERM)
        if ours and signal.getsignal(number) is signal.default_int_handler
    ]
    for number in taken:
        signal.signal(number, interrupts._take)
    try:
        yield interrupts
    finally:
        for number in taken:
            signal.signal(number, signal.default_int_handler)
    if interrupts.came:
        raise KeyboardInterrupt
