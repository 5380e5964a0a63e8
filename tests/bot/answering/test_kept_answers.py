"""The answers of commit fd0808f, to the letter; in float32, which machines compute nearly alike."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.answer import Delta, Finished
from bot.assembly import Assembled, assemble
from bot.dialogue import Dialogue, Turn
from bot.settings import load_settings

ROOT = Path(__file__).parents[3]
KEPT = json.loads((ROOT / "tests" / "kept" / "fd0808f" / "answers.json").read_text(encoding="utf-8"))
# Every fourth; all of them take two minutes.
ROWS = KEPT[::4]


@pytest.fixture(scope="module")
def assembled() -> Iterator[Assembled]:
    opened = assemble(load_settings({}, home=ROOT / "var", dtype="float32"))
    yield opened
    opened.engine.close()


async def answered(assembled: Assembled, row: dict[str, Any]) -> dict[str, Any]:
    """A row's answer, as it was kept."""
    dialogue = Dialogue(tuple(Turn(role, text) for role, text in row["turns"]))
    deltas, end = [], Finished("error")
    async for piece in assembled.backends[row["backend"]].answer(dialogue):
        if isinstance(piece, Delta):
            deltas.append(piece.text)
        else:
            end = piece
    return {
        "deltas": deltas,
        "finish_reason": end.finish_reason,
        "sources": [[source.article, source.heading] for source in end.sources],
        "prompt_tokens": end.prompt_tokens,
        "completion_tokens": end.completion_tokens,
    }


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['backend']}: {row['turns'][-1][1][:40]}")
async def test_an_answer_of_the_first_product_is_the_same_to_the_letter(
    assembled: Assembled, row: dict[str, Any]
) -> None:
    assert await answered(assembled, row) == row["answer"]
