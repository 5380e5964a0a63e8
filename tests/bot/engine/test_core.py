"""Tests of the engine without its thread: whatever comes, goes and fails, nothing is lost."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bot.dialogue import Turn, user_says
from bot.engine.local.core import Answer, Core, Job, Last
from bot.engine.local.peft_files import read_lora, read_soft_prompt
from bot.engine.local.render import Renderer
from bot.engine.local.runner import Runner
from bot.engine.local.scheduler import Scheduler
from bot.engine.local.work import judge, weigh, write
from bot.engine.protocol import Generation, Judgements, Judging, Prompt, Sampling, Scores, Scoring, Text
from bot.errors import EngineFailed
from bot.models.base import LoadedBase, load_base
from bot.settings import load_settings
from tests.tools.tiny_adapters import write_tiny_lora, write_tiny_soft_prompt

SYSTEM = "You are the support assistant."
QUESTIONS = ("Where is my parcel?", "Where is my parcel now, and when do you send it?", "Is a return free?")
ADAPTERS = (None, "lora", "soft")


class World:
    """A base with its adapters' weights, and what it says when it is asked one thing alone."""

    def __init__(self, tiny_folder: Path, tmp_path: Path) -> None:
        self.base: LoadedBase = load_base(
            load_settings({}, base_model=str(tiny_folder), device="cpu", dtype="float32")
        )
        self.renderer = Renderer(self.base)
        self.weights: dict[str, Any] = {
            "lora": read_lora(write_tiny_lora(tmp_path / "lora", tiny_folder), self.base.model),
            "soft": read_soft_prompt(write_tiny_soft_prompt(tmp_path / "soft", tiny_folder), self.base.model),
        }
        self._alone: dict[object, list[Answer]] = {}

    def core(self, cache_bytes: int) -> tuple[Core, Scheduler[Any]]:
        line: Scheduler[Any] = Scheduler(6, alone=48, beside=12)
        return Core(Runner(self.base, cache_bytes), line, threading.RLock()), line

    def alone(self, request: object) -> list[Answer]:
        if request not in self._alone:
            core, line = self.core(0)
            for name, weights in self.weights.items():
                core.runner.adapters.add(name, weights)
            heard: list[Answer] = []
            core.take(Job(line.admit(), work(self, core, request), heard.append))
            while plan := core.plan():
                core.hand_over(core.compute(plan))
            self._alone[request] = heard
        return self._alone[request]


WORLD: list[World] = []


