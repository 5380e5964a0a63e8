"""A shop with shipped parts for a tiny base, parts fitted on it in a second, and `trilane release` over both."""

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bot.cli import cli
from bot.files import sha256_of_text
from bot.models.base import base_sha256
from bot.releases.part import MANIFEST, BaseFacts, DatasetFacts, write_manifest
from bot.releases.registry import Registry, sha256_of_manifest
from bot.settings import Settings, load_settings
from tests.tools.tiny_base import write_tiny_base
from training.cli import cli as training

ROOT = Path(__file__).parents[3]
RECIPE = """
method = "lora"
backend = "finetuned"
system = "You are the support assistant."
epochs = 1
"""
ROW = {
    "id": "t",
    "messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}],
}
PROFILE = """
name = "Lantern & Oar"

[contacts]
email = "help@lantern-oar.example"
"""


@dataclass(frozen=True)
class House:
    """A shop with its HOME."""

    data: Path
    home: Path
    base: Path

    @property
    def environment(self) -> dict[str, str]:
        return {
            "TRILANE_DATA": str(self.data),
            "TRILANE_HOME": str(self.home),
            "TRILANE_BASE_MODEL": str(self.base),
            "TRILANE_DEVICE": "cpu",
            "TRILANE_DTYPE": "bfloat16",
        }

    @property
    def settings(self) -> Settings:
        return load_settings(self.environment)

    @property
    def registry(self) -> Registry:
        return Registry(self.settings)

    @property
    def folder(self) -> Path:
        return self.home / "releases" / "lantern-oar"

    def trilane(self, *arguments: str, **environment: str) -> Result:
        return CliRunner().invoke(cli, list(arguments), env=self.environment | environment)

    def release(self, *arguments: str, **environment: str) -> str:
        """A `trilane release` command that goes well; what it printed."""
        result = self.trilane("release", *arguments, **environment)
        assert result.exit_code == 0, result.output
        return " ".join(result.stdout.split())

    def refused(self, *arguments: str, **environment: str) -> str:
        """A command that is refused in a sentence."""
        result = self.trilane(*arguments, **environment)
        assert result.exit_code == 2, result.output
        assert "Traceback" not in result.output
        return " ".join(result.stderr.split())

    def register(self, part: Path) -> str:
        """Register a part; its sha256."""
        self.release("register", str(part))
        return str(sha256_of_manifest(part))

    def listed(self, **environment: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.release("list", "--json", **environment))
        return found

    def answering(self, slot: str = "finetuned") -> str:
        """The sha256 of the part that answers in a slot."""
        (part,) = (part for part in self.listed()["parts"] if part["slot"] == slot and part["answers"])
        return str(part["sha256"])

    def history(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.release("history", "--json"))
        return found

    def prompt(
        self,
        out: Path,
        *,
        base_sha256_: str | None = None,
        failed: str | None = None,
        reranked: bool = True,
        added: str = "",
        **metrics: float,
    ) -> Path:
        """A prompt's part, which needs no training; other metrics, no re-ranking, added lines make another.

        It is the shipped one without what it says of a reader.
        """
        out.mkdir(parents=True)
        shipped = (ROOT / "data" / "releases" / "prompted" / "prompt.toml").read_text(encoding="utf-8")
        shipped = re.sub(r"(?ms)^\[(?:reader|decide\.read)\b.*?(?=^\[|\Z)", "", shipped)
        own = shipped if reranked else re.sub(r"(\[rerank\][^\n]*\nenabled =) true", r"\1 false", shipped)
        (out / "prompt.toml").write_text(f"{own}\n{added}", encoding="utf-8")
        write_manifest(
            out,
            kind="prompt",
            backend="prompted",
            base=BaseFacts(id="tiny", sha256=base_sha256_ or base_sha256(self.settings)),
            recipe={},
            dataset=DatasetFacts(sha256=sha256_of_text(""), dialogues=0, sources={}),
            metrics=metrics,
            failed=failed,
        )
        return out


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A base, a shop's data without shipped parts, and three LoRAs fitted by the command."""
    folder = tmp_path_factory.mktemp("house")
    write_tiny_base(folder / "tiny")
    (folder / "data" / "transcripts").mkdir(parents=True)
    (folder / "data" / "transcripts" / "shop.jsonl").write_text(json.dumps(ROW) + "\n", encoding="utf-8")
    (folder / "data" / "shop.toml").write_text(PROFILE, encoding="utf-8")
    house = House(folder / "data", folder / "var", folder / "tiny")
    for seed in range(3):
        recipe = folder / f"{seed}.toml"
        recipe.write_text(f"{RECIPE}seed = {seed}\n", encoding="utf-8")
        out = folder / "loras" / str(seed)
        made = CliRunner().invoke(training, ["fit", str(recipe), "--out", str(out)], env=house.environment)
        assert made.exit_code == 0, made.output
    return folder


@pytest.fixture
def loras(built: Path) -> list[Path]:
    """Three parts of slot `finetuned`."""
    return [built / "loras" / str(seed) for seed in range(3)]


OpenHouse = Callable[..., House]


@pytest.fixture
def open_house(built: Path, tmp_path: Path) -> OpenHouse:
    """A shop of the test's own: `open_house(shipped=part)`; without a part nothing is shipped but a prompt."""

    def opened(shipped: Path | None = None) -> House:
        data = tmp_path / "data"
        shutil.copytree(built / "data", data)
        house = House(data, tmp_path / "var", built / "tiny")
        house.prompt(data / "releases" / "prompted")
        if shipped:
            shutil.copytree(shipped, data / "releases" / "finetuned")
        return house

    return opened


@pytest.fixture
def house(open_house: OpenHouse, loras: list[Path]) -> House:
    """A shop with a shipped LoRA: the first of the three."""
    return open_house(loras[0])


__all__ = ["MANIFEST", "House", "OpenHouse"]
