"""Assignment, intervals and the report."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from bot.cli import cli
from bot.experiments.assignment import Arm, Experiment, unit_interval
from bot.experiments.report import experiment_report, report_table
from bot.experiments.statistics import wilson
from bot.store.sqlite.archive import open_archive
from bot.store.sqlite.store import SqliteStore
from bot.store.values import NewRun, Outcome, Rating

THUMBS: tuple[Rating | None, ...] = ("up", "down", None)


@given(st.text())
def test_a_text_has_one_point_in_the_unit_interval(text: str) -> None:
    text = text.encode("utf-8", "replace").decode("utf-8")
    assert 0 <= unit_interval(text) < 1
    assert unit_interval(text) == unit_interval(text)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 10), min_size=1, max_size=4), st.integers(0, 10**9))
def test_arms_get_their_shares_of_the_visitors(weights: list[int], salt: int) -> None:
    arms = tuple(Arm(f"arm-{place}", weight / sum(weights)) for place, weight in enumerate(weights))
    experiment = Experiment(f"experiment-{salt}", arms)
    visitors = 4000
    got = [experiment.arm_for(f"visitor-{number}") for number in range(visitors)]
    for arm in arms:
        deviation = (arm.share * (1 - arm.share) / visitors) ** 0.5
        assert abs(got.count(arm) / visitors - arm.share) <= 6 * deviation


def test_equal_shares_do_not_depend_on_the_order_of_backends() -> None:
    one = Experiment.equal("first", ["prompted", "finetuned", "prompt-tuned"])
    assert one == Experiment.equal("first", ["finetuned", "prompt-tuned", "prompted"])
    assert {arm.share for arm in one.arms} == {1 / 3}


@pytest.mark.parametrize("shares", [(), (0.5,), (0.5, 0.6), (1.0, 0.0), (1.5, -0.5)])
def test_shares_that_do_not_add_up_are_refused(shares: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="add up to 1"):
        Experiment("first", tuple(Arm(str(place), share) for place, share in enumerate(shares)))


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"), [(8, 10, 0.490, 0.943), (0, 10, 0.0, 0.278), (81, 263, 0.255, 0.366)]
)
def test_wilson_gives_the_published_interval(successes: int, n: int, low: float, high: float) -> None:
    rate = wilson(successes, n)
    assert (rate.value, rate.n) == (successes / n, n)
    assert (rate.low, rate.high) == pytest.approx((low, high), abs=0.0006)


def test_no_trials_have_no_rate() -> None:
    with pytest.raises(ValueError, match="at least one"):
        wilson(0, 0)


async def test_the_report_counts_only_what_the_experiment_chose(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path / "chat.db")
    fine = NewRun("", "", "finetuned", "sha-f", "experiment", "first")
    plain = NewRun("", "", "prompted", "sha-p", "experiment", "first")
    chosen = NewRun("", "", "prompted", "sha-p", "chosen", None)
    other = NewRun("", "", "prompted", "sha-p", "experiment", "second")
    said = Outcome("Yes.", "stop", (), 1, 1, 1, 2)
    failed = replace(said, finish_reason="error")
    exchanges: list[tuple[str, NewRun, Outcome, Rating | None]] = [
        ("ann", fine, said, "up"),
        ("ann", fine, said, "up"),
        *[("bob", fine, said, rating) for rating in THUMBS],
        ("bob", fine, failed, "down"),
        ("eve", plain, said, None),
        ("ann", chosen, said, "up"),
        ("eve", other, said, "up"),
    ]
    for number, (visitor, run, outcome, rating) in enumerate(exchanges):
        conversation = await store.create_conversation(visitor, "auto")
        run = replace(run, id=f"r{number}", message_id=f"a{number}")
        await store.begin_run(conversation.id, run, "m1", "Hi", 2)
        await store.finish_run(conversation.id, run, outcome, 3)
        if rating:
            assert await store.rate(conversation.id, run.message_id, rating, [], "")
    conversation = await store.create_conversation("zoe", "auto")
    await store.begin_run(conversation.id, replace(plain, id="r", message_id="a"), "m1", "Hi", 2)
    with open_archive(tmp_path / "chat.db") as archive:
        reports = experiment_report(archive, "first")
    first, second = (report.counts for report in reports)
    await store.close()
    assert (first.backend, first.visitors, first.answers, first.failed) == ("finetuned", 2, 5, 1)
    assert (first.rated, first.helpful, reports[0].rate) == (4, 3, wilson(3, 4))
    assert (second.backend, second.visitors, second.answers, reports[1].rate) == ("prompted", 1, 1, None)
    console = Console(width=80, record=True)
    console.print(report_table(reports))
    printed = console.export_text()
    assert "75% (30% to 95%)" in printed
    assert "no ratings yet" in printed
    assert max(map(len, printed.splitlines())) <= 80


async def test_a_release_is_an_arm_and_older_rows_are_told_apart_by_their_artefact(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path / "chat.db")
    releases = [("sha-old", None), ("sha-f", "r1" * 32), ("sha-f", "r1" * 32), ("sha-f", "r2" * 32)]
    for number, (artefact, release) in enumerate(releases):
        conversation = await store.create_conversation("ann", "auto")
        run = NewRun(f"r{number}", f"a{number}", "finetuned", artefact, "experiment", "first", release)
        await store.begin_run(conversation.id, run, "m1", "Hi", 2)
        await store.finish_run(conversation.id, run, Outcome("Yes.", "stop", (), 1, 1, 1, 2), 3)
        assert await store.rate(conversation.id, run.message_id, "up", [], "")
    await store.close()
    arguments = ["experiment", "report", "--database", str(tmp_path / "chat.db")]
    arms = json.loads(CliRunner().invoke(cli, [*arguments, "--json"]).stdout)
    assert {(arm["artefact_sha256"], arm["release_sha256"], arm["answers"]) for arm in arms} == {
        ("sha-old", None, 1), ("sha-f", "r1" * 32, 2), ("sha-f", "r2" * 32, 1),
    }  # fmt: skip
    shown = CliRunner().invoke(cli, arguments).stdout
    assert max(map(len, shown.splitlines())) <= 80
    for word in ("artefact sha-old", "release r1r1r1r1", "release r2r2r2r2", "finetuned", "visitors", "100%"):
        assert word in shown


def test_two_experiments_assign_the_same_visitors_independently() -> None:
    one, two = (Experiment.equal(name, ["finetuned", "prompt-tuned", "prompted"]) for name in ("first", "second"))
    visitors = [f"visitor-{number}" for number in range(3000)]
    same = sum(one.arm_for(visitor) == two.arm_for(visitor) for visitor in visitors)
    assert 900 < same < 1100
