"""What an experiment says so far, read from the store."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich import box
from rich.table import Table

from bot.experiments.statistics import Rate, wilson
from bot.store.protocol import Archive
from bot.store.values import ArmCounts


@dataclass(frozen=True, slots=True)
class ArmReport:
    """One arm; `rate` is helpful / rated, None while nothing is rated."""

    counts: ArmCounts
    rate: Rate | None


def experiment_report(archive: Archive, experiment: str) -> list[ArmReport]:
    """Count what the experiment chose; a visitor's own choice of backend is left out."""
    return [
        ArmReport(arm, wilson(arm.helpful, arm.rated) if arm.rated else None) for arm in archive.arms(experiment)
    ]


def answered_from(counts: ArmCounts) -> str:
    """The release, or the artefact alone for rows that are older than releases."""
    if counts.release_sha256 is None:
        return f"artefact {counts.artefact_sha256[:8]}"
    return f"release {counts.release_sha256[:8]}"


def report_row(arm: ArmReport) -> dict[str, Any]:
    """An arm for `--json`."""
    return asdict(arm.counts) | {"rate": asdict(arm.rate) if arm.rate else None}


def report_table(arms: Sequence[ArmReport]) -> Table:
    """The report for a terminal of 80 columns."""
    table = Table(title="Helpful answers by arm", box=box.SIMPLE_HEAD, padding=0)
    table.add_column("arm", no_wrap=True)
    for name in ("visitors", "answers", "failed", "rated", "helpful"):
        table.add_column(name, justify="right")
    table.add_column("rate, 95 % interval", justify="right", no_wrap=True)
    for arm in arms:
        rate, counts = arm.rate, arm.counts
        numbers = (counts.visitors, counts.answers, counts.failed, counts.rated, counts.helpful)
        table.add_row(
            f"{counts.backend}\n{answered_from(counts)}",
            *(str(number) for number in numbers),
            f"{rate.value:.0%} ({rate.low:.0%} to {rate.high:.0%})" if rate else "no ratings yet",
        )
    return table
