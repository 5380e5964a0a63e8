"""Tests of scoring a text after many prompts at once: no score changes, what was read is kept, and bounded."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.dialogue import user_says
from bot.engine.local.cache import PrefixCache
from bot.engine.local.engine import LocalEngine
from bot.engine.local.runner import Runner
from bot.engine.local.work import BATCH_TOKENS
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


@pytest.mark.parametrize("kind", ["base", "lora", "soft-prompt"])
async def test_scores_together_are_those_of_one_prompt_after_the_other(
    kind: str, start: Start, tiny_folder: Path, tmp_path: Path
) -> None:
    engine = start()
    adapter = None
    if kind != "base":
        write = write_tiny_lora if kind == "lora" else write_tiny_soft_prompt
        artefact = write(tmp_path, tiny_folder)
        engine.load(artefact)
        adapter = artefact.sha256
    asked = Scoring(passages(12, adapter), (QUESTION, "is a return free", "x"))
    apart = await scored(engine, asked)
    assert len({value for values in apart.values for value in values}) > 12
    # What is known grows from nothing over a half to all.
    for known in (3, 8, 12, 12):
        some = replace(asked, prompts=asked.prompts[:known], together=True)
        same(await scored(engine, some), Scores(apart.values[:known], (await scored(engine, some)).read_tokens))
    same(await scored(engine, replace(asked, together=True)), apart)


@pytest.mark.parametrize("cache_bytes", [0, 20_000, 1 << 24])
async def test_what_the_cache_has_no_room_for_is_read_again(cache_bytes: int, start: Start) -> None:
    engine = start(passage_cache_bytes=cache_bytes)
    asked = Scoring(passages(9), (QUESTION,))
    apart = await scored(engine, asked)
    for _ in range(2):
        same(await scored(engine, replace(asked, together=True)), apart)
    assert engine._runner.passages.bytes <= cache_bytes


async def test_a_passage_that_is_known_is_not_read_again_and_no_step_is_too_large(start: Start) -> None:
    engine = start()
    sizes: list[int] = []
    hook = engine._runner.base.model.register_forward_pre_hook(
        lambda _module, _args, kwargs: sizes.append(kwargs["inputs_embeds"].shape[:2].numel()), with_kwargs=True
    )
    asked = Scoring(passages(30), (QUESTION,), together=True)
    try:
        cold = await scored(engine, asked)
        read = len(sizes)
        assert max(sizes) <= BATCH_TOKENS and read > 3
        same(await scored(engine, asked), cold)
        after_all = len(sizes) - read
        # A long text is read after a few of them at a time.
        long = replace(asked, texts=(f"{PASSAGE} " * 6,))
        await scored(engine, long)
    finally:
        hook.remove()
    assert after_all == 1
    assert len(sizes) - read - after_all > 3 and max(sizes) <= BATCH_TOKENS


async def test_what_was_read_is_forgotten_with_its_adapter_and_at_an_erasure(
    start: Start, tiny_folder: Path, tmp_path: Path
) -> None:
    engine = start()
    artefact = write_tiny_lora(tmp_path, tiny_folder)
    engine.load(artefact)
    cache = engine._runner.passages
    await scored(engine, Scoring(passages(4, artefact.sha256), (QUESTION,), together=True))
    assert cache.bytes > 0
    engine.unload(artefact.sha256)
    assert cache.bytes == 0
    await scored(engine, Scoring(passages(4), (QUESTION,), together=True))
    assert cache.bytes > 0
    engine.forget()
    assert cache.bytes == 0


async def test_what_is_kept_holds_no_padding(start: Start) -> None:
    engine = start()
    cache = engine._runner.passages
    await scored(engine, Scoring(passages(8), (QUESTION,), together=True))
    held = cache.bytes
    engine.forget()
    for prompt in passages(8):
        await scored(engine, Scoring((prompt,), (QUESTION,), together=True))
    assert cache.bytes == held


async def test_what_all_begin_with_is_held_once(start: Start) -> None:
    engine = start()
    runner = engine._runner
    asked = Scoring(passages(8), (QUESTION,), together=True)
    await scored(engine, asked)
    short, held = runner.passages.bytes, runner.prefixes.bytes
    engine.forget()
    longer = [replace(prompt, system=f"{SYSTEM} {PASSAGE}.") for prompt in asked.prompts]
    await scored(engine, replace(asked, prompts=tuple(longer)))
    assert runner.passages.bytes == short
    assert runner.prefixes.bytes > held


async def test_a_passage_read_alone_is_known_among_others(start: Start) -> None:
    engine = start()
    asked = Scoring(passages(6), (QUESTION,), together=True)
    apart = await scored(engine, replace(asked, together=False))
    await scored(engine, replace(asked, prompts=asked.prompts[2:3]))
    # What all begin with may be forgotten: what was kept of a passage still has it.
    engine._runner.prefixes.clear()
    same(await scored(engine, asked), apart)


@pytest.mark.parametrize("kind", ["base", "lora", "soft-prompt"])
async def test_what_comes_once_is_scored_in_one_pass_and_not_kept(
    kind: str, start: Start, tiny_folder: Path, tmp_path: Path
) -> None:
    engine = start()
    adapter = None
    if kind != "base":
        artefact = (write_tiny_lora if kind == "lora" else write_tiny_soft_prompt)(tmp_path, tiny_folder)
        engine.load(artefact)
        adapter = artefact.sha256
    runner = engine._runner
    sizes: list[int] = []
    hook = runner.base.model.register_forward_pre_hook(
        lambda _module, _args, kwargs: sizes.append(kwargs["inputs_embeds"].shape[:2].numel()), with_kwargs=True
    )
    asked = Scoring(passages(12, adapter), (QUESTION, "is a return free", "x"))
    apart = await scored(engine, asked)
    sizes.clear()
    try:
        same(await scored(engine, replace(asked, together=True, kept=False)), apart)
        assert runner.passages.bytes == 0 and max(sizes) <= BATCH_TOKENS
        sizes.clear()
        # What all begin with is known by now.
        await scored(engine, Scoring(asked.prompts[:3], (QUESTION,), together=True, kept=False))
        assert len(sizes) == 1
    finally:
        hook.remove()


def test_the_output_layer_meets_all_rows_in_one_product(tiny_folder: Path) -> None:
    """A frozen layer's weights are copied for each row that is multiplied by itself; see findings/."""
    base = load_base(load_settings({}, base_model=str(tiny_folder), device="cpu", dtype="float32"))
    runner = Runner(base, PrefixCache(0))
    met: list[bool] = []
    output = base.model.get_output_embeddings()
    hook = output.register_forward_pre_hook(lambda _module, args: met.append(args[0].is_contiguous()))
    try:
        runner.score_once([(5, 6, 7), (8, 9, 10, 11), (12, 13)], 0, (5, 6, 7), None)
        runner.read_together([(5, 6, 7), (8, 9, 10, 11)], 0, None)
    finally:
        hook.remove()
    assert met == [True, True]


def test_a_base_whose_layers_forget_is_read_one_prompt_after_the_other(tiny_folder: Path) -> None:
    base = load_base(load_settings({}, base_model=str(tiny_folder), device="cpu", dtype="float32"))
    assert Runner(base, PrefixCache(0)).can_stack
    base.model.config.layer_types = ["sliding_attention", "full_attention"]
    base.model.config.sliding_window = 8
    assert not Runner(base, PrefixCache(0)).can_stack
