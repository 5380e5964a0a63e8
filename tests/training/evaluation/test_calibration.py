"""Tests of the decision's numbers: what separates is weighted, and the bounds keep what they promise."""

import random
from dataclasses import replace
from pathlib import Path

import pytest

from bot.answer import Decision
from bot.answering.decide import probability
from bot.prompting.deciding import Feature
from bot.prompting.template import read_prompt
from bot.shop.profile import read_shop
from training.errors import DatasetEmpty
from training.evaluation.calibration import Goals, Observed, calibrate
from training.evaluation.numbers import lines, write

DATA = Path(__file__).parents[3] / "data"


def cases(shops: int = 3, each: int = 120) -> list[Observed]:
    """Right where the margin is wide, in reach where it is not negative, foreign where nothing is near."""
    chance = random.Random(1)
    found = []
    for shop in range(shops):
        for _ in range(each):
            expect: Decision = chance.choice(["answer", "answer", "answer", "handoff", "decline"])
            margin = chance.gauss(1.0 if expect == "answer" else -1.0, 1.0)
            cosine = chance.gauss(0.2 if expect == "decline" else 0.7, 0.1)
            values: dict[Feature, float] = {"margin": margin, "cosine": cosine, "words": chance.random()}
            asked = expect == "answer"
            right = asked and margin + chance.gauss(0, 0.4) > 1.0
            found.append(Observed(f"shop {shop}", expect, values, right, asked and margin > 0.0))
    return found


def test_what_separates_is_weighted_and_the_bounds_keep_what_they_promise() -> None:
    numbers, expected = calibrate(cases(), Goals(right=0.8, offered=0.3))
    assert numbers.right.weights["margin"] > 3 * abs(numbers.right.weights["words"])
    assert numbers.foreign.weights["cosine"] < 0
    assert expected.right >= 0.8 and expected.answered >= 0.3
    assert expected.offered <= 0.3
    assert expected.declined >= 0.9 and expected.declined_wrongly <= 0.05
    assert expected.in_reach > expected.answered
    assert probability(numbers.right, {"margin": 3.0, "cosine": 0.7}) > numbers.answer
    assert probability(numbers.right, {"margin": -2.0, "cosine": 0.7}) < numbers.answer


def test_what_no_article_answers_is_handed_over_and_the_rest_asked_for() -> None:
    numbers, expected = calibrate(cases(), Goals(right=0.8, offered=0.3))
    assert numbers.beyond and numbers.beyond.weights["margin"] < 0
    assert expected.handed_over >= 0.5
    assert expected.handed_over_wrongly < 1 - expected.answered - expected.offered


@pytest.mark.parametrize(
    ("decision", "figure"), [("handoff", "handed_over_wrongly"), ("decline", "declined_wrongly")]
)
def test_a_reply_that_waits_takes_the_place_of_an_offer_and_not_of_an_answer(
    decision: Decision, figure: str
) -> None:
    observed = cases()
    waiting = [
        replace(one, waiting=decision if one.reach and number % 9 == 0 else None)
        for number, one in enumerate(observed)
    ]
    goals = Goals(right=0.8, offered=0.3, declined=0.2)
    (_, before), (_, after) = calibrate(observed, goals), calibrate(waiting, goals)
    assert after.answered == before.answered > 0
    assert getattr(after, figure) > 0
    # What hands over takes the place of an offer; what declines only of a question back.
    assert (after.in_reach < before.in_reach) == (decision == "handoff")


def test_a_stricter_goal_answers_less() -> None:
    loose, strict = (calibrate(cases(), Goals(right=right))[1] for right in (0.6, 0.9))
    assert strict.answered < loose.answered and strict.right > loose.right


def test_cases_that_are_all_alike_are_refused() -> None:
    alike = [one for one in cases() if one.expect == "answer"]
    with pytest.raises(DatasetEmpty, match="all cases are alike in 'foreign'"):
        calibrate(alike, Goals())


def test_the_numbers_go_into_a_prompt_and_its_texts_stay(tmp_path: Path) -> None:
    numbers, _ = calibrate(cases(), Goals())
    file = tmp_path / "prompt.toml"
    text = (DATA / "prompts" / "support.toml").read_text(encoding="utf-8")
    file.write_text(text, encoding="utf-8")
    shop = read_shop(DATA)
    before = read_prompt(file, shop)
    for table in ("stock", "reranked"):
        write(file, table, numbers)
    after = read_prompt(file, shop)
    assert before.decide and after.decide
    assert after.decide.reranked == after.decide.stock == numbers
    assert after.replies == before.replies and after.decide.offer_text == before.decide.offer_text
    once = file.read_text(encoding="utf-8")
    write(file, "reranked", numbers)
    assert file.read_text(encoding="utf-8").split() == once.split()
    # Comments above and below stand where they stood.
    assert [line for line in text.splitlines() if line.startswith("# ")] == [
        line for line in once.splitlines() if line.startswith("# ")
    ]
    assert "\n".join(lines("stock", numbers)) in once
