"""How likely each backend finds the right answers: negative log-likelihood per assistant token."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from rich.console import Console
from rich.table import Table

from bot.answering.quoting import alone
from bot.dialogue import Dialogue, Turn
from bot.engine.local.render import Renderer
from bot.models.base import load_base
from bot.models.embedder import load_embedder
from bot.progress import track
from bot.releases.part import open_artefact
from bot.retrieval.index import open_knowledge
from bot.schemas import Case
from bot.settings import Settings
from bot.shop.profile import read_shop
from bot.shop.slots import fill
from training.dataset.examples import set_aside, tokenise
from training.dataset.pairs import Passages, served_prompt
from training.errors import DatasetEmpty
from training.fitting.losses import evaluation_batches, summed_losses
from training.fitting.methods.adapter import load_adapter

# The sum of the NLLs of a case's spoken tokens, in nats, and how many they are.
Losses = tuple[float, int]


@dataclass(frozen=True, slots=True)
class Likelihood:
    """Mean NLL in nats per assistant token, over `tokens` of them, and the mean for each kind of case."""

    name: str
    tokens: int
    nll: float
    by_kind: dict[str, float]

    @classmethod
    def of(cls, name: str, cases: Sequence[Case], found: Sequence[Losses]) -> Self:
        """The means. Raises DatasetEmpty where there is nothing to measure."""
        sums: defaultdict[str, float] = defaultdict(float)
        counts: defaultdict[str, int] = defaultdict(int)
        for case, (loss, count) in zip(cases, found, strict=True):
            sums[case.kind] += loss
            counts[case.kind] += count
        tokens = sum(counts.values())
        if not tokens:
            raise DatasetEmpty("no evaluation case has an answer or a reference to measure")
        by_kind = {kind: sums[kind] / counts[kind] for kind in sorted(counts) if counts[kind]}
        return cls(name, tokens, sum(sums.values()) / tokens, by_kind)

    @property
    def perplexity(self) -> float:
        """e to the mean NLL."""
        return math.exp(self.nll)


def evaluate(
    cases: Sequence[Case],
    artefacts: Sequence[Path],
    settings: Settings,
    *,
    system: str,
    console: Console,
) -> list[Likelihood]:
    """The base under `system`, then each LoRA or soft-prompt artefact under its own recipe's system text.

    Raises DatasetEmpty without cases, ArtefactInvalid for an artefact that is not of this base.
    """
    if not cases:
        raise DatasetEmpty("no evaluation case was found; name a file with --cases")
    return [
        Likelihood.of(name, cases, losses(folder, cases, settings, system=system, console=console))
        for folder in [None, *artefacts]
        for name in ["base" if folder is None else open_artefact(folder).manifest.slot]
    ]


def losses(
    folder: Path | None, cases: Sequence[Case], settings: Settings, *, system: str, console: Console
) -> list[Losses]:
    """Of the base with an artefact, or of the bare base under `system`, for each case.

    All assistant turns count, the reference included; long cases are shortened as in training. What was trained to
    read has the case's labelled sentences before it, where there are any.
    Raises ArtefactInvalid for an artefact that is no LoRA or soft prompt of this base.
    """
    # PEFT rewrites the model that it is given, so each artefact gets a fresh one (0.2 s).
    base = load_base(settings, console)
    slots = read_shop(settings.shop_dir).slots
    model: Any = base.model
    name, soft_tokens = "the base", 0
    said = [case.answered for case in cases]
    if folder is not None:
        manifest = open_artefact(folder, base_sha256=base.folder.sha256, kinds=("lora", "soft-prompt")).manifest
        model = load_adapter(base.model, folder)
        name, system = manifest.slot, str(manifest.recipe["system"])
        soft_tokens = int(manifest.recipe.get("soft-prompt", {}).get("tokens", 0))
        if manifest.reads:
            said = _behind_sentences(cases, settings)
    renderer = Renderer(base)
    limit = base.model.config.max_position_embeddings - soft_tokens
    told = fill(system, slots)
    examples = [tokenise(dialogue, renderer, system=told, max_tokens=limit) for dialogue in said]
    whole = [example for example in examples if example is not None]
    if too_long := [case.id for case, example in zip(cases, examples, strict=True) if example is None]:
        console.print(set_aside(too_long, limit))
    batches = track(evaluation_batches(whole), f"Likelihood of {name}", console)
    summed = iter(summed_losses(model, whole, base.device, batches))
    return [next(summed) if example is not None else (0.0, 0) for example in examples]


def _behind_sentences(cases: Sequence[Case], settings: Settings) -> list[Dialogue]:
    """The cases with their reference, behind the sentences of the help centre that they name."""
    said = [case.answered for case in cases]
    prompt = served_prompt(settings, read_shop(settings.shop_dir))
    if prompt is None:
        return said
    knowledge = open_knowledge(settings.knowledge_dir, load_embedder(settings), settings.home)
    passages = Passages(knowledge.articles, knowledge.passages)
    answers = [Turn("assistant", "", tuple(case.articles), sentences=tuple(case.sentences)) for case in cases]
    read = [[(hit.passage, hit.sentence) for hit in passages.labelled(answer)] for answer in answers]
    return [
        prompt.with_passages(dialogue, alone(knowledge, hits)) for dialogue, hits in zip(said, read, strict=True)
    ]


def row(result: Likelihood) -> dict[str, Any]:
    """A model for `--json`."""
    return asdict(result) | {"perplexity": result.perplexity}


def table(results: Sequence[Likelihood]) -> Table:
    """One column for each model, so that any number of kinds fits 80 columns."""
    kinds = sorted({kind for result in results for kind in result.by_kind})
    shown = Table(title="Negative log-likelihood per assistant token", caption="nats; lower is better")
    shown.add_column("")
    for result in results:
        shown.add_column(result.name, justify="right")
    shown.add_row("tokens", *(str(result.tokens) for result in results))
    shown.add_row("NLL", *(f"{result.nll:.3f}" for result in results))
    shown.add_row("perplexity", *(f"{result.perplexity:.2f}" for result in results), end_section=True)
    for kind in kinds:
        figures = (f"{result.by_kind[kind]:.3f}" if kind in result.by_kind else "-" for result in results)
        shown.add_row(f"NLL of {kind}", *figures)
    return shown
