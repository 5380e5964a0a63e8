"""docs/architecture.md is true: its picture is the contract of pyproject.toml, its lists are what files hold."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
CODE = ("bot", "training", "frontend/src")
RECIPES = re.findall(r"(?ms)^### (A \w+)\n(.*?)(?=^##|\Z)", PAGE)


def drawn(title: str) -> list[set[str]]:
    """The rooms of a picture, a set for each line, from the top."""
    (picture,) = re.findall(rf"(?s)## {title}\n.*?```text\n(.*?)```", PAGE)
    return [set(re.findall(r"[a-z_]+", line.partition("  ")[0])) for line in picture.splitlines() if line.strip()]


@pytest.mark.parametrize(
    ("title", "contract"), [("bot/", "The rooms of bot/"), ("training/", "The rooms of training/")]
)
def test_the_picture_is_what_import_linter_enforces(title: str, contract: str) -> None:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = {one["name"]: one for one in pyproject["tool"]["importlinter"]["contracts"]}
    layers = [set(re.findall(r"\w+", layer)) for layer in contracts[contract]["layers"]]
    assert drawn(title) == layers


def test_there_is_a_recipe_for_each_thing_that_people_add() -> None:
    assert [name for name, _ in RECIPES] == ["A backend", "A format", "A frame", "A setting"]


@pytest.mark.parametrize(("name", "text"), RECIPES, ids=[name for name, _ in RECIPES])
def test_a_recipe_names_every_file_that_its_example_touches(name: str, text: str) -> None:
    example = re.compile(re.findall(r"Follow `([^`]+)`", text)[0])
    listed = set(re.findall(r"(?m)^- `([^`]+)`", text))
    touched = {
        file.relative_to(ROOT).as_posix()
        for folder in CODE
        for file in (ROOT / folder).rglob("*")
        if file.suffix in (".py", ".ts", ".toml") and example.search(file.read_text(encoding="utf-8"))
    }
    assert listed == touched, name
