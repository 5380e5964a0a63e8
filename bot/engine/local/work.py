"""What a request is to the engine's thread: an iterator whose every step is one forward pass at most."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import torch

from bot.dialogue import Dialogue, user_says
from bot.engine.local.render import Rendered, Renderer
from bot.engine.local.runner import Ids, Runner
from bot.engine.local.sampling import choose
from bot.engine.protocol import (
    Generation,
    Judgements,
    Judging,
    Output,
    Prompt,
    Reading,
    Scores,
    Scoring,
    Stopped,
    StopReason,
    Text,
)
from bot.errors import EngineFailed

# Of one step, with padding: what comes next in the line waits no longer than for so many.
BATCH_TOKENS = 640


def write(request: Generation, runner: Runner, renderer: Renderer) -> Iterator[Output | None]:
    """The next turn, token by token; None where a token completes no character."""
    prompt, sampling = request.prompt, request.sampling
    rendered, shown = _fit(prompt, runner, renderer)
    yield Reading(shown, len(rendered.ids))
    state = runner.read(rendered.ids, prompt.adapter)
    generator = torch.Generator(runner.base.device).manual_seed(sampling.seed)
    first = [begins[0] for text in request.unlike if (begins := renderer.plain(text))]
    limit = min(request.max_new_tokens, runner.max_context - len(rendered.ids))
    ids: list[int] = []
    said = ""
    reason: StopReason = "length"
    while len(ids) < limit:
        token = choose(state.logits, sampling, ids, generator, never=() if ids else first)
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
    if request.together and runner.can_stack and request.prompts and texts and all(texts):
        yield from _weigh_together(request.prompts, texts, runner, renderer, kept=request.kept)
        return
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


def judge(request: Judging, runner: Runner, renderer: Renderer) -> Iterator[Judgements]:
    """The judgements of one request, in one step."""
    ids, places = renderer.joined(request.pieces, request.marks)
    words = renderer.told_apart(request.yes, request.no)
    if len(ids) > runner.max_context:
        raise EngineFailed(
            f"{len(ids)} tokens are to be judged together, and the base reads {runner.max_context}; name fewer"
        )
    yield Judgements(runner.judge(ids, places, words, request.adapter), len(ids))


def _weigh_together(
    prompts: Sequence[Prompt], texts: Sequence[Ids], runner: Runner, renderer: Renderer, *, kept: bool
) -> Iterator[Scores | None]:
    """The same for prompts under one adapter, in batches."""
    (adapter,) = {prompt.adapter for prompt in prompts}
    read = [_fit(prompt, runner, renderer)[0].ids for prompt in prompts]
    shared = _shared(prompts[0], read, runner, renderer)
    if shared:
        runner.read(read[0][:shared], adapter)
        yield None
    found: list[dict[Ids, float]] = [{} for _ in texts]
    weighed = (
        _after_kept(read, shared, texts, adapter, runner)
        if kept
        else _at_once(read, shared, texts, adapter, runner)
    )
    for step in weighed:
        if step is not None:
            number, scores = step
            found[number].update(scores)
        yield None
    read_tokens = sum(len(ids) + sum(map(len, texts)) for ids in read)
    yield Scores(tuple(zip(*([own[ids] for ids in read] for own in found), strict=True)), read_tokens)


# A text's number, and its score after each of some prompts.
Weighed = tuple[int, dict[Ids, float]]


def _after_kept(
    read: Sequence[Ids], shared: int, texts: Sequence[Ids], adapter: str | None, runner: Runner
) -> Iterator[Weighed | None]:
    """The unknown prompts are read, then each text after all of them."""
    # 1) what is not known yet is read, a batch a step; it stays at hand here whatever the cache forgets meanwhile
    states = {ids: state for ids in read if (state := runner.known(ids, adapter)) is not None}
    for batch in _batches([ids for ids in read if ids not in states], -shared):
        states.update(zip(batch, runner.read_together(batch, shared, adapter), strict=True))
        yield None
    # 2) each text after all of them; a long one after a few at a time
    after = sorted(states, key=len)
    for number, text in enumerate(texts):
        several = max(1, BATCH_TOKENS // len(text))
        for start in range(0, len(after), several):
            some = after[start : start + several]
            scores = runner.score_together(some, [states[ids] for ids in some], text, adapter)
            yield number, dict(zip(some, scores, strict=True))


def _at_once(
    read: Sequence[Ids], shared: int, texts: Sequence[Ids], adapter: str | None, runner: Runner
) -> Iterator[Weighed]:
    """Each prompt is read with a text behind it, and forgotten."""
    for number, text in enumerate(texts):
        for batch in _batches(read, len(text) - shared):
            scores = runner.score_once(batch, shared, text, adapter)
            yield number, dict(zip(batch, scores, strict=True))


def _shared(prompt: Prompt, read: Sequence[Ids], runner: Runner, renderer: Renderer) -> int:
    """How many ids come before what is said, the same in all prompts; at least two of each are left.

    It does not depend on what else is read: what is kept of a prompt fits any other that begins so.
    """
    said = [_fit(replace(prompt, dialogue=user_says(text)), runner, renderer)[0].ids for text in ("a", "1")]
    most = max(0, min(map(len, (*read, *said))) - 2)
    first = said[0][:most]
    every = (*said, *read)
    return next((place for place, token in enumerate(first) if any(ids[place] != token for ids in every)), most)


def _batches(prompts: Sequence[Ids], more: int) -> Iterator[list[Ids]]:
    """Prompts near in length together, each once, in batches within the budget with padding, or of one prompt.

    `more` ids of each are read than it has.
    """
    batch: list[Ids] = []
    for ids in sorted(dict.fromkeys(prompts), key=len):
        if batch and (len(batch) + 1) * (len(ids) + more) > BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(ids)
    if batch:
        yield batch


def _fit(prompt: Prompt, runner: Runner, renderer: Renderer) -> tuple[Rendered, Dialogue]:
    soft = runner.adapters.soft_ids(prompt.adapter)
    return renderer.fit(prompt.dialogue, system=prompt.system, soft=soft, max_tokens=prompt.max_tokens)
