"""Tests of `trilane-train evaluate`, through the base, parts and search that serve."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from training.cli import cli

ROOT = Path(__file__).parents[3]
CASES = [
    {
        "id": "tent",
        "messages": [{"role": "user", "content": "How long do I have to return a tent?"}],
        "reference": "You have 30 days.",
        "must_include": [["30 days"]],
        "must_not_include": ["300 days"],
        "articles": ["returns"],
        "kind": "fact",
    },
    {
        "id": "thanks",
        "messages": [{"role": "user", "content": "thanks a lot"}],
        "reference": "",
        "expect": "act",
        "kind": "act",
    },
]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The shop as shipped, with a HOME of its own that shares the prepared models."""
    home = tmp_path / "var"
    home.mkdir()
    (home / "models").symlink_to(ROOT / "var" / "models")
    return {"TRILANE_HOME": str(home)}


def evaluate(environment: dict[str, str], folder: Path, *options: str) -> tuple[Result, dict[str, Any]]:
    """The command over the two cases; what it printed and what it wrote."""
    cases, out = folder / "cases.jsonl", folder / "found.json"
    cases.write_text("".join(json.dumps(case) + "\n" for case in CASES), encoding="utf-8")
    arguments = ["evaluate", "--cases", str(cases), "--out", str(out), *options]
    result = CliRunner().invoke(cli, arguments, env=environment)
    return result, json.loads(out.read_text(encoding="utf-8")) if out.is_file() else {}


def test_two_backends_are_measured_beside_each_other(environment: dict[str, str], tmp_path: Path) -> None:
    result, found = evaluate(environment, tmp_path, "--backends", "finetuned,prompted")
    assert result.exit_code == 0, result.output
    assert {label: artefact["backend"] for label, artefact in found["artefacts"].items()} == {
        "finetuned": "finetuned",
        "prompted": "prompted",
    }
    prompted = found["artefacts"]["prompted"]
    assert prompted["fact_recall"] == {"value": 1.0, "low": 1.0, "high": 1.0, "n": 1}
    assert prompted["acts_right"]["value"] == 1.0
    assert prompted["decline_recall"] is None
    assert 0 < prompted["gold_nll"]["low"] <= prompted["gold_nll"]["value"]
    assert prompted["gold_nll"] != found["artefacts"]["finetuned"]["gold_nll"]
    assert found["differences"]["finetuned - prompted"]["hit_at_1"]["value"] == 0
    assert found["identical"]["finetuned = prompted"]["answers"] == 1
    (tent, _) = found["answers"]
    assert tent["replies"]["prompted"]["marks"]["right"] is True
    assert "30 days" in tent["replies"]["prompted"]["text"]
    assert "fact_recall" in result.stdout and found["machine"]["model"] in result.stdout
    # The report holds the answers now.
    assert not list(tmp_path.glob("*.answers.jsonl"))


def test_a_release_that_served_is_measured_by_its_sha256(environment: dict[str, str], tmp_path: Path) -> None:
    short = ("--backends", "prompted", "--limit", "1")
    _, first = evaluate(environment, tmp_path, *short)
    release = first["artefacts"]["prompted"]["release"]
    result, again = evaluate(environment, tmp_path, *short, "--release", release[:9])
    assert result.exit_code == 0, result.output
    assert again["artefacts"]["prompted"]["release"] == release
    nobody, _ = evaluate(environment, tmp_path, "--release", "abcdef")
    assert nobody.exit_code == 2
    assert "no part has a sha256 that begins with 'abcdef'" in nobody.stderr


SEEN = [
    *CASES[:1],
    CASES[0] | {"id": "year", "must_include": [["a year"]]},
    {
        "id": "pizza",
        "messages": [{"role": "user", "content": "Can you deliver pizza to my tent?"}],
        "reference": "",
        "expect": "decline",
        "kind": "out-of-scope",
    },
    {
        "id": "rome",
        "messages": [{"role": "user", "content": "Does your shop in Rome have an ice wall for climbing?"}],
        "reference": "",
        "expect": "handoff",
        "kind": "unanswered",
    },
]


def test_what_was_seen_takes_no_new_search(environment: dict[str, str], tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    (shop / "cases").mkdir(parents=True)
    shutil.copy(ROOT / "data" / "shop.toml", shop)
    shutil.copytree(ROOT / "data" / "knowledge", shop / "knowledge")
    lines = "".join(json.dumps(case) + "\n" for case in SEEN)
    (shop / "cases" / "dev.jsonl").write_text(lines, encoding="utf-8")

    def calibrate(*options: str) -> Result:
        return CliRunner().invoke(cli, ["calibrate", str(shop), *options], env=environment)

    first = calibrate()
    assert first.exit_code == 0, first.output
    assert "On 4 cases" in first.stdout and ".beyond]" in first.stdout
    kept = tmp_path / "var" / "evaluation" / "observed.jsonl"
    rows = [json.loads(line) for line in kept.read_text(encoding="utf-8").splitlines()]
    assert [row["value"]["right"] for row in rows] == [True, False, False, False]
    # What is kept is what counts, and a row that is lost is seen again.
    for row in rows:
        row["value"]["reach"] = False
    kept.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    again = calibrate("--right", "0.9")
    assert "all cases are alike in 'reach'" in again.stderr
    kept.write_text("".join(json.dumps(row) + "\n" for row in rows[1:]), encoding="utf-8")
    assert calibrate().exit_code == 0


def test_an_unknown_backend_is_named(environment: dict[str, str], tmp_path: Path) -> None:
    result, _ = evaluate(environment, tmp_path, "--backends", "prompted,lora")
    assert result.exit_code == 2 and "lora" in result.stderr
