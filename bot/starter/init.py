"""A shop's folder to begin with: an invented bakery, small, whole and commented."""

import shutil
from importlib import resources
from pathlib import Path

from bot.errors import FolderOccupied
from bot.files import appearing


def init(folder: Path) -> list[Path]:
    """Write the starter into `folder`, which appears whole; returns its files. Raises FolderOccupied."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FolderOccupied(folder)
    with resources.as_file(resources.files("bot.starter") / "files") as files, appearing(folder) as made:
        shutil.copytree(files, made, dirs_exist_ok=True)
    return sorted(file for file in folder.rglob("*") if file.is_file())
