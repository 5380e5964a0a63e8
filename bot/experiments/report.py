"""What an experiment says so far, read from the store."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

from bot.experiments.statistics import Rate, wilson
from bot.store.sqlite.migrations import reading

COUNTS = """
SELECT runs.backend, runs.artefact_sha256,
       COUNT(DISTINCT conversations.visitor_id) AS visitors,
       SUM(runs.finish_reason NOT IN ('error', 'cancelled')) AS answers,
       SUM(runs.finish_reason = 'error') AS failed,
       SUM(runs.finish_reason NOT IN ('error', 'cancelled') AND feedback.rating IS NOT NULL) AS rated,
       SUM(runs.finish_reason NOT IN ('error', 'cancelled') AND feedback.rating IS 'up') AS helpful
FROM runs
JOIN conversations ON conversations.id = runs.conversation_id
LEFT JOIN feedback ON feedback.turn_id = runs.message_id
WHERE runs.arm_source = 'experiment' AND runs.experiment = ? AND runs.state = 'finished'
GROUP BY runs.backend, runs.artefact_sha256
ORDER BY runs.backend, runs.artefact_sha256
"""


@dataclass(frozen=True, slots=True)
class ArmReport:
    """One arm, a backend with its artefact; `rate` is helpful / rated, None while nothing is rated."""

    backend: str
    artefact_sha256: str
    visitors: int
    answers: int
    failed: int
    rated: int
    helpful: int
    rate: Rate | None


def experiment_report(path: Path, experiment: str) -> list[ArmReport]:
    """Count finished runs whose arm the experiment chose; a visitor's own choice of backend is left out.

    An answer is a run that ended by itself: it neither failed nor was stopped. Raises StoreUnusable.
    """
    with reading(path) as db:
        rows = list(db.query(COUNTS, [experiment]))
    return [ArmReport(**row, rate=wilson(row["helpful"], row["rated"]) if row["rated"] else None) for row in rows]


def report_table(arms: Sequence[ArmReport]) -> Table:
    """The report for a terminal."""
    table = Table(title="Helpful answers by arm")
    table.add_column("backend")
    table.add_column("artefact")
    for name in ("visitors", "answers", "failed", "rated", "helpful"):
        table.add_column(name, justify="right")
    table.add_column("rate (95 % interval)", justify="right")
    for arm in arms:
        rate = arm.rate
        counts = (arm.visitors, arm.answers, arm.failed, arm.rated, arm.helpful)
        table.add_row(
            arm.backend,
            arm.artefact_sha256[:8],
            *(str(count) for count in counts),
            f"{rate.value:.0%} ({rate.low:.0%} to {rate.high:.0%})" if rate else "no ratings yet",
        )
    return table
