"""Dialogues that wait on disk until all are read, each with its signature; exact repeats do not get in."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.dataset.folder import read_rows
from training.ingest import duplicates

ROWS, SIGNATURES = "spool.jsonl", "signatures"


class Spool:
    """A file of rows and one of signatures in `folder`; in memory only a digest and an id for each."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._rows = (folder / ROWS).open("w", encoding="utf-8")
        self._signatures = (folder / SIGNATURES).open("wb")
        self._seen: dict[bytes, str] = {}
        self._taken: Counter[str] = Counter()
        self.ids: list[str] = []

    def __enter__(self) -> "Spool":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._rows.close()
        self._signatures.close()

    def same(self, texts: Sequence[str]) -> str:
        """The id of a dialogue that says the same; "" where none does."""
        return self._seen.get(_digest(texts), "")

    def add(self, identifier: str, texts: Sequence[str], said: Sequence[str], row: dict[str, Any]) -> None:
        """Keep a dialogue; where another one has its id, it gets a number. `said` are its messages."""
        self._taken[identifier] += 1
        number = self._taken[identifier]
        own = identifier if number == 1 else f"{identifier}#{number}"
        self._seen[_digest(texts)] = own
        self.ids.append(own)
        self._rows.write(json.dumps({"id": own, **row}, ensure_ascii=False) + "\n")
        self._signatures.write(duplicates.signature(said).tobytes())

    def rows(self) -> Iterator[dict[str, Any]]:
        """The rows in their order, one at a time, after the spool was closed."""
        return read_rows(self._folder / ROWS)

    def signatures(self) -> NDArray[np.uint32]:
        """Shape (dialogues, PERMUTATIONS), after the spool was closed."""
        flat = np.fromfile(self._folder / SIGNATURES, dtype=np.uint32)
        return flat.reshape((len(self.ids), duplicates.PERMUTATIONS))

    def remove(self) -> None:
        """Both files go."""
        (self._folder / ROWS).unlink()
        (self._folder / SIGNATURES).unlink()


def _digest(texts: Sequence[str]) -> bytes:
    return hashlib.sha256(" ".join(texts).casefold().encode()).digest()[:12]
