"""A tiny base, made once, and the settings and data of a small shop."""

import io
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from bot.settings import Settings, load_settings
from tests.tools.tiny_base import write_tiny_base

os.environ["HF_HUB_OFFLINE"] = "1"

SHOP = """
name = "Lark & Loom"
[contacts]
email = "help@larkloom.example"
"""
ROWS = [
    {
        "id": "parcel",
        "intent": "track",
        "article": "order-tracking",
        "messages": [
            {"role": "user", "content": "Where is my parcel?"},
            {"role": "assistant", "content": "Your parcel is on its way and arrives within five days."},
            {"role": "user", "content": "Thanks!"},
            {"role": "assistant", "content": "You are welcome.", "articles": []},
        ],
    }
]


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("base") / "tiny"
    write_tiny_base(folder)
    return folder


@pytest.fixture
def settings(tiny_base: Path, tmp_path: Path) -> Settings:
    data = tmp_path / "data"
    (data / "transcripts").mkdir(parents=True)
    (data / "shop.toml").write_text(SHOP, encoding="utf-8")
    rows = "".join(json.dumps(row) + "\n" for row in ROWS)
    (data / "transcripts" / "shop.jsonl").write_text(rows, encoding="utf-8")
    return load_settings(
        {}, data=data, home=tmp_path / "var", base_model=str(tiny_base), device="cpu", dtype="bfloat16"
    )


@pytest.fixture
def console() -> Console:
    return Console(file=io.StringIO(), width=200)


@pytest.fixture
def recipe_file(tmp_path: Path) -> Callable[..., Path]:
    def write(method: str, table: str = "", **keys: object) -> Path:
        backend = {"lora": "finetuned", "soft-prompt": "prompt-tuned"}[method]
        values = {"method": method, "backend": backend, "system": "You are the support assistant."} | keys
        file = tmp_path / f"{method}.toml"
        lines = [f"{key} = {json.dumps(value)}" for key, value in values.items()]
        file.write_text("\n".join([*lines, table]) + "\n", encoding="utf-8")
        return file

    return write
