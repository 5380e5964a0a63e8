"""Fits the engineered prompt: the numbers of its constraints, chosen on transcripts.

For each answer that names an article, the prompt's own pipeline quotes sentences; the choice is the one whose
quotes share most words with what the agent said (token F1, as SQuAD's: arXiv:1606.05250) over the sample.
"""

import asyncio
import random
import re
import shutil
import time
import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Literal

from bot.answering.quoting import select
from bot.answering.speech import Speaker, Speech
from bot.dialogue import Dialogue
from bot.engine.local.embedding import search_embedder
from bot.engine.local.engine import LocalEngine
from bot.engine.protocol import Sampling
from bot.errors import RecipeInvalid
from bot.models.base import LoadedBase, load_base
from bot.models.embedder import load_embedder
from bot.progress import track
from bot.prompting.template import ConstraintsSection, PromptConfig, files_beside, read_prompt
from bot.releases.registry import Registry
from bot.retrieval.context import Context, retrieve
from bot.retrieval.index import open_knowledge
from bot.retrieval.sentences import content_words
from bot.settings import Settings
from training.dataset.dataset import Transcripts
from training.fitting.methods.method import Fitted, Job
from training.fitting.recipe import Recipe

GRID = {
    "cosine_weight": (0.0, 1.0, 3.0, 6.0, 12.0, 24.0, 48.0),
    "sentences": (1, 2, 3),
    "second_margin": (0.05, 0.1, 0.15, 0.2),
}


@dataclass(frozen=True)
class Trial:
    """One answer of an agent, with what the pipeline would choose from for it."""

    said: str
    context: Context
    gains: tuple[float, ...]


def token_f1(candidate: str, reference: str) -> float:
    """Harmonic mean of precision and recall over content words, counted with repetition."""
    a, b = Counter(content_words(candidate)), Counter(content_words(reference))
    common = (a & b).total()
    return 2 * common / (a.total() + b.total()) if common else 0.0


class EngineeredPrompt:
    """No weights are trained: the prompt's numbers are chosen on the dataset."""

    kind: Literal["prompt"] = "prompt"

    def rows(
        self,
        sources: Sequence[Transcripts],
        recipe: Recipe,  # noqa: ARG002
        settings: Settings,  # noqa: ARG002
    ) -> Sequence[Transcripts]:
        """The dialogues as they are."""
        return sources

    def fit(self, job: Job) -> Fitted:
        """Choose the numbers, leave prompt.toml with them, and say how good the choice is."""
        started = time.perf_counter()
        options = job.recipe.prompt
        file = job.settings.data / options.file
        prompt = read_prompt(file, job.shop)
        base = load_base(job.settings, job.console)
        asked = [
            (Dialogue(dialogue.turns[:index]), turn.text)
            for dialogue in job.dataset.dialogues
            for index, turn in enumerate(dialogue.turns)
            if turn.role == "assistant" and turn.articles and turn.learnt
        ]
        if not asked:
            raise RecipeInvalid(
                "the prompt is fitted on answers that name their article, and no transcript has any"
            )
        random.Random(job.recipe.seed).shuffle(asked)
        trials = asyncio.run(_trials_of(prompt, asked[: options.sample], base, job))
        choices = [dict(zip(GRID, values, strict=True)) for values in product(*GRID.values())]

        def quality(rules: ConstraintsSection) -> float:
            f1 = [token_f1(_quoted(trial, rules), trial.said) for trial in trials]
            return sum(f1) / len(f1)

        before = quality(prompt.constraints)
        qualities = [quality(prompt.constraints.model_copy(update=choice)) for choice in choices]
        found = max(qualities)
        best = choices[qualities.index(found)]
        written = job.folder / "prompt.toml"
        _write(file, written, best)
        for other, copied in zip(files_beside(file), files_beside(written), strict=True):
            if other.is_file():
                shutil.copyfile(other, copied)
        metrics = {"answers": float(len(trials)), "token_f1_before": before, "token_f1": found}
        return Fitted(metrics | {"seconds": round(time.perf_counter() - started, 4)})


def _quoted(trial: Trial, rules: ConstraintsSection) -> str:
    return " ".join(hit.sentence for hit in select(trial.context.sentences, trial.gains, rules))


async def _trials_of(
    prompt: PromptConfig,
    asked: Sequence[tuple[Dialogue, str]],
    base: LoadedBase,
    job: Job,
) -> list[Trial]:
    settings = job.settings
    registry, stock = Registry(settings), load_embedder(settings)
    embedder = search_embedder(registry, registry.places(base.folder.sha256)["retriever"], stock)
    knowledge = open_knowledge(settings.knowledge_dir, embedder, settings.home)
    engine = LocalEngine(base)
    speech = Speech(
        engine,
        max_prompt_tokens=settings.max_prompt_tokens,
        max_new_tokens=settings.max_new_tokens,
        sampling=Sampling(repetition_penalty=prompt.generation.repetition_penalty),
    )
    speaker = Speaker(prompt.system_text())
    trials = []
    for dialogue, said in track(asked, "Scoring the transcripts' answers", job.console):
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
        trials.append(Trial(said, context, gains.values))
    engine.close()
    return trials


def _write(source: Path, target: Path, numbers: dict[str, float]) -> None:
    """Copy prompt.toml with other numbers in [constraints]; text and comments stay as their author wrote them."""
    text = source.read_text(encoding="utf-8")
    if not (table := re.search(r"(?ms)^\[constraints\]$.*?(?=^\[|\Z)", text)):
        raise RecipeInvalid(f"{source}: it has no table [constraints] to be fitted")
    fitted = table[0]
    for key, value in numbers.items():
        fitted, count = re.subn(rf"(?m)^{key} = [\d.]+", f"{key} = {value}", fitted)
        if count != 1:
            raise RecipeInvalid(f"{source}: `{key} = …` must stand in [constraints] exactly once to be fitted")
    text = text[: table.start()] + fitted + text[table.end() :]
    tomllib.loads(text)
    target.write_text(text, encoding="utf-8")
