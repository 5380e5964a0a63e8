"""Tiny bases and adapters for what needs no real model."""

from pathlib import Path

import pytest

from tests.tools.tiny_base import write_tiny_base


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny random base on disk, with a ChatML template."""
    folder = tmp_path_factory.mktemp("base") / "tiny"
    write_tiny_base(folder)
    return folder
