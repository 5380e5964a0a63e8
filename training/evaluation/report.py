"""An evaluation as one value: for JSON, for the terminal, and for the page."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from itertools import combinations
from pathlib import Path
from typing import Any

from rich.table import Table

from bot.dialogue import Dialogue
from bot.schemas import Case
from training.evaluation.figures import (
    CONFIDENCE,
    RATIOS,
    RESAMPLES,
    SEED,
    TTFT,
    Bootstrap,
    Figure,
    Judged,
)
from training.evaluation.machine import machine
from training.evaluation.running import Run
from training.evaluation.sameness import sameness

FORMAT = 1


def report(shop: str, files: Sequence[Path], cases: Sequence[Case], runs: Sequence[Run]) -> dict[str, Any]:
    """All of it; figures, differences and sameness by the label of a run or of a pair of runs."""
    bootstrap = Bootstrap(len(cases))
    pairs = list(combinations(runs, 2))
    return {
        "format": FORMAT,
        "shop": shop,
        "machine": machine(),
        "bootstrap": {"by": "case", "resamples": RESAMPLES, "seed": SEED, "confidence": CONFIDENCE},
        "cases": {
            "files": [file.name for file in files],
            "count": len(cases),
            "by_kind": dict(Counter(case.kind for case in cases)),
            "by_expect": dict(Counter(case.expect for case in cases)),
        },
        "artefacts": {run.label: _artefact(run, bootstrap) for run in runs},
        "differences": {
            f"{a.label} - {b.label}": _figures(bootstrap.differences(a.judged, b.judged)) for a, b in pairs
        },
        "identical": {f"{a.label} = {b.label}": asdict(sameness(a.judged, b.judged)) for a, b in pairs},
        "answers": [_row(case, runs, place) for place, case in enumerate(cases)],
    }


def _artefact(run: Run, bootstrap: Bootstrap) -> dict[str, Any]:
    decisions = Counter(str(judged.answered.reply.decision) for judged in run.judged)
    return {
        "backend": run.backend,
        "release": run.release_sha256,
        "artefact": run.artefact_sha256,
        "decisions": dict(decisions),
        **_figures(bootstrap.figures(run.judged)),
    }


def _figures(figures: dict[str, Figure | None]) -> dict[str, Any]:
    return {name: _figure(figure) if figure else None for name, figure in figures.items()}


def _figure(figure: Figure) -> dict[str, Any]:
    return {name: value for name, value in asdict(figure).items() if value is not None}


def _row(case: Case, runs: Sequence[Run], place: int) -> dict[str, Any]:
    judged: list[tuple[str, Judged]] = [(run.label, run.judged[place]) for run in runs]
    return {
        "id": case.id,
        "kind": case.kind,
        "expect": case.expect,
        "act": case.act,
        "messages": _messages(case.dialogue),
        "reference": case.reference,
        "must_include": case.must_include,
        "must_not_include": case.must_not_include,
        "articles": case.articles,
        "found": list(judged[0][1].found.articles[:5]) if judged else [],
        "replies": {
            label: {
                **asdict(one.answered.reply),
                "picked": asdict(one.answered.picked) if one.answered.picked else None,
                "after": asdict(one.answered.after) if one.answered.after else None,
                "marks": asdict(one.marks),
            }
            for label, one in judged
        },
    }


def _messages(dialogue: Dialogue) -> list[dict[str, str]]:
    return [{"role": turn.role, "content": turn.text} for turn in dialogue.turns]


def summary(found: dict[str, Any]) -> Table:
    """One row a figure, one column a run, each with its interval."""
    count = found["cases"]["count"]
    title = f"{found['shop']}: {count} case{'' if count == 1 else 's'}"
    shown = Table(title=title, caption="with 95 % intervals, by case")
    shown.add_column("", no_wrap=True)
    for label in found["artefacts"]:
        shown.add_column(label, justify="right")
    for name in (*RATIOS, TTFT):
        shown.add_row(name, *(_cell(name, artefact[name]) for artefact in found["artefacts"].values()))
    return shown


def sentences(found: dict[str, Any]) -> list[str]:
    """What the table does not hold: where backends say the same, and what it ran on."""
    said = [
        f"{pair}: of {same['answers']} that both answered, {same['as_said']:.0%} are the same, "
        f"{same['claims_only']:.0%} after what claims nothing is taken out."
        for pair, same in found["identical"].items()
        if same["answers"]
    ]
    return [*said, f"{found['machine']['model']}: {found['machine']['flags']}"]


def _cell(name: str, figure: dict[str, Any] | None) -> str:
    if figure is None:
        return "-"
    digits = 0 if name == TTFT else 1 if name == "tokens_per_s" else 2
    value, low, high = (f"{figure[part]:.{digits}f}" for part in ("value", "low", "high"))
    return f"{value} [dim]{low}-{high}[/]"
