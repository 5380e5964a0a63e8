"""Tests of asking: the right choice is picked, and a stopped run goes on with what it has."""

from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

import pytest
from rich.console import Console

from bot.answer import Choice, Decision, Delta, Finished, Piece
from bot.answering.scripted import Scripted
from bot.dialogue import Dialogue
from bot.errors import EngineFailed
from bot.progress import Progress
from tests.training.evaluation.shop import FOUND, a_case
from training.evaluation.replies import Answered, Found, Kept, answer, answer_all

CHOICES = (Choice("1", "Lost parcels", "parcels"), Choice("2", "Returning boots", "returns"))


class OffersOnce(Scripted):
    """Offers choices for a first message, and answers the second."""

    async def answer(self, dialogue: Dialogue) -> AsyncGenerator[Piece, None]:
        """See Backend.answer."""
        self.asked.append(dialogue)
        picked = len(dialogue.turns) > 1
        yield Delta("Within 60 days." if picked else "Is it one of these?")
        decision: Decision = "answer" if picked else "offer"
        yield Finished("stop", decision=decision, choices=() if picked else CHOICES)


def quiet() -> Progress:
    return Progress(Console(quiet=True))


async def test_the_choice_of_an_article_that_answers_is_picked_as_a_customer_would() -> None:
    backend = OffersOnce("prompted", [])
    answered = await answer(backend, a_case())
    assert answered.picked == CHOICES[1] and answered.after is not None
    assert (answered.reply.decision, answered.after.text) == ("offer", "Within 60 days.")
    roles = [(turn.role, turn.text) for turn in backend.asked[1].turns]
    assert roles == [
        ("user", "boots back?"),
        ("assistant", "Is it one of these?"),
        ("user", "Returning boots"),
    ]
    # As a conversation is kept: without its choices a label would be a question like any other.
    assert (backend.asked[1].turns[1].decision, backend.asked[1].turns[1].choices) == ("offer", CHOICES)


async def test_of_things_in_one_article_the_one_that_the_answer_is_about_is_picked() -> None:
    things = (Choice("1", "Sandals", "returns"), Choice("2", "Boots", "returns"))
    asks = Scripted("prompted", ["Which one is it?"], decision="ask", choices=things)
    answered = await answer(asks, a_case(sentences=("| Boots | 60 days |",)))
    assert answered.picked == things[1]
    assert (await answer(asks, a_case(sentences=("You have 60 days.",)))).picked is None


@pytest.mark.parametrize("choices", [(), CHOICES[:1]])
async def test_without_the_right_choice_nothing_is_picked(choices: Sequence[Choice]) -> None:
    backend = Scripted("prompted", ["Is it one of these?"], decision="offer", choices=tuple(choices))
    answered = await answer(backend, a_case())
    assert answered.after is None and len(backend.asked) == 1


async def test_a_stopped_run_asks_only_what_is_missing(tmp_path: Path) -> None:
    cases = [a_case("one"), a_case("two")]
    file = tmp_path / "work" / "answers.jsonl"
    first = Scripted("prompted", ["Within 60 days."])
    breaks = Scripted("finetuned", ["Hm."], failure=EngineFailed("out of memory"))
    with quiet() as progress, pytest.raises(EngineFailed):
        await answer_all({"prompted": first, "finetuned": breaks}, cases, Kept(file), "run", progress)
    # A process that is killed while it writes leaves half a line.
    file.write_text(file.read_text(encoding="utf-8") + '{"run": "run prom', encoding="utf-8")
    second = Scripted("prompted", ["Within 60 days."])
    mended = Scripted("finetuned", ["Hm."])
    with quiet() as progress:
        both = {"prompted": second, "finetuned": mended}
        answers = await answer_all(both, cases, Kept(file), "run", progress)
    assert [len(second.asked), len(mended.asked)] == [1, 2]
    assert [one.reply.text for one in answers["prompted"]] == ["Within 60 days."] * 2


@pytest.mark.parametrize("run", ["another release", "run"])
def test_what_was_answered_by_others_or_to_another_case_does_not_count(tmp_path: Path, run: str) -> None:
    kept = Kept(tmp_path / "answers.jsonl")
    kept.add("run", a_case(), FOUND)
    again = Kept(tmp_path / "answers.jsonl")
    other = a_case() if run != "run" else a_case(articles=("boots",))
    assert again.get("run", a_case(), Found) == FOUND
    assert again.get(run, other, Found) is None
    # A line of another version has another form.
    assert again.get("run", a_case(), Answered) is None
    again.done()
    assert not (tmp_path / "answers.jsonl").exists()
