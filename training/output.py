"""Where training may write."""

from pathlib import Path

from bot.releases.part import MANIFEST
from training.errors import OutputOccupied


def refuse_foreign(out: Path, marker: str = MANIFEST) -> None:
    """Raises OutputOccupied when `out` holds something and no file `marker`, and so would be lost."""
    if out.exists() and not (out / marker).is_file() and (not out.is_dir() or any(out.iterdir())):
        raise OutputOccupied(out)
