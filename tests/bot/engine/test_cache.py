"""Tests of the prefix cache: what is remembered changes no answer, and what is remembered is bounded."""

from pathlib import Path

import pytest
import torch

from bot.engine.local.cache import PrefixCache
from bot.engine.local.peft_files import read_lora
from bot.engine.local.runner import Runner
from bot.models.base import LoadedBase, load_base
from bot.settings import load_settings
from tests.tools.tiny_adapters import write_tiny_lora

FIRST, LONGER, OTHER = tuple(range(10, 60)), tuple(range(10, 90)), (10, 11, *range(200, 240))


@pytest.fixture(scope="module")
def base(tiny_folder: Path) -> LoadedBase:
    return load_base(load_settings({}, base_model=str(tiny_folder), device="cpu", dtype="float32"))


def test_a_hit_computes_what_a_miss_computes(base: LoadedBase) -> None:
    cold, warm = Runner(base, PrefixCache(0)), Runner(base, PrefixCache(1 << 24))
    texts = [(5, 6, 7), (300,)]
    for ids in (FIRST, LONGER, FIRST, OTHER, LONGER):
        without, known = cold.read(ids, None), warm.read(ids, None)
        torch.testing.assert_close(known.logits, without.logits, atol=1e-4, rtol=1e-4)
        assert warm.score(known, texts, None) == pytest.approx(cold.score(without, texts, None), abs=1e-4)


def test_a_whole_prompt_that_is_known_is_not_read_again(base: LoadedBase) -> None:
    runner = Runner(base, PrefixCache(1 << 24))
    first = runner.read(FIRST, None)
    runner.advance(runner.read(FIRST, None), 7, None)
    steps: list[int] = []
    hook = base.model.register_forward_pre_hook(
        lambda _module, _args, kwargs: steps.append(kwargs["inputs_embeds"].shape[1]), with_kwargs=True
    )
    try:
        assert torch.equal(runner.read(FIRST, None).logits, first.logits)
        runner.read(LONGER, None)
    finally:
        hook.remove()
    # What a reply added to a known prompt is its own; only the new tokens of the longer prompt are read.
    assert steps == [len(LONGER) - len(FIRST)]


def test_nothing_is_shared_between_adapters(base: LoadedBase, tiny_folder: Path, tmp_path: Path) -> None:
    runner = Runner(base, PrefixCache(1 << 24))
    runner.adapters.add("one", read_lora(write_tiny_lora(tmp_path, tiny_folder), base.model))
    bare = runner.read(FIRST, None).logits
    adapted = runner.read(FIRST, "one").logits
    assert not torch.allclose(bare, adapted, atol=0.01)
    assert runner.prefixes.longest("another", FIRST) is None
    runner.prefixes.drop("one")
    assert runner.prefixes.longest("one", FIRST) is None
    assert runner.prefixes.longest(None, FIRST) is not None


def test_the_cache_is_bounded_and_the_least_recently_used_go(base: LoadedBase) -> None:
    state = Runner(base, PrefixCache(0)).read(FIRST, None)
    cache = PrefixCache(3 * state.bytes)
    names = [str(place) for place in range(4)]
    for name in names[:3]:
        cache.keep(name, FIRST, state)
    assert cache.longest("0", FIRST) is not None
    cache.keep("3", FIRST, state)
    assert [name for name in names if cache.longest(name, FIRST)] == ["0", "2", "3"]
    assert cache.bytes == 3 * state.bytes
    cache.keep("3", FIRST, state)
    assert cache.bytes == 3 * state.bytes
    for name in names:
        cache.drop(name)
    assert cache.bytes == 0


def test_what_is_larger_than_the_cache_is_not_kept(base: LoadedBase) -> None:
    state = Runner(base, PrefixCache(0)).read(FIRST, None)
    cache = PrefixCache(state.bytes - 1)
    cache.keep(None, FIRST, state)
    assert cache.longest(None, FIRST) is None and cache.bytes == 0


def test_what_was_read_can_be_forgotten(base: LoadedBase) -> None:
    runner = Runner(base, PrefixCache(1 << 24))
    runner.read(FIRST, None)
    assert runner.prefixes.bytes > 0
    runner.prefixes.clear()
    assert runner.prefixes.longest(None, FIRST) is None
    assert runner.prefixes.bytes == 0
