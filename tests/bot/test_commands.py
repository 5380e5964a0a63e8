"""Consoles of every encoding, reports at 80 columns, and the same as JSON."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from rich.console import Console
from rich.table import Table

from bot.cli import cli
from bot.commands import Commands
from bot.dialogue import check_message
from bot.errors import MessageRefused, TrilaneError
from bot.experiments.report import ArmReport, report_table
from bot.experiments.statistics import wilson
from bot.store.values import ArmCounts
from training.evaluation import likelihood, retrieval

ROOT = Path(__file__).parents[2]
SIGNS = "within 30 days → 数 🏕 \udce9"


@click.group("any", cls=Commands)
def anything() -> None:
    """Commands that print what no console of old can."""


@anything.command()
def says() -> None:
    """Print it in every way that our commands print."""
    click.echo(SIGNS)
    Console().print(SIGNS)
    sys.stderr.write(SIGNS)
    raise TrilaneError(SIGNS)


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-8"])
def test_no_character_ends_a_command(encoding: str) -> None:
    result = CliRunner(charset=encoding).invoke(anything, ["says"])
    assert result.exit_code == 2, result.output
    assert result.stdout_bytes.count(b"within 30 days") == 2
    assert result.stderr_bytes.count(b"within 30 days") == 2


def test_an_answer_with_any_character_is_printed_on_an_old_console(tmp_path: Path) -> None:
    article = "---\ntitle: Returns → back\n---\n\nTents may be returned within 30 days → 数 🏕 of the purchase.\n"
    (tmp_path / "returns.md").write_text(article, encoding="utf-8")
    command = [sys.executable, "-m", "bot.cli", "ask", "--knowledge", str(tmp_path), "How long may I return it?"]
    environment = os.environ | {"PYTHONIOENCODING": "cp1252", "TRILANE_HOME": str(ROOT / "var")}
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True)
    assert result.returncode == 0, result.stderr
    assert b"30 days ? ? ? of the purchase" in result.stdout


def test_bytes_that_are_no_characters_are_refused_in_a_sentence() -> None:
    with pytest.raises(MessageRefused, match="no characters"):
        check_message("caf\udce9", 100)


def shown(table: Table) -> str:
    """As a terminal of 80 columns shows it."""
    console = Console(file=io.StringIO(), width=80)
    console.print(table)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def counts(backend: str) -> ArmReport:
    arm = ArmCounts(backend, "a" * 64, "b" * 64, 123_456, 1_234_567, 12_345, 123_456, 123_450)
    return ArmReport(arm, wilson(arm.helpful, arm.rated))


KINDS = ("adversarial", "chit-chat", "fact", "follow-up", "handoff", "out-of-scope")
REPORTS = {
    "experiment": (
        report_table([counts("finetuned"), counts("prompt-tuned"), counts("prompted")]),
        ["visitors", "answers", "failed", "rated", "helpful", "prompt-tuned", "1234567", "123450"],
    ),
    "likelihood": (
        likelihood.table(
            [
                likelihood.Likelihood(name, 1_234_567, 12.345, dict.fromkeys(KINDS, 12.345))
                for name in ("base", "prompt-tuned", "finetuned", "candidate")
            ]
        ),
        [*KINDS, "prompt-tuned", "perplexity", "1234567"],
    ),
    "retrieval": (
        retrieval.table(
            "test.jsonl, 123 questions",
            [retrieval.Retrieval("embeddings", 123, dict.fromkeys((1, 3, 5), 0.123), 0.123, {3: 0.1, 5: 0.1})],
        ),
        ["embeddings", "hit@1", "hit@5", "MRR", "facts in 3", "facts in 5"],
    ),
}


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_fits_80_columns_without_a_cut_word(name: str) -> None:
    table, words = REPORTS[name]
    text = shown(table)
    assert max(map(len, text.splitlines())) <= 80
    for word in words:
        assert word in text
    assert "…" not in text


def test_the_doctor_speaks_json_and_cuts_no_path(tmp_path: Path) -> None:
    home = tmp_path / ("a-long-name-" * 8)
    environment = {"TRILANE_HOME": str(home), "COLUMNS": "80"}
    text = CliRunner().invoke(cli, ["doctor"], env=environment).stdout
    assert str(home) in text
    findings = json.loads(CliRunner().invoke(cli, ["doctor", "--json"], env=environment).stdout)
    assert {"python", "base", "database", "disk"} <= {finding["part"] for finding in findings}
    assert all(set(finding) == {"part", "ok", "facts", "fatal"} for finding in findings)
