"""Folders that appear whole or not at all."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.releases.part import MANIFEST
from training.errors import OutputOccupied


def refuse_foreign(out: Path, marker: str = MANIFEST) -> None:
    """Raises OutputOccupied when `out` holds something and no file `marker`, and so would be lost."""
    if out.exists() and not (out / marker).is_file() and (not out.is_dir() or any(out.iterdir())):
        raise OutputOccupied(out)


@contextmanager
def appearing(out: Path) -> Iterator[Path]:
    """A folder to fill; it takes the place of `out` when the block ends well, and is gone otherwise.

    What a killed process left of an earlier try is cleared away.
    """
    work, older = (out.parent / f".{out.name}.{word}" for word in ("making", "older"))
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        yield work
        shutil.rmtree(older, ignore_errors=True)
        if out.exists():
            out.replace(older)
        work.replace(out)
        shutil.rmtree(older, ignore_errors=True)
    finally:
        shutil.rmtree(work, ignore_errors=True)
