"""What a request is to the engine's thread: an iterator whose every step is one forward pass at most."""

from collections.abc import Iterator

import torch

from bot.dialogue import Dialogue
from bot.engine.local.render import Rendered, Renderer
from bot.engine.local.runner import Runner
from bot.engine.local.sampling import choose
from bot.engine.protocol import Generation, Output, Prompt, Reading, Scores, Scoring, Stopped, StopReason, Text


def write(request: Generation, runner: Runner, renderer: Renderer) -> Iterator[Output | None]:
    """The next turn, token by token; None where a token completes no character."""
    prompt, sampling = request.prompt, request.sampling
    rendered, shown = _fit(prompt, runner, renderer)
    yield Reading(shown, len(rendered.ids))
    state = runner.read(rendered.ids, prompt.adapter)
    generator = torch.Generator(runner.base.device).manual_seed(sampling.seed)
    limit = min(request.max_new_tokens, runner.max_context - len(rendered.ids))
    ids: list[int] = []
    said = ""
    reason: StopReason = "length"
    while len(ids) < limit:
        token = choose(state.logits, sampling, ids, generator)
        if token in renderer.end_ids:
            reason = "stop"
            break
        ids.append(token)
        text = renderer.decode(ids)
        # A character whose bytes are not all there yet decodes to U+FFFD: wait for the rest.
        whole = not text.endswith("\ufffd")
        yield Text(text[len(said) :]) if whole else None
        said = text if whole else said
        if len(ids) < limit:
            state = runner.advance(state, token, prompt.adapter)
    if (rest := renderer.decode(ids)[len(said) :]).strip("\ufffd"):
        yield Text(rest)
    yield Stopped(reason, len(rendered.ids), len(ids))


def weigh(request: Scoring, runner: Runner, renderer: Renderer) -> Iterator[Scores | None]:
    """The scores of every text after every prompt, all texts of one prompt together."""
    texts = [tuple(renderer.plain(text)) for text in request.texts]
    values: list[tuple[float, ...]] = []
    read_tokens = 0
    for prompt in request.prompts:
        rendered, _ = _fit(prompt, runner, renderer)
        read_tokens += len(rendered.ids) + sum(len(text) for text in texts)
        state = runner.read(rendered.ids, prompt.adapter)
        yield None
        values.append(runner.score(state, texts, prompt.adapter) if texts else ())
        yield None
    yield Scores(tuple(values), read_tokens)


def _fit(prompt: Prompt, runner: Runner, renderer: Renderer) -> tuple[Rendered, Dialogue]:
    soft = runner.adapters.soft_ids(prompt.adapter)
    return renderer.fit(prompt.dialogue, system=prompt.system, soft=soft, max_tokens=prompt.max_tokens)
