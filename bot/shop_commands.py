"""`trilane init` and `trilane check`: a shop's folder, begun and looked through."""

import json
import sys
from pathlib import Path
from typing import Any

import click

from bot.errors import Problem
from bot.settings import load_settings


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
def init(folder: Path) -> None:
    """Write a shop's FOLDER to begin with: profile, two articles, cases, transcripts, a README."""
    from bot.starter.init import init as write

    files = write(folder)
    for file in files:
        click.echo(str(file))
    click.echo(f"Now put your own shop into {folder}; `trilane check {folder}` says what is missing.")


@click.command()
@click.argument("folder", required=False, type=click.Path(exists=True, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with problems, notes and counts.")
def check(folder: Path | None, as_json: bool) -> None:
    """Say all that is wrong or missing in a shop's FOLDER; exit code 1 with problems.

    Without FOLDER it is the shop of TRILANE_SHOP, or the shipped one.
    """
    from bot.check.check import check_shop

    findings = check_shop(load_settings(shop=folder))
    if as_json:
        facts = {name: [_row(one) for one in getattr(findings, name)] for name in ("problems", "notes")}
        click.echo(json.dumps(facts | {"counts": findings.counts}, ensure_ascii=False))
    else:
        for problem in findings.problems:
            click.echo(str(problem))
        for note in findings.notes:
            click.echo(f"note: {note}")
        click.echo(findings.sentence())
    sys.exit(1 if findings.problems else 0)


def _row(problem: Problem) -> dict[str, Any]:
    return {"file": str(problem.file), "line": problem.line, "reason": problem.reason}
