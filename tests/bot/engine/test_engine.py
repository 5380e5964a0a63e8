"""Tests of the local engine on the real base."""

import math
from collections.abc import Iterator

import pytest
import torch

from bot.dialogue import user_says
from bot.engine.local.engine import LocalEngine
from bot.engine.local.render import Renderer
from bot.engine.local.runner import Decoder
from bot.engine.protocol import Generation, Sampling, Scoring, Stopped, Text
from bot.errors import EngineBusy, EngineFailed
from bot.models.base import LoadedBase


@pytest.fixture
def engine(base: LoadedBase, renderer: Renderer) -> Iterator[LocalEngine]:
    made = LocalEngine(Decoder(base, renderer.end_ids), renderer.decode, max_queued=2)
    yield made
    made.close()


def ask(renderer: Renderer, text: str) -> tuple[int, ...]:
    return renderer.render(user_says(text), system="You are a helpful assistant.").ids


async def test_a_stream_yields_text_and_then_how_it_stopped(engine: LocalEngine, renderer: Renderer) -> None:
    request = Generation(ask(renderer, "What is the capital of France?"), max_new_tokens=20)
    pieces = [piece async for piece in engine.stream(request)]
    text = "".join(piece.text for piece in pieces if isinstance(piece, Text))
    assert "Paris" in text
    assert isinstance(pieces[-1], Stopped) and pieces[-1].reason == "stop"
    assert pieces[-1].prompt_tokens == len(request.prompt)


async def test_the_limit_of_new_tokens_is_a_length_stop(engine: LocalEngine, renderer: Renderer) -> None:
    request = Generation(ask(renderer, "Tell me a long story."), max_new_tokens=3)
    pieces = [piece async for piece in engine.stream(request)]
    assert pieces[-1] == Stopped("length", len(request.prompt), 3)


async def test_the_same_seed_samples_the_same_reply(engine: LocalEngine, renderer: Renderer) -> None:
    request = Generation(
        ask(renderer, "Tell me a story."), sampling=Sampling(temperature=1.0, top_p=0.9, seed=7), max_new_tokens=12
    )
    first = [piece async for piece in engine.stream(request)]
    assert first == [piece async for piece in engine.stream(request)]


async def test_closing_a_stream_frees_its_place(engine: LocalEngine, renderer: Renderer) -> None:
    long = Generation(ask(renderer, "Tell me a very long story."), max_new_tokens=1000)
    stream = engine.stream(long)
    await anext(stream)
    await stream.aclose()
    after = [piece async for piece in engine.stream(Generation(ask(renderer, "Hi"), max_new_tokens=2))]
    assert isinstance(after[-1], Stopped)


async def test_a_full_queue_refuses_with_busy(engine: LocalEngine, renderer: Renderer) -> None:
    long = Generation(ask(renderer, "Tell me a very long story."), max_new_tokens=1000)
    streams = [engine.stream(long) for _ in range(3)]
    await anext(streams[0])
    waiting = [engine._submit(long) for _ in range(2)]
    with pytest.raises(EngineBusy) as refused:
        await anext(streams[1])
    assert refused.value.retryable and refused.value.queued == 2
    for job, _ in waiting:
        job.cancelled.set()
    await streams[0].aclose()


async def test_a_failing_request_is_reported_and_the_next_one_is_answered(
    engine: LocalEngine,
) -> None:
    with pytest.raises(EngineFailed):
        await engine.score(Scoring((1,), ((5,),), adapter="no-such-adapter"))
    assert len(await engine.score(Scoring((1,), ((5,),)))) == 1


async def test_scores_are_the_models_own_log_probabilities(
    engine: LocalEngine, renderer: Renderer, base: LoadedBase
) -> None:
    prompt = ask(renderer, "What is the capital of France?")
    texts = ["Paris.", "The capital of France is Paris, of course.", "Bananas sleep."]
    continuations = tuple(tuple(renderer.plain(text)) for text in texts)
    scores = await engine.score(Scoring(prompt, continuations))
    for score, continuation in zip(scores, continuations, strict=True):
        ids = torch.tensor([[*prompt, *continuation]])
        with torch.inference_mode():
            logits = base.model(ids).logits[0, len(prompt) - 1 : -1].float()
        logs = logits.log_softmax(-1).gather(1, torch.tensor(continuation).unsqueeze(1))
        assert math.isclose(score, float(logs.mean()), abs_tol=0.1)
    assert scores[1] > scores[2]
