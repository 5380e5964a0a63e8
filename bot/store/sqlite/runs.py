"""Runs: a reply begins, is shown piece by piece, and ends as a turn, whatever becomes of the process."""

import json
from dataclasses import asdict

from sqlite_utils import Database

from bot.store.sqlite.conversations import append_turn, insert, raise_last_seq
from bot.store.values import NewRun, Outcome, now

SEQ_GAP = 1_000_000


def begin(db: Database, conversation_id: str, run: NewRun, last_seq: int) -> None:
    """A run that begins now. Raises ConversationErased."""
    raise_last_seq(db, conversation_id, last_seq)
    insert(db, "runs", asdict(run) | {"conversation_id": conversation_id, "state": "running", "started_at": now()})


def show(db: Database, run_id: str, text: str, last_seq: int) -> None:
    """The text so far of a run that is still running."""
    sql = "UPDATE runs SET shown = ? WHERE id = ? AND state = 'running' RETURNING conversation_id"
    for (conversation_id,) in db.execute(sql, [text, run_id]).fetchall():
        raise_last_seq(db, conversation_id, last_seq)


def finish(db: Database, conversation_id: str, run: NewRun, outcome: Outcome, last_seq: int) -> None:
    """End a run that is running; its reply becomes a turn."""
    ended = db.execute(
        "UPDATE runs SET state = 'finished', shown = NULL, finish_reason = ?, prompt_tokens = ?, "
        "completion_tokens = ?, ttft_ms = ?, duration_ms = ?, finished_at = ? WHERE id = ? AND state = 'running'",
        [
            outcome.finish_reason,
            outcome.prompt_tokens,
            outcome.completion_tokens,
            outcome.ttft_ms,
            outcome.duration_ms,
            now(),
            run.id,
        ],
    )
    if ended.rowcount == 0:
        return
    reply = {
        "id": run.message_id,
        "role": "assistant",
        "text": outcome.text,
        "run_id": run.id,
        "backend": run.backend,
        "artefact_sha256": run.artefact_sha256,
        "release_sha256": run.release_sha256,
        "finish_reason": outcome.finish_reason,
        "decision": outcome.decision,
        "act": outcome.act,
        "sources": json.dumps([asdict(source) for source in outcome.sources], ensure_ascii=False),
        "choices": json.dumps([asdict(choice) for choice in outcome.choices], ensure_ascii=False),
    }
    append_turn(db, conversation_id, reply)
    raise_last_seq(db, conversation_id, last_seq)


def recover(db: Database) -> None:
    """End the runs of a dead process: what they had shown stands there, and that they failed."""
    # Deltas after the last `show` were numbered but not stored: a gap keeps their numbers from being reused.
    db.execute(
        "UPDATE conversations SET last_seq = last_seq + ? "
        "WHERE id IN (SELECT conversation_id FROM runs WHERE state = 'running')",
        [SEQ_GAP],
    )
    dead = (
        "SELECT id AS run_id, conversation_id, message_id AS id, COALESCE(shown, '') AS text, backend, "
        "artefact_sha256, release_sha256 FROM runs WHERE state = 'running' ORDER BY started_at, rowid"
    )
    for run in list(db.query(dead)):
        append_turn(db, run.pop("conversation_id"), run | {"role": "assistant", "finish_reason": "error"})
    db.execute(
        "UPDATE runs SET state = 'finished', shown = NULL, finish_reason = 'error', finished_at = ? "
        "WHERE state = 'running'",
        [now()],
    )
