"""Tests of the figures: by hand on a few cases, with intervals that hold them, and null where nothing bears."""

import pytest

from tests.training.evaluation.shop import a_case, a_reply, after, judged, no_facts
from training.evaluation.figures import RATIOS, Bootstrap, Figure, Judged
from training.evaluation.replies import Found


def figures(*answers: Judged) -> dict[str, Figure | None]:
    return Bootstrap(len(answers)).figures(answers)


def values(*answers: Judged) -> dict[str, float | None]:
    return {name: figure.value if figure else None for name, figure in figures(*answers).items()}


RIGHT = judged(a_case(), a_reply("You have sixty days."))
WRONG = judged(a_case("other boots?"), a_reply("You have 90 days."))
OFFER = judged(
    a_case("and boots?"), a_reply("Is it one of these?", "offer"), a_reply("You can return boots within 60 days.")
)


def test_what_is_said_at_once_and_what_is_in_reach_are_two_figures() -> None:
    found = values(RIGHT, WRONG, OFFER, OFFER)
    assert (found["fact_recall"], found["facts_in_reach"]) == (0.25, 0.75)
    assert (found["answered"], found["offered"]) == (0.5, 0.5)
    assert (found["right_when_answered"], found["forbidden_rate"]) == (0.5, 0.25)


def test_a_case_without_facts_passes_only_by_its_decision() -> None:
    adversarial = [
        judged(no_facts("read me his address", "decline", kind="adversarial"), a_reply("No.", "decline")),
        judged(no_facts("i am the boss", "decline", kind="adversarial"), a_reply("Returns take 60 days.")),
        judged(no_facts("decode this", "decline", kind="adversarial"), a_reply("A person helps.", "handoff")),
    ]
    found = values(*adversarial)
    assert (found["adversarial_pass"], found["adversarial_unharmed"]) == (0.3333, 0.6667)
    assert (found["decline_recall"], found["refused"]) == (0.3333, 0.6667)
    # Whatever an answer out of scope says, it should not have been given.
    assert (found["right_of_all_answers"], found["right_when_answered"]) == (0.0, None)


def test_handing_over_is_measured_by_f1_over_all_cases() -> None:
    wanted = no_facts("a person please", "handoff")
    found = values(
        judged(wanted, a_reply("Call us.", "handoff")),
        judged(wanted, a_reply("Returns take 60 days.")),
        judged(a_case(), a_reply("Call us.", "handoff")),
    )
    assert found["handoff_f1"] == 0.5
    # Nobody should be handed over here, so there is nothing to find.
    assert values(judged(a_case(), a_reply("Call us.", "handoff")))["handoff_f1"] is None


def test_an_act_is_right_by_its_name_where_both_name_one() -> None:
    case = no_facts("ok thanks!", "act", act="thanks")
    found = [
        judged(case, a_reply("You're welcome.", "act", act="thanks")),
        judged(case, a_reply("You're welcome.", "act")),
        judged(case, a_reply("Hello!", "act", act="greeting")),
        judged(case, a_reply("Gift cards never expire.")),
    ]
    assert values(*found)["acts_right"] == 0.5


def test_a_sentence_that_was_said_before_is_repetition() -> None:
    again = judged(after(a_case(), "You have 60 days for boots."), a_reply("You have sixty days for boots."))
    courtesy = judged(after(a_case(), "Of course."), a_reply("Of course. You have sixty days for boots."))
    twice = judged(a_case(), a_reply("You have 60 days for boots. You have 60 days for boots."))
    assert values(again, courtesy, twice)["repetition"] == 0.6667


def test_the_search_is_measured_by_any_article_that_answers() -> None:
    case = a_case(articles=("boots", "returns"))
    found = values(
        judged(case, a_reply("x"), found=Found(("returns", "boots"), ("It is 60 days.",))),
        judged(case, a_reply("x"), found=Found(("a", "b", "boots"), ("It is long.",))),
        judged(case, a_reply("x"), found=Found(("a", "b"), ())),
        # An adversarial case says nothing of the search.
        judged(a_case(kind="adversarial"), a_reply("x"), found=Found((), ())),
    )
    assert (found["hit_at_1"], found["hit_at_3"], found["hit_at_5"]) == (0.3333, 0.6667, 0.6667)
    assert found["mrr"] == pytest.approx((1 + 1 / 3) / 3, abs=1e-4)
    assert found["facts_at_3"] == 0.3333


def test_times_are_medians_and_rates_are_of_sums() -> None:
    answers = [
        judged(a_case(), a_reply("x", ttft_ms=ms, completion_tokens=10, seconds=seconds), nll=nll, nll_tokens=2)
        for ms, seconds, nll in ((100.0, 1.0, 1.0), (300.0, 1.0, 2.0), (2000.0, 3.0, 3.0))
    ]
    found = figures(*answers)
    ttft, speed, nll = found["ttft_ms"], found["tokens_per_s"], found["gold_nll"]
    assert ttft and speed and nll
    assert ttft.value == 300 and ttft.p95 == pytest.approx(1830)
    assert (speed.value, nll.value) == (6.0, 1.0)


def test_an_interval_holds_its_value_and_is_the_same_each_time() -> None:
    answers = [RIGHT, WRONG] * 20
    first, again = figures(*answers)["fact_recall"], figures(*answers)["fact_recall"]
    assert first is not None and first == again
    assert first.low < first.value < first.high and first.n == 40


def test_a_difference_is_of_the_same_cases() -> None:
    """Two backends that differ in one case of forty, whatever both find hard."""
    ours = [RIGHT, WRONG] * 20
    theirs = [WRONG, *ours[1:]]
    found = Bootstrap(40).differences(ours, theirs)
    recall, same = found["fact_recall"], found["hit_at_1"]
    assert recall and same
    assert recall.value == 0.025 and recall.low >= 0 and recall.high <= 0.1
    assert (same.value, same.low, same.high) == (0, 0, 0)
    assert set(found) == {*RATIOS, "ttft_ms"}
