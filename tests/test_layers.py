"""Every arrow between the rooms: who may import whom."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# A room of bot/ may import itself and what stands before it here, and nothing that stands after.
ORDER = [
    "errors",
    "commands",
    "files",
    "dialogue",
    "answer",
    "settings",
    "backends",
    "models",
    "releases",
    "retrieval",
    "prompting",
    "engine",
    "answering",
    "experiments",
    "store",
    "server",
    "assembly",
    "doctor",
    "cli",
]
# What training/ may see of bot/: what serving shares with it, and the conversations it learns from.
SHARED = set(ORDER) - {"experiments", "server", "doctor", "cli"}
# experiment reports read the store.
EXCEPTIONS = {("experiments", "store")}


def imports(file: Path) -> set[str]:
    """Absolute names of what a file imports, lazily or not."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def room(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


@pytest.mark.parametrize("file", sorted((ROOT / "bot").rglob("*.py")), ids=lambda f: str(f.relative_to(ROOT)))
def test_the_bot_imports_only_what_stands_below_it(file: Path) -> None:
    own = file.relative_to(ROOT / "bot").parts[0].removesuffix(".py")
    for module in imports(file):
        assert not module.startswith("training"), f"{file} imports {module}"
        if module.startswith("bot.") and own in ORDER:
            other = room(module)
            allowed = ORDER.index(other) <= ORDER.index(own) or (own, other) in EXCEPTIONS
            assert allowed, f"{own} imports {other}: {module}"


@pytest.mark.parametrize("file", sorted((ROOT / "training").rglob("*.py")), ids=lambda f: str(f.relative_to(ROOT)))
def test_training_imports_only_what_serving_shares(file: Path) -> None:
    for module in imports(file):
        if module.startswith("bot."):
            assert room(module) in SHARED, f"{file} imports {module}"


def test_every_room_of_the_bot_has_its_place_in_the_order() -> None:
    rooms = {path.stem for path in (ROOT / "bot").iterdir() if not path.name.startswith("_")}
    assert rooms == set(ORDER)
