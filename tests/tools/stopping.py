"""Interrupting at a place that the user can read."""

import io


class StopsAfter(io.StringIO):
    """A screen on which the user presses Ctrl-C when they read this."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self.words = words

    def write(self, text: str) -> int:
        if self.words in text:
            raise KeyboardInterrupt
        return super().write(text)
