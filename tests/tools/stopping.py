"""Interrupting at a place that the user can read."""

import io
import signal


class StopsAfter(io.StringIO):
    """A screen on which the user presses Ctrl-C when they read this."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self.words = words

    def write(self, text: str) -> int:
        if self.words in text:
            raise KeyboardInterrupt
        return super().write(text)


class SignalsAfter(io.StringIO):
    """The same with signals, which may be waited with."""

    def __init__(self, words: str, *signals: signal.Signals) -> None:
        super().__init__()
        self.words, self.signals = words, signals

    def write(self, text: str) -> int:
        if self.words in text:
            for number in self.signals:
                signal.raise_signal(number)
        return super().write(text)


class BreaksAfter(io.StringIO):
    """A log whose disk is full before it says this."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self.words = words

    def write(self, text: str) -> int:
        if self.words in text:
            raise OSError("no space left on device")
        return super().write(text)
