"""Vectors on disk: what was embedded once is never embedded again, whatever stops, changes or starts anew.

One file for each embedder, opened by any number of processes. It is only a cache of what the articles say: where
it is damaged it is begun anew, and it may be deleted at any time.
"""

import hashlib
import logging
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np

from bot.models.embedder import Vectors

log = logging.getLogger(__name__)

# Of one statement; SQLite takes no more than 999 everywhere.
_KEYS = 500


class VectorFile:
    """The vectors of an embedder's documents, by the sha256 of their texts."""

    def __init__(self, home: Path, embedder: str) -> None:
        name = hashlib.sha256(embedder.encode()).hexdigest()[:16]
        self.file = home / "knowledge" / f"vectors-{name}.db"

    def known(self, documents: Iterable[str]) -> dict[str, Vectors]:
        """Those of these documents that were embedded before. Raises OSError, sqlite3.Error."""
        try:
            return self._read(documents)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                # Locked, full or not to be opened: not damaged.
                raise
            log.warning("the vectors in %s are damaged (%s); they are computed anew", self.file, error)
            self.file.unlink(missing_ok=True)
            return {}

    def keep(self, vectors: Mapping[str, Vectors]) -> None:
        """Add vectors, all of them or none. Raises OSError, sqlite3.Error."""
        rows = ((_key(document), vector.tobytes()) for document, vector in vectors.items())
        with self._opened() as connection, connection:
            connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)

    def _read(self, documents: Iterable[str]) -> dict[str, Vectors]:
        found: dict[str, Vectors] = {}
        with self._opened() as connection:
            for part in _parts({_key(document): document for document in documents}):
                marks = ", ".join("?" * len(part))
                rows = connection.execute(f"SELECT * FROM vectors WHERE document IN ({marks})", [*part])  # noqa: S608
                found |= {part[key]: np.frombuffer(vector, dtype=np.float32) for key, vector in rows}
        return found

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self.file, timeout=30)) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS vectors (document BLOB PRIMARY KEY, vector BLOB)")
            yield connection


def _key(document: str) -> bytes:
    return hashlib.sha256(document.encode()).digest()


def _parts(documents: Mapping[bytes, str]) -> Iterator[dict[bytes, str]]:
    keys = list(documents)
    for start in range(0, len(keys), _KEYS):
        yield {key: documents[key] for key in keys[start : start + _KEYS]}
