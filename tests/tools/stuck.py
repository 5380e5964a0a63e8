"""A model whose step hangs, for tests of what is said of it."""

import threading

from bot.models.base import LoadedBase


class Stuck:
    """Holds every forward pass of a base, at its output layer, until it is let go."""

    def __init__(self, base: LoadedBase) -> None:
        self.reached, self._go = threading.Event(), threading.Event()
        self._hook = base.model.get_output_embeddings().register_forward_pre_hook(self._wait)

    def _wait(self, *_: object) -> None:
        self.reached.set()
        self._go.wait()

    def let_go(self) -> None:
        """From now on nothing is held."""
        self._go.set()
        self._hook.remove()
