"""The artefacts of the first product still open and answer, as they decided then: without a re-ranker."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.answer import Delta, Finished
from bot.assembly import Assembled, assemble
from bot.backends import BACKENDS
from bot.dialogue import user_says
from bot.settings import load_settings

ROOT = Path(__file__).parents[3]
ARTEFACTS = ROOT / "tests" / "kept" / "fd0808f" / "artefacts"


@pytest.fixture(scope="module")
def assembled() -> Iterator[Assembled]:
    opened = assemble(
        load_settings(
            {},
            home=ROOT / "var",
            finetuned=ARTEFACTS / "finetuned",
            prompt_tuned=ARTEFACTS / "prompt-tuned",
            prompted=ARTEFACTS / "prompted",
        )
    )
    yield opened
    opened.engine.close()


async def answered(assembled: Assembled, backend: str, question: str) -> tuple[str, Finished]:
    text, end = "", Finished("error")
    async for piece in assembled.backends[backend].answer(user_says(question)):
        if isinstance(piece, Delta):
            text += piece.text
        else:
            end = piece
    return text, end


@pytest.mark.parametrize("backend", BACKENDS)
async def test_an_artefact_of_the_first_product_answers(assembled: Assembled, backend: str) -> None:
    text, end = await answered(assembled, backend, "How long do I have to return a tent?")
    assert "30 days from delivery to return a tent" in text
    assert [source.article for source in end.sources] == ["returns"] and end.decision == "answer"


async def test_it_hands_over_what_the_help_centre_is_not_about(assembled: Assembled) -> None:
    assert assembled.steps.reranker is None
    text, end = await answered(assembled, "prompted", "Who won the world cup in 1998?")
    assert (end.finish_reason, end.decision, end.sources) == ("handoff", "handoff", ())
    assert "rather not guess" in text
