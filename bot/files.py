"""Files and folders that appear whole or not at all, and the SHA-256 that every manifest states of them."""

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

CHUNK_BYTES = 1 << 20


def sha256_of(file: Path, advance: Callable[[int], None] | None = None) -> str:
    """Hex digest of a file's bytes; `advance` is told the number of bytes after each MiB."""
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while chunk := stream.read(CHUNK_BYTES):
            digest.update(chunk)
            if advance:
                advance(len(chunk))
    return digest.hexdigest()


def sha256_of_text(text: str) -> str:
    """Hex digest of a text's UTF-8 bytes."""
    return hashlib.sha256(text.encode()).hexdigest()


def make_private(folder: Path) -> None:
    """Make a folder, and those above it that are missing, for their owner only; what is there stays as it is."""
    for missing in [*reversed([above for above in folder.parents if not above.exists()]), folder]:
        missing.mkdir(mode=0o700, exist_ok=True)


def write_whole(file: Path, text: str, *, mode: int = 0o644) -> None:
    """Write a text file that is never seen half written: beside its place, to the disk, then moved there."""
    with replacing(file, mode=mode) as work, work.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())


@contextmanager
def replacing(file: Path, *, mode: int = 0o644) -> Iterator[Path]:
    """A temporary file beside `file`, which it replaces when the block ends well; gone otherwise."""
    make_private(file.parent)
    handle, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    os.close(handle)
    work = Path(name)
    try:
        yield work
        # mkstemp writes for the owner only.
        work.chmod(mode)
        work.replace(file)
    finally:
        work.unlink(missing_ok=True)


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Hold a lock file, waiting for whoever holds it; it is freed when its process ends, however it ends."""
    make_private(file.parent)
    with os.fdopen(os.open(file, os.O_RDWR | os.O_CREAT, 0o600)) as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


@contextmanager
def appearing(out: Path) -> Iterator[Path]:
    """A folder to fill; it takes the place of `out` when the block ends well, and is gone otherwise.

    What a killed process left of an earlier try is cleared away.
    """
    work, older = (out.parent / f".{out.name}.{word}" for word in ("making", "older"))
    shutil.rmtree(work, ignore_errors=True)
    make_private(out.parent)
    work.mkdir()
    try:
        yield work
        shutil.rmtree(older, ignore_errors=True)
        if out.exists():
            out.replace(older)
        work.replace(out)
        shutil.rmtree(older, ignore_errors=True)
    finally:
        shutil.rmtree(work, ignore_errors=True)
