"""Tests of the bundled base's preparation."""

import io
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from rich.console import Console

from bot.errors import BaseUnusable
from bot.models.bundled import bundled_base

# Of the weights and the tokenizer as the first whole product (commit fd0808f) prepared them.
WEIGHTS = "7ef915c9bf9d94d8d70211970476878352a5b95855c589ae987916d7a455242b"
TOKENIZER = "bf346d64f6f0fbcefb4c1b6928a98241467dff36c6fbae5fe1785c4ff90667f4"


def test_two_that_start_at_once_prepare_the_same_base_as_ever_once(tmp_path: Path) -> None:
    folder = tmp_path / "models" / "base"
    screens = [io.StringIO(), io.StringIO()]
    with ThreadPoolExecutor(2) as both:
        list(both.map(lambda screen: bundled_base(folder, Console(file=screen)), screens))
    assert sum("Preparing" in screen.getvalue() for screen in screens) == 1
    files = json.loads((folder / "base.json").read_text(encoding="utf-8"))["files"]
    assert (files["model.safetensors"], files["tokenizer.json"]) == (WEIGHTS, TOKENIZER)
    assert {file.name for file in folder.parent.iterdir()} == {"base", ".base.lock"}

    with (folder / "config.json").open("a", encoding="utf-8") as config:
        config.write(" ")
    with pytest.raises(BaseUnusable, match="is damaged"):
        bundled_base(folder, Console(quiet=True))
