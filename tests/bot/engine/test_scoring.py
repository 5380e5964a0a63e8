"""Tests of scoring texts after many prompts: none depends on the others, what was read is kept, and bounded."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.dialogue import user_says
from bot.engine.local.engine import ALONE, LocalEngine
from bot.engine.local.pages import pages_for
from bot.engine.protocol import Prompt, Scores, Scoring
from bot.models.base import load_base
from bot.settings import load_settings
from tests.tools.tiny_adapters import write_tiny_lora, write_tiny_soft_prompt

Start = Callable[..., LocalEngine]
SYSTEM = "Write the question."
PASSAGE = "parcels leave our store on Monday and a return is free within thirty days of delivery"
QUESTION = "when does my parcel leave"


@pytest.fixture
def start(tiny_folder: Path) -> Iterator[Start]:
    engines: list[LocalEngine] = []

    def start_(**limits: int) -> LocalEngine:
        base = load_base(load_settings({}, base_model=str(tiny_folder), device="cpu", dtype="float32"))
        engines.append(LocalEngine(base, **limits))
        return engines[-1]

    yield start_
    for engine in engines:
        engine.close()


@pytest.fixture
def steps(start: Start) -> tuple[LocalEngine, list[int]]:
    """An engine, and the ids of each of its steps."""
    engine = start()
    sizes: list[int] = []
    step = engine._runner.step

    def counted(plan: Any) -> Any:
        sizes.append(sum(count for _, count in plan))
        return step(plan)

    engine._runner.step = counted  # type: ignore[method-assign]
    return engine, sizes


def passages(count: int, adapter: str | None = None) -> tuple[Prompt, ...]:
    """Of very different lengths, neighbours among them; the last one is the first one again."""
    words = PASSAGE.split()
    texts = [" ".join(words[place % 5 :] * (1 + place % 4)) for place in range(count - 1)]
    return tuple(Prompt(user_says(text), SYSTEM, adapter) for text in (*texts, texts[0]))


async def scored(engine: LocalEngine, request: Scoring) -> Scores:
    async with engine.admit() as place:
        return await place.score(request)


def same(one: Scores, other: Scores) -> None:
    assert one.read_tokens == other.read_tokens
    for mine, yours in zip(one.values, other.values, strict=True):
        assert mine == pytest.approx(yours, abs=1e-4)


async def apart(engine: LocalEngine, request: Scoring) -> Scores:
    """Each prompt and each text by itself, with nothing known before."""
    values, read_tokens = [], 0
    for prompt in request.prompts:
        own = []
        for text in request.texts:
            engine.forget()
            alone = await scored(engine, Scoring((prompt,), (text,)))
            own.append(alone.values[0][0])
        read_tokens += alone.read_tokens + sum(map(engine.tokens, request.texts[:-1]))
        values.append(tuple(own))
    engine.forget()
    return Scores(tuple(values), read_tokens)


async def loaded(engine: LocalEngine, kind: str, tiny_folder: Path, tmp_path: Path) -> str | None:
    """The sha256 of an adapter of this kind."""
    if kind == "base":
        return None
    artefact = (write_tiny_lora if kind == "lora" else write_tiny_soft_prompt)(tmp_path, tiny_folder)
    engine.load(artefact)
    return artefact.sha256


@pytest.mark.parametrize("kind", ["base", "lora", "soft-prompt"])
@pytest.mark.parametrize("kept", [True, False])
async def test_no_score_depends_on_what_else_is_scored(
    kind: str, kept: bool, start: Start, tiny_folder: Path, tmp_path: Path
) -> None:
    engine = start()
    adapter = await loaded(engine, kind, tiny_folder, tmp_path)
    asked = Scoring(passages(12, adapter), (QUESTION, "is a return free", "x", QUESTION), kept=kept)
    alone = await apart(engine, asked)
    assert len({value for values in alone.values for value in values}) > 12
    # What is known grows from nothing over a half to all.
    for known in (3, 8, 12, 12):
        some = await scored(engine, replace(asked, prompts=asked.prompts[:known]))
        same(some, Scores(alone.values[:known], some.read_tokens))
    same(await scored(engine, asked), alone)


async def test_nothing_to_score_has_no_score_and_a_text_without_tokens_has_none(start: Start) -> None:
    engine = start()
    prompts = passages(3)
    assert (await scored(engine, Scoring(prompts, ()))).values == ((), (), ())
    assert (await scored(engine, Scoring((), ("x",)))).values == ()
    found = await scored(engine, Scoring(prompts[:1], ("", "x")))
    assert found.values[0][0] == 0.0 and found.values[0][1] < 0.0


async def test_scores_stay_what_they_are_in_the_least_memory(start: Start) -> None:
    engine, large = start(cache_bytes=0), start()
    asked = Scoring(passages(90), (QUESTION, "x"))
    expected = await scored(large, asked)
    for _ in range(2):
        same(await scored(engine, asked), expected)
    assert engine._runner.pages.count < large._runner.cache.held


async def test_a_passage_that_is_known_is_not_read_again_and_no_step_is_too_large(
    steps: tuple[LocalEngine, list[int]],
) -> None:
    engine, sizes = steps
    asked = Scoring(passages(30), (QUESTION,))
    cold = await scored(engine, asked)
    assert max(sizes) <= ALONE and sum(sizes) > 1000
    sizes.clear()
    same(await scored(engine, asked), cold)
    # Of each passage its last token, whose outputs are wanted, and the question without its last one.
    assert sizes == [len(set(asked.prompts)) * engine.tokens(QUESTION)]


async def test_several_texts_read_a_prompt_once(steps: tuple[LocalEngine, list[int]]) -> None:
    engine, sizes = steps
    (prompt,) = passages(2)[:1]
    texts = (QUESTION, "is a return free", "x")
    found = await scored(engine, Scoring((prompt,), texts))
    tokens = sum(map(engine.tokens, texts))
    assert sum(sizes) == found.read_tokens - 1 and found.read_tokens > tokens


async def test_what_was_read_is_forgotten_with_its_adapter_and_at_an_erasure(
    start: Start, tiny_folder: Path, tmp_path: Path
) -> None:
    engine = start()
    artefact = write_tiny_lora(tmp_path, tiny_folder)
    engine.load(artefact)
    cache = engine._runner.cache
    await scored(engine, Scoring(passages(4, artefact.sha256), (QUESTION,)))
    assert cache.held > 0
    engine.unload(artefact.sha256)
    assert cache.held == 0
    await scored(engine, Scoring(passages(4), (QUESTION,)))
    assert cache.held > 0
    engine.forget()
    assert cache.held == 0


async def test_what_comes_once_is_not_kept(start: Start) -> None:
    engine = start()
    asked = Scoring(passages(8), (QUESTION, "x"), kept=False)
    await scored(engine, asked)
    assert engine._runner.cache.held == 0


async def test_what_all_begin_with_is_held_once_and_nothing_of_what_is_scored(start: Start) -> None:
    engine = start()
    asked = Scoring(passages(8), (QUESTION,))
    await scored(engine, asked)
    short = engine._runner.cache.held
    engine.forget()
    longer = [replace(prompt, system=f"{SYSTEM} {PASSAGE} {PASSAGE}.") for prompt in asked.prompts]
    await scored(engine, replace(asked, prompts=tuple(longer)))
    held = engine._runner.cache.held
    # One row's pages, and for each of the seven at most one that begins elsewhere.
    assert 0 < held - short <= pages_for(engine.tokens(longer[0].system)) + 7
    await scored(engine, replace(asked, prompts=tuple(longer), texts=("something else altogether",)))
    assert engine._runner.cache.held == held


async def test_the_output_layer_meets_all_rows_in_one_product(start: Start) -> None:
    """A frozen layer's weights are copied for each row that is multiplied by itself; see findings/."""
    engine = start()
    met: list[bool] = []
    output = engine._runner.base.model.get_output_embeddings()
    hook = output.register_forward_pre_hook(
        lambda _module, args: met.append(args[0].shape[:-1].numel() > 1 and args[0].is_contiguous())
    )
    await scored(engine, Scoring(passages(4), (QUESTION, "x")))
    hook.remove()
    assert met and all(met)
