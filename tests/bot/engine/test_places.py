"""Tests of the line: one place for a whole reply, first come first served, and what goes wrong in it."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from bot.dialogue import user_says
from bot.engine.local.engine import LocalEngine
from bot.engine.protocol import Generation, Place, Prompt, Scores, Scoring, Stopped, Text
from bot.errors import ArtefactInvalid, EngineBusy, EngineFailed
from bot.models.base import load_base
from bot.settings import load_settings
from tests.tools.stuck import Stuck
from tests.tools.tiny_adapters import write_tiny_lora, write_tiny_soft_prompt

START = Callable[..., LocalEngine]
SYSTEM = "You are the support assistant."


@pytest.fixture
def start(tiny_folder: Path) -> Iterator[START]:
    engines: list[LocalEngine] = []

    def start_(**limits: float) -> LocalEngine:
        base = load_base(load_settings({}, base_model=str(tiny_folder), device="cpu", dtype="float32"))
        engines.append(LocalEngine(base, **limits))  # type: ignore[arg-type]
        return engines[-1]

    yield start_
    for engine in engines:
        engine.close()


def ask(text: str, adapter: str | None = None) -> Prompt:
    return Prompt(user_says(text), SYSTEM, adapter)


def story(tokens: int, adapter: str | None = None) -> Generation:
    return Generation(ask("Tell me a story.", adapter), max_new_tokens=tokens)


async def said(place: Place, request: Generation) -> str:
    return "".join([piece.text async for piece in place.stream(request) if isinstance(piece, Text)])


async def test_eight_replies_at_once_get_their_first_text_in_the_order_of_admission(start: START) -> None:
    engine = start()
    seen: list[tuple[str, int]] = []

    async def reply(number: int) -> None:
        """As an answer goes: choose among texts, write, and choose once more."""
        async with engine.admit() as place:
            seen.append(("admitted", number))
            scores = await place.score(Scoring((ask(f"Question {number}"), ask("")), ("Yes.", "No.")))
            assert len(scores.values) == 2
            first = True
            async for piece in place.stream(Generation(ask(f"Question {number}"), max_new_tokens=12)):
                if isinstance(piece, Text) and first:
                    seen.append(("text", number))
                    first = False
            await place.score(Scoring((ask(f"Question {number}"),), ("Yes.", "No.")))
            seen.append(("done", number))

    await asyncio.gather(*(reply(number) for number in range(8)))
    for what in ("admitted", "text", "done"):
        assert [number for event, number in seen if event == what] == list(range(8)), what
    # They are written together: the last one's first word comes before the first reply is over.
    assert seen.index(("text", 7)) < seen.index(("done", 0))


async def test_busy_comes_before_the_first_piece_or_never(start: START) -> None:
    engine = start(max_queued=2)
    async with AsyncExitStack() as stack:
        places = [await stack.enter_async_context(engine.admit()) for _ in range(3)]
        with pytest.raises(EngineBusy) as refused:
            await stack.enter_async_context(engine.admit())
        assert refused.value.retryable and refused.value.queued == 3
        assert refused.value.retry_after_ms is not None and refused.value.retry_after_ms > 0
        # Whoever was admitted gets all that a reply needs, however full the line is.
        for place in places:
            assert await said(place, story(3))
            assert (await place.score(Scoring((ask("a"),), ("b",)))).values
            assert await said(place, story(3))
    async with engine.admit() as place:
        assert await said(place, story(3))


async def test_leaving_a_place_in_the_middle_lets_the_next_one_go_on(start: START) -> None:
    engine = start()
    async with engine.admit() as place:
        stream = place.stream(story(900))
        await anext(stream)
        await stream.aclose()
        assert await said(place, story(3))
    async with engine.admit() as place:
        assert await said(place, story(3))


async def test_a_failing_request_is_reported_and_the_next_one_is_answered(start: START) -> None:
    engine = start()
    async with engine.admit() as place:
        with pytest.raises(EngineFailed, match="adapter no such adap is not loaded"):
            await place.score(Scoring((ask("Hi", "no such adapter"),), ("x",)))
        assert len((await place.score(Scoring((ask("Hi"),), ("x",)))).values) == 1


async def test_an_engine_whose_step_hangs_is_not_healthy(start: START) -> None:
    engine = start(max_step_s=1e-9)
    assert engine.health().alive
    stuck = Stuck(engine._runner.base)
    async with engine.admit() as place:
        scoring = asyncio.create_task(place.score(Scoring((ask("Hi"),), ("x",))))
        await asyncio.to_thread(stuck.reached.wait)
        health = engine.health()
        assert (health.alive, health.queued) == (False, 0) and health.step_s > 0
        stuck.let_go()
        assert isinstance(await scoring, Scores)
    assert engine.health().alive


async def test_several_loras_and_soft_prompts_are_served_at_once(
    start: START, tiny_folder: Path, tmp_path: Path
) -> None:
    engine = start()
    adapters = [
        write_tiny_lora(tmp_path / "lora1", tiny_folder, seed=1),
        write_tiny_lora(tmp_path / "lora2", tiny_folder, seed=2),
        write_tiny_soft_prompt(tmp_path / "soft1", tiny_folder, seed=3),
        write_tiny_soft_prompt(tmp_path / "soft2", tiny_folder, seed=4, tokens=7),
    ]
    alone = []
    for artefact in adapters:
        one = start()
        one.load(artefact)
        async with one.admit() as place:
            alone.append(await said(place, story(8, artefact.sha256)))
    for artefact in adapters:
        engine.load(artefact)
    shas = [artefact.sha256 for artefact in adapters]
    assert set(engine.capabilities().adapters) == set(shas)

    async def write(sha256: str | None) -> str:
        async with engine.admit() as place:
            return await said(place, story(8, sha256))

    together = await asyncio.gather(*(write(sha256) for sha256 in (*shas, None)))
    assert list(together[:4]) == alone
    assert len(set(together)) == 5

    engine.unload(shas[2])
    assert shas[2] not in engine.capabilities().adapters
    with pytest.raises(EngineFailed):
        await write(shas[2])
    assert await write(shas[3]) == alone[3]
    engine.load(adapters[2])
    assert await write(shas[2]) == alone[2]


async def test_one_scoring_has_an_adapter_for_each_prompt(start: START, tiny_folder: Path, tmp_path: Path) -> None:
    engine = start()
    artefact = write_tiny_lora(tmp_path, tiny_folder)
    engine.load(artefact)
    prompts = (ask("Hi"), ask("Hi", artefact.sha256), ask("Hello"))
    async with engine.admit() as place:
        together = await place.score(Scoring(prompts, ("Yes.", "No, thanks.")))
        apart = [await place.score(Scoring((prompt,), ("Yes.", "No, thanks."))) for prompt in prompts]
    for values, scores in zip(together.values, apart, strict=True):
        assert values == pytest.approx(scores.values[0], abs=1e-5)
    assert together.read_tokens == sum(scores.read_tokens for scores in apart)
    assert len(set(together.values)) == 3


async def test_an_artefact_that_changed_since_it_was_verified_is_not_loaded(
    start: START, tiny_folder: Path, tmp_path: Path
) -> None:
    engine = start()
    artefact = write_tiny_lora(tmp_path, tiny_folder)
    (tmp_path / "adapter_config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ArtefactInvalid, match="is damaged"):
        engine.load(artefact)
    assert engine.capabilities().adapters == ()


async def test_a_closed_engine_finishes_what_was_asked_and_takes_nothing_new(start: START) -> None:
    engine = start()
    async with engine.admit() as place:
        stream = place.stream(story(5))
        await anext(stream)
        await asyncio.to_thread(engine.close)
        assert isinstance([piece async for piece in stream][-1], Stopped)
        with pytest.raises(EngineFailed, match="has ended"):
            await said(place, story(3))
    with pytest.raises(EngineFailed, match="has ended"):
        async with engine.admit():
            pass
    with pytest.raises(EngineFailed, match="has ended"):
        engine.forget()
    assert not engine.health().alive
