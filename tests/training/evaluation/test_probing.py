"""Tests of `trilane-train probes`: learnt from other shops' cases, written beside a prompt."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.prompting.probes import probes_beside, read_probes
from training.cli import cli

DATA = Path(__file__).parents[3] / "data"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A DATA with two trades to learn from and one dev trade, which share the shipped models."""
    data = tmp_path / "data"
    for name in ("gym", "bank", "hotel"):
        shutil.copytree(DATA / "trades" / name, data / "trades" / name)
    (data / "trades" / "trades.toml").write_text('dev = ["hotel"]\n', encoding="utf-8")
    for name in ("shop.toml", "knowledge", "cases"):
        copy = shutil.copytree if (DATA / name).is_dir() else shutil.copyfile
        copy(DATA / name, data / name)
    home = tmp_path / "var"
    home.mkdir()
    (home / "models").symlink_to(DATA.parent / "var" / "models")
    return {"TRILANE_DATA": str(data), "TRILANE_HOME": str(home)}


def probes(environment: dict[str, str], *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["probes", *arguments], env=environment)


def test_they_tell_the_dev_trades_questions_and_are_written_beside_the_prompt(
    environment: dict[str, str], tmp_path: Path
) -> None:
    prompt = Path(shutil.copyfile(DATA / "prompts" / "support.toml", tmp_path / "mine.toml"))
    result = probes(environment, "--prompt", str(prompt))
    assert result.exit_code == 0, result.output
    rows = {
        cells[1]: cells
        for line in result.output.splitlines()
        if len(cells := line.replace("│", " | ").split()) > 5
    }
    learnt = [
        json.loads(line)["expect"]
        for name in ("gym", "bank")
        for file in (DATA / "trades" / name / "cases").glob("*.jsonl")
        for line in file.read_text(encoding="utf-8").splitlines()
    ]
    for name, decision in (("people_probe", "handoff"), ("foreign_probe", "decline")):
        count, auc_learnt, auc = (float(cell) for cell in rows[name][3::2])
        assert count == learnt.count(decision)
        # From two trades they tell some of what is asked of others.
        assert 0.6 < auc < auc_learnt
    found = read_probes(probes_beside(prompt).read_bytes())
    assert len(found.people_probe.weights) == len(found.foreign_probe.weights) == 384


def test_cases_without_a_kind_to_tell_are_refused_in_a_sentence(environment: dict[str, str]) -> None:
    shop = Path(environment["TRILANE_DATA"]) / "trades" / "gym"
    for file in (shop / "cases").glob("*.jsonl"):
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        file.write_text("".join(line for line in lines if '"decline"' not in line), encoding="utf-8")
    result = probes(environment, str(shop))
    assert result.exit_code == 2 and "told as 'decline'" in result.output
    assert "Traceback" not in result.output
