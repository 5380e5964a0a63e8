"""One process serves a database at a time: two would number the same frames and end each other's replies.

The lock is the system's (flock), so that it goes with its process, however that ends; the file stays. Commands
beside a running server take no lock: they read, and write in transactions of their own.
"""

import fcntl
import os
from pathlib import Path

from bot.errors import StoreUnusable


class ServingLock:
    """Held from `take` until `release`; the id of the process that holds it stands in the file."""

    def __init__(self, handle: int) -> None:
        self._handle: int | None = handle

    @classmethod
    def take(cls, database: Path) -> "ServingLock":
        """Raises StoreUnusable, naming the process that serves this database already."""
        # Two names of one file are one database.
        file = database.resolve().with_name(f"{database.resolve().name}.lock")
        try:
            handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StoreUnusable(database, f"{file} cannot be written: {error.strerror}") from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.read(handle, 32).decode("ascii", "replace").strip()
            os.close(handle)
            if not isinstance(error, BlockingIOError):
                raise StoreUnusable(database, f"{file} cannot be locked: {error.strerror}") from error
            raise StoreUnusable(
                database,
                f"process {holder or '(unknown)'} serves it already; stop that one, or choose another file with "
                "TRILANE_DATABASE",
            ) from error
        os.ftruncate(handle, 0)
        os.write(handle, f"{os.getpid()}\n".encode())
        return cls(handle)

    def __enter__(self) -> "ServingLock":
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def release(self) -> None:
        """Let another process serve; once is enough, and again does nothing."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
