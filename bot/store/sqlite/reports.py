"""Counts for reports."""

from sqlite_utils import Database

from bot.store.values import ArmCounts

ARMS = """
SELECT backend, artefact_sha256, release_sha256, SUM(visitors) AS visitors, SUM(answers) AS answers,
       SUM(failed) AS failed, SUM(rated) AS rated, SUM(helpful) AS helpful
FROM (
    SELECT runs.backend, runs.artefact_sha256, runs.release_sha256,
           COUNT(DISTINCT conversations.visitor_id) AS visitors,
           SUM(finish_reason NOT IN ('error', 'cancelled')) AS answers,
           SUM(finish_reason = 'error') AS failed,
           SUM(finish_reason NOT IN ('error', 'cancelled') AND rating IS NOT NULL) AS rated,
           SUM(finish_reason NOT IN ('error', 'cancelled') AND rating IS 'up') AS helpful
    FROM runs
    JOIN conversations ON conversations.id = runs.conversation_id
    LEFT JOIN feedback ON feedback.turn_id = runs.message_id
    WHERE arm_source = 'experiment' AND experiment = :experiment AND state = 'finished'
    GROUP BY runs.backend, runs.artefact_sha256, runs.release_sha256
    UNION ALL
    SELECT backend, artefact_sha256, release_sha256, visitors, answers, failed, rated, helpful FROM erased_units
    WHERE arm_source = 'experiment' AND experiment = :experiment
)
GROUP BY backend, artefact_sha256, release_sha256
ORDER BY backend, artefact_sha256, release_sha256
"""


def arms(db: Database, experiment: str) -> list[ArmCounts]:
    """The experiment's arms; those of erased visitors are counted from what remains of them."""
    return [ArmCounts(**row) for row in db.query(ARMS, {"experiment": experiment})]
