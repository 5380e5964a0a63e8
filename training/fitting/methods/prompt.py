"""Fits the engineered prompt: the numbers of its constraints, chosen on transcripts.

For each answer that names an article, the prompt's own pipeline quotes sentences; the choice is the one whose
quotes share most words with what the agent said (token F1, as SQuAD's: arXiv:1606.05250) over the sample.
"""

import asyncio
import random
import re
import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from bot.answering.quoting import select
from bot.answering.speech import Speaker, Speech
from bot.dialogue import Dialogue
from bot.engine.local.engine import LocalEngine
from bot.engine.protocol import Sampling
from bot.errors import RecipeInvalid
from bot.models.base import LoadedBase
from bot.models.embedder import load_embedder
from bot.prompting.template import ConstraintsPart, Prompt, read_prompt
from bot.retrieval.context import Context, retrieve
from bot.retrieval.index import open_knowledge
from bot.retrieval.sentences import content_words
from bot.settings import Settings
from bot.shop.profile import Shop

GRID = {
    "cosine_weight": (0.0, 1.0, 3.0, 6.0, 12.0, 24.0, 48.0),
    "sentences": (1, 2, 3),
    "second_margin": (0.05, 0.1, 0.15, 0.2),
}


@dataclass(frozen=True)
class Probe:
    """One answer of an agent, with what the pipeline would choose from for it."""

    said: str
    context: Context
    gains: tuple[float, ...]


def token_f1(candidate: str, reference: str) -> float:
    """Harmonic mean of precision and recall over content words, counted with repetition."""
    a, b = Counter(content_words(candidate)), Counter(content_words(reference))
    common = (a & b).total()
    return 2 * common / (a.total() + b.total()) if common else 0.0


def fit_prompt(
    prompt_file: Path,
    shop: Shop,
    dialogues: Sequence[Dialogue],
    base: LoadedBase,
    settings: Settings,
    out: Path,
    *,
    seed: int,
    sample: int,
    console: Console,
) -> dict[str, float]:
    """Choose the numbers and write `out`/prompt.toml; returns the metrics of the choice."""
    prompt = read_prompt(prompt_file, shop)
    asked = [
        (Dialogue(dialogue.turns[:index]), turn.text)
        for dialogue in dialogues
        for index, turn in enumerate(dialogue.turns)
        if turn.role == "assistant" and turn.articles and turn.learnt
    ]
    if not asked:
        raise RecipeInvalid("the prompt is fitted on answers that name their article, and no transcript has any")
    random.Random(seed).shuffle(asked)
    probes = asyncio.run(_probe(prompt, asked[:sample], base, settings, console))
    choices = [dict(zip(GRID, values, strict=True)) for values in product(*GRID.values())]

    def quality(rules: ConstraintsPart) -> float:
        f1 = [
            token_f1(
                " ".join(hit.sentence for hit in select(probe.context.sentences, probe.gains, rules)), probe.said
            )
            for probe in probes
        ]
        return sum(f1) / len(f1)

    before = quality(prompt.constraints)
    qualities = [quality(prompt.constraints.model_copy(update=choice)) for choice in choices]
    found = max(qualities)
    best = choices[qualities.index(found)]
    _write(prompt_file, out / "prompt.toml", best)
    return {"answers": float(len(probes)), "token_f1_before": before, "token_f1": found}


async def _probe(
    prompt: Prompt,
    asked: Sequence[tuple[Dialogue, str]],
    base: LoadedBase,
    settings: Settings,
    console: Console,
) -> list[Probe]:
    knowledge = open_knowledge(settings.knowledge_dir, load_embedder(settings), settings.home)
    engine = LocalEngine(base)
    speech = Speech(
        engine,
        max_prompt_tokens=settings.max_prompt_tokens,
        max_new_tokens=settings.max_new_tokens,
        sampling=Sampling(repetition_penalty=prompt.generation.repetition_penalty),
    )
    speaker = Speaker(prompt.system_text())
    probes = []
    with Progress(console=console) as progress:
        for dialogue, said in progress.track(asked, description="Scoring the transcripts' answers"):
            context = retrieve(
                knowledge,
                dialogue,
                prompt.retrieval,
                passages=prompt.context.passages,
                nearest=prompt.constraints.nearest,
            )
            async with speech.admit() as place:
                sentences = [hit.sentence for hit in context.sentences]
                gains = await speech.gains(place, context.question, sentences, speaker)
            probes.append(Probe(said, context, gains.values))
    engine.close()
    return probes


def _write(source: Path, target: Path, numbers: dict[str, float]) -> None:
    """Copy prompt.toml with other numbers; its text and comments stay as its author wrote them."""
    text = source.read_text(encoding="utf-8")
    for key, value in numbers.items():
        text, count = re.subn(rf"(?m)^{key} = [\d.]+", f"{key} = {value}", text)
        if count != 1:
            raise RecipeInvalid(f"{source}: `{key} = …` must stand there exactly once to be fitted")
    tomllib.loads(text)
    target.write_text(text, encoding="utf-8")
