"""Tests of the local engine on the real base."""

import math
from collections.abc import Iterator
from dataclasses import replace

import pytest
import torch

from bot.dialogue import user_says
from bot.engine.local.engine import LocalEngine
from bot.engine.local.render import Renderer
from bot.engine.protocol import Generation, Output, Prompt, Reading, Sampling, Scoring, Stopped, Text
from bot.models.base import LoadedBase


@pytest.fixture(scope="module")
def engine(base: LoadedBase) -> Iterator[LocalEngine]:
    made = LocalEngine(base)
    yield made
    made.close()


def ask(text: str) -> Prompt:
    return Prompt(user_says(text), "You are a helpful assistant.")


async def said(engine: LocalEngine, request: Generation) -> list[Output]:
    async with engine.admit() as place:
        return [piece async for piece in place.stream(request)]


async def test_a_stream_yields_what_it_reads_then_text_and_then_how_it_stopped(
    engine: LocalEngine, renderer: Renderer
) -> None:
    prompt = ask("What is the capital of France?")
    pieces = await said(engine, Generation(prompt, max_new_tokens=20))
    tokens = len(renderer.render(prompt.dialogue, system=prompt.system).ids)
    assert pieces[0] == Reading(prompt.dialogue, tokens)
    assert "Paris" in "".join(piece.text for piece in pieces if isinstance(piece, Text))
    assert isinstance(pieces[-1], Stopped) and pieces[-1].reason == "stop"
    assert pieces[-1].prompt_tokens == tokens


async def test_the_limit_of_new_tokens_is_a_length_stop(engine: LocalEngine) -> None:
    pieces = await said(engine, Generation(ask("Tell me a long story."), max_new_tokens=3))
    assert isinstance(pieces[-1], Stopped)
    assert (pieces[-1].reason, pieces[-1].completion_tokens) == ("length", 3)


async def test_the_same_seed_samples_the_same_reply(engine: LocalEngine) -> None:
    sampling = Sampling(temperature=1.0, top_p=0.9, seed=7)
    request = Generation(ask("Tell me a story."), sampling, max_new_tokens=12)
    assert await said(engine, request) == await said(engine, request)


async def test_it_does_not_begin_as_a_text_that_it_shall_not_repeat(engine: LocalEngine) -> None:
    request = Generation(ask("What is the capital of France?"), max_new_tokens=8)
    text = "".join(piece.text for piece in await said(engine, request) if isinstance(piece, Text))
    first = text.split()[0]
    for unlike, same in ((("Zebras.", text), False), (("Zebras.", ""), True), ((), True)):
        pieces = await said(engine, replace(request, unlike=unlike))
        other = "".join(piece.text for piece in pieces if isinstance(piece, Text))
        assert (other == text) is same and (other.split()[0] == first) is same


async def test_scores_are_the_models_own_log_probabilities(
    engine: LocalEngine, renderer: Renderer, base: LoadedBase
) -> None:
    prompts = (ask("What is the capital of France?"), ask("Where do bananas sleep?"))
    texts = ("Paris.", "The capital of France is Paris, of course.", "Bananas sleep.")
    async with engine.admit() as place:
        scores = await place.score(Scoring(prompts, texts))
    read = 0
    for prompt, values in zip(prompts, scores.values, strict=True):
        before = renderer.render(prompt.dialogue, system=prompt.system).ids
        read += len(before)
        for text, score in zip(texts, values, strict=True):
            after = renderer.plain(text)
            with torch.inference_mode():
                logits = base.model(torch.tensor([[*before, *after]])).logits[0, len(before) - 1 : -1].float()
            logs = logits.log_softmax(-1).gather(1, torch.tensor(after).unsqueeze(1))
            assert math.isclose(score, float(logs.mean()), abs_tol=0.1)
            read += len(after)
    assert scores.values[0][1] > scores.values[0][2]
    assert scores.read_tokens == read
