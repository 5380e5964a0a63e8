"""Parts and history for a terminal of 80 columns, and as plain values for `--json`."""

from collections.abc import Sequence
from typing import Any

from rich.table import Table

from bot.releases.changes import Change
from bot.releases.part import Artefact
from bot.releases.registry import Part

DIGITS = 12


def part_row(part: Part) -> dict[str, Any]:
    """A part for `--json`."""
    return {
        "slot": part.place.slot,
        "sha256": part.place.sha256,
        "origin": part.place.origin,
        "answers": part.answers,
        "kind": part.artefact.manifest.kind if part.artefact else None,
        "problem": part.problem,
        "metrics": part.artefact.manifest.metrics if part.artefact else {},
        "folder": str(part.place.folder),
    }


def part_table(parts: Sequence[Part]) -> Table:
    """Every part, and which one answers."""
    table = Table(title="Parts")
    for name in ("slot", "sha256", "kind", "origin"):
        table.add_column(name, no_wrap=True)
    table.add_column("state", overflow="fold")
    for part in parts:
        state = "[bold green]answers[/]" if part.answers else "candidate"
        row = part_row(part)
        kind = row["kind"] or "?"
        table.add_row(row["slot"], row["sha256"][:DIGITS], kind, row["origin"], _state(state, part.problem))
    return table


def change_table(changes: Sequence[Change]) -> Table:
    """Every change, oldest first."""
    table = Table(title="History")
    table.add_column("no", justify="right", no_wrap=True)
    for name in ("when (UTC)", "what", "slot", "sha256"):
        table.add_column(name, no_wrap=True)
    table.add_column("why", overflow="fold")
    for change in changes:
        when = change.when[:16].replace("T", " ")
        table.add_row(
            str(change.number), when, change.what, change.slot or "", (change.sha256 or "")[:DIGITS], change.why
        )
    return table


def registered(part: Artefact, chosen: bool) -> str:
    """What a command says of a part that it registered."""
    what = f"Registered as {part.sha256[:DIGITS]} in slot {part.manifest.slot}"
    if chosen:
        return f"{what}; it answers from the next start on, as no other part there could."
    if part.manifest.failed:
        return f"{what}, which cannot be promoted: its training failed: {part.manifest.failed}."
    return f"{what}, a candidate: `trilane release promote {part.sha256[:DIGITS]}` lets it answer."


def _state(state: str, problem: str | None) -> str:
    return f"{state}; [red]cannot answer[/]: {problem}" if problem else state
