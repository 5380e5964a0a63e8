"""What a request is to the engine: a generator that asks for rows to be read, and gives what it makes of them."""

from collections.abc import Generator

import torch

from bot.dialogue import Dialogue
from bot.engine.local.cache import Ids
from bot.engine.local.render import Rendered, Renderer
from bot.engine.local.rows import Found, Likelihood, Next, Row, Verdicts
from bot.engine.local.runner import Runner
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

Given = Output | Scores | Judgements
# It yields answers, and rows; for rows it is sent what was found of each. With the last answer it is done.
Work = Generator[Given | list[Row], list[Found], None]


def write(request: Generation, runner: Runner, renderer: Renderer) -> Work:
    """The next turn, token by token."""
    prompt, sampling = request.prompt, request.sampling
    rendered, shown = _fit(prompt, runner, renderer)
    yield Reading(shown, len(rendered.ids))
    limit = min(request.max_new_tokens, runner.max_context - len(rendered.ids))
    generator = torch.Generator(runner.base.device).manual_seed(sampling.seed)
    never = tuple(begins[0] for text in request.unlike if (begins := renderer.plain(text)))
    want = Next(sampling, generator, never=never)
    most = len(rendered.ids) + max(0, limit)
    row = Row(list(rendered.ids), prompt.adapter, want, most=most, keeps=most)
    said = ""
    reason: StopReason = "length"
    while len(want.said) < limit:
        (token,) = yield [row]
        if token in renderer.end_ids or not isinstance(token, int):
            reason = "stop"
            break
        want.said.append(token)
        row.ids.append(token)
        text = renderer.decode(want.said)
        # A character whose bytes are not all there yet decodes to U+FFFD: wait for the rest.
        if not text.endswith("\ufffd"):
            yield Text(text[len(said) :])
            said = text
    if (rest := renderer.decode(want.said)[len(said) :]).strip("\ufffd"):
        yield Text(rest)
    yield Stopped(reason, len(rendered.ids), len(want.said))


def weigh(request: Scoring, runner: Runner, renderer: Renderer) -> Work:
    """The scores of every text after every prompt; a text without tokens has 0."""
    texts = [tuple(renderer.plain(text)) for text in request.texts]
    read = [(prompt.adapter, _fit(prompt, runner, renderer)[0].ids) for prompt in request.prompts]
    scores: dict[tuple[str | None, Ids, Ids], float] = {}
    # The first text is read with the prompts, and the others when those are known.
    for some in (texts[:1], texts[1:]):
        asked = dict.fromkeys((*prompt, text) for prompt in read for text in some if text)
        rows = {one: _scored(*one, kept=request.kept) for one in asked if one not in scores}
        if rows:
            found = yield list(rows.values())
            scores.update(zip(rows, map(_number, found), strict=True))
    values = tuple(tuple(scores.get((*prompt, text), 0.0) for text in texts) for prompt in read)
    yield Scores(values, sum(len(ids) + sum(map(len, texts)) for _, ids in read))


def judge(request: Judging, runner: Runner, renderer: Renderer) -> Work:
    """The judgements of one request. Nothing of it is remembered: no two begin alike."""
    ids, places = renderer.joined(request.pieces, request.marks)
    words = renderer.told_apart(request.yes, request.no)
    if len(ids) > runner.max_context:
        raise EngineFailed(
            f"{len(ids)} tokens are to be judged together, and the base reads {runner.max_context}; name fewer"
        )
    (values,) = yield [Row(list(ids), request.adapter, Verdicts(places, *words))]
    yield Judgements(values if isinstance(values, tuple) else (), len(ids))


def _scored(adapter: str | None, ids: Ids, text: Ids, *, kept: bool) -> Row:
    """A prompt with a text behind it; of the text's last id nothing is wanted."""
    return Row([*ids, *text[:-1]], adapter, Likelihood(text), keeps=len(ids) if kept else 0)


def _number(found: Found) -> float:
    if not isinstance(found, float):
        raise EngineFailed("the engine gave no score; the server's log has the cause")
    return found


def _fit(prompt: Prompt, runner: Runner, renderer: Renderer) -> tuple[Rendered, Dialogue]:
    soft = runner.adapters.soft_ids(prompt.adapter)
    return renderer.fit(prompt.dialogue, system=prompt.system, soft=soft, max_tokens=prompt.max_tokens)