@pytest.fixture(scope="module", autouse=True)
def world(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> World:
    WORLD[:] = [World(tiny_folder, tmp_path_factory.mktemp("adapters"))]
    return WORLD[0]


def work(world: World, core: Core, request: object) -> Any:
    makers: dict[type, Callable[..., Any]] = {Generation: write, Scoring: weigh, Judging: judge}
    return makers[type(request)](request, core.runner, world.renderer)


def alike(one: Answer, other: Answer) -> bool:
    if isinstance(one, Scores) and isinstance(other, Scores):
        pairs = [
            pair
            for mine, yours in zip(one.values, other.values, strict=True)
            for pair in zip(mine, yours, strict=True)
        ]
        return all(mine == pytest.approx(yours, abs=1e-4) for mine, yours in pairs)
    if isinstance(one, Judgements) and isinstance(other, Judgements):
        return one.values == pytest.approx(other.values, abs=1e-4)
    return one == other


prompts = st.builds(
    lambda text, adapter: Prompt(user_says(text), SYSTEM, adapter),
    st.sampled_from(QUESTIONS),
    st.sampled_from(ADAPTERS),
)
requests = st.one_of(
    st.builds(
        lambda prompt, heat, seed, new: Generation(prompt, Sampling(heat, 0.9, 1.1, seed), new),
        prompts, st.sampled_from([0.0, 1.0]), st.integers(0, 1), st.sampled_from([1, 4, 12]),
    ),
    st.builds(
        lambda some, texts, kept: Scoring(tuple(some), tuple(texts), kept),
        st.lists(prompts, min_size=1, max_size=4),
        st.lists(st.sampled_from(["Yes.", "No, it is not.", ""]), max_size=3),
        st.booleans(),
    ),
    st.builds(
        lambda text: Judging((text, "\n", "None"), (0, 2), " yes", " no", "lora"), st.sampled_from(QUESTIONS)
    ),
)  # fmt: skip


class Serving(RuleBasedStateMachine):
    """Requests, cancellations, adapters that come and go, erasures, failures: in any order, in little memory."""

    def __init__(self) -> None:
        super().__init__()
        self.world = WORLD[0]
        self.core, self.line = self.world.core(0)
        for name, weights in self.world.weights.items():
            self.core.runner.adapters.add(name, weights)
        self.asked: dict[Job, tuple[object, list[Answer]]] = {}
        self.unloaded: set[str] = set()
        # Whether an adapter was missing at some time, and a step failed, since a request came.
        self.excused: set[Job] = set()

    @precondition(lambda self: not self.line.full)
    @rule(request=requests)
    def ask(self, request: object) -> None:
        heard: list[Answer] = []
        job = Job(self.line.admit(), work(self.world, self.core, request), heard.append)
        self.asked[job] = (request, heard)
        if self.unloaded or self.core._leaving:
            self.excused.add(job)
        self.core.take(job)

    @precondition(lambda self: self.asked)
    @rule(pick=st.integers(0, 20), leaves_first=st.booleans())
    def cancel(self, pick: int, leaves_first: bool) -> None:
        job = list(self.asked)[pick % len(self.asked)]
        if leaves_first:
            self.line.leave(job.number)
            self.core.drop(job)
        else:
            self.core.drop(job)
            self.line.leave(job.number)
        del self.asked[job]

    @rule()
    def step(self) -> None:
        if plan := self.core.plan():
            self.core.hand_over(self.core.compute(plan))
        self.collect()

    @rule(row=st.integers(0, 20))
    def fail(self, row: int) -> None:
        """A step that fails whenever one certain row is in it."""
        plan = self.core.plan()
        if not plan:
            self.collect()
            return
        culprit, step = plan[row % len(plan)][0], self.core.runner.step

        def failing(some: Any) -> Any:
            if any(one is culprit for one, _ in some):
                raise RuntimeError("out of order")
            return step(some)

        self.excused.add(self.core._jobs[culprit])
        self.core.runner.step = failing  # type: ignore[assignment]
        found = self.core.compute(plan)
        self.core.runner.step = step  # type: ignore[method-assign]
        assert [one for one, value in found if isinstance(value, EngineFailed)] == [culprit]
        self.core.hand_over(found)
        self.collect()

    @rule(name=st.sampled_from(["lora", "soft"]))
    def unload(self, name: str) -> None:
        if name in self.unloaded:
            return
        # Requests that have not all of their rows may miss it.
        self.excused |= set(self.asked)
        if self.core.unload(name):
            self.unloaded.add(name)

    @rule(name=st.sampled_from(["lora", "soft"]))
    def load(self, name: str) -> None:
        if name in self.unloaded:
            self.core.runner.adapters.add(name, self.world.weights[name])
            self.unloaded.discard(name)

    @rule()
    def erase(self) -> None:
        self.core.runner.cache.clear()
        assert self.core.runner.cache.held == 0

    @invariant()
    def no_page_is_lost(self) -> None:
        runner = self.core.runner
        runner.cache.check([(row.nodes, row.own) for row in runner.rows])

    def collect(self) -> None:
        """Those who have their answer have the one that they get alone, or, if something failed, are told so."""
        for job, (request, heard) in list(self.asked.items()):
            if not heard or not isinstance(heard[-1], Last | EngineFailed):
                continue
            if isinstance(heard[-1], EngineFailed):
                assert job in self.excused, heard[-1]
            else:
                expected = self.world.alone(request)
                assert len(heard) == len(expected)
                assert all(map(alike, heard, expected)), (request, heard, expected)
            self.line.leave(job.number)
            del self.asked[job]

    def teardown(self) -> None:
        for _ in range(400):
            if not self.core.busy:
                break
            self.step()
        self.collect()
        assert not self.asked and not self.core.busy and not self.core.runner.rows
        assert self.core.plan() == []
        self.core.runner.cache.clear()
        assert self.core.runner.pages.free == self.core.runner.pages.count


TestServing = Serving.TestCase
TestServing.settings = settings(
    max_examples=30,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    # What fails is said as it was found: to make it smaller takes minutes.
    phases=[Phase.generate],
)


def test_a_prompt_is_read_in_pieces_beside_those_who_speak(world: World) -> None:
    core, line = world.core(1 << 20)
    heard: list[Answer] = []
    core.take(
        Job(
            line.admit(),
            work(world, core, Generation(Prompt(user_says("Hi"), SYSTEM), max_new_tokens=40)),
            heard.append,
        )
    )
    while not any(isinstance(one, Text) for one in heard):
        core.hand_over(core.compute(core.plan()))
    said = len(heard)
    core.take(
        Job(line.admit(), work(world, core, Generation(Prompt(user_says("word " * 60), SYSTEM))), heard.append)
    )
    plan = core.plan()
    assert [count for _, count in plan] == [1, 12]
    core.hand_over(core.compute(plan))
    assert len(heard) > said


def test_a_follow_up_reads_no_more_than_its_new_tokens(world: World) -> None:
    core, line = world.core(1 << 20)
    heard: list[Answer] = []
    first = Prompt(user_says("Where is my parcel, please?"), SYSTEM)
    core.take(Job(line.admit(), work(world, core, Generation(first, max_new_tokens=24)), heard.append))
    while plan := core.plan():
        core.hand_over(core.compute(plan))
    reply = "".join(piece.text for piece in heard if isinstance(piece, Text))
    longer = Prompt(first.dialogue.said(Turn("assistant", reply)).said(Turn("user", "And now?")), SYSTEM)
    whole = len(world.renderer.render(longer.dialogue, system=SYSTEM).ids)
    core.take(Job(line.admit(), work(world, core, Generation(longer, max_new_tokens=1)), heard.append))
    read = 0
    while plan := core.plan():
        read += sum(count for _, count in plan)
        core.hand_over(core.compute(plan))
    before = len(world.renderer.render(first.dialogue, system=SYSTEM).ids)
    assert read < whole - before


@torch.inference_mode()
def test_a_row_draws_with_its_own_seed_whoever_draws_beside_it(world: World) -> None:
    asked = [
        Generation(Prompt(user_says(text), SYSTEM), Sampling(1.0, 0.9, 1.1, seed), 10)
        for text in QUESTIONS
        for seed in (0, 1)
    ]
    core, line = world.core(1 << 20)
    heard: list[list[Answer]] = [[] for _ in asked]
    for request, own in zip(asked, heard, strict=True):
        core.take(Job(line.admit(), work(world, core, request), own.append))
    while plan := core.plan():
        core.hand_over(core.compute(plan))
    assert heard == [world.alone(request) for request in asked]
    assert len({str(own[1:]) for own in heard}) > 3


def test_a_step_that_fails_for_one_row_fails_for_nobody_else(world: World) -> None:
    asked = [Generation(Prompt(user_says(text), SYSTEM), max_new_tokens=4) for text in QUESTIONS]
    core, line = world.core(1 << 20)
    heard: list[list[Answer]] = [[] for _ in asked]
    for request, own in zip(asked, heard, strict=True):
        core.take(Job(line.admit(), work(world, core, request), own.append))
    first = core.plan()
    core.hand_over(core.compute(first))
    while len(plan := core.plan()) < len(asked):
        core.hand_over(core.compute(plan))
    culprit, step = plan[1][0], core.runner.step

    def failing(some: Any) -> Any:
        if any(one is culprit for one, _ in some):
            raise RuntimeError("out of order")
        return step(some)

    core.runner.step = failing  # type: ignore[assignment]
    while plan := core.plan():
        core.hand_over(core.compute(plan))
    failed = [own for own in heard if isinstance(own[-1], EngineFailed)]
    assert len(failed) == 1 and "log has the cause" in str(failed[0][-1])
    others = [(own, request) for own, request in zip(heard, asked, strict=True) if own is not failed[0]]
    assert [own for own, _ in others] == [world.alone(request) for _, request in others]
    assert not core.runner.rows
