"""How likely each backend finds the right answers: negative log-likelihood per assistant token."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table

from bot.engine.local.render import Renderer
from bot.models.base import LoadedBase, load_base
from bot.releases.part import open_artefact
from bot.schemas import Case
from bot.settings import Settings
from bot.shop.profile import read_shop
from bot.shop.slots import fill
from training.dataset.examples import set_aside, tokenise
from training.errors import DatasetEmpty
from training.fitting.losses import evaluation_batches, summed_losses
from training.fitting.methods.adapter import load_adapter


@dataclass(frozen=True, slots=True)
class Likelihood:
    """Mean NLL in nats per assistant token, over `tokens` of them, and the mean for each kind of case."""

    name: str
    tokens: int
    nll: float
    by_kind: dict[str, float]

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
    slots = read_shop(settings.shop_dir).slots
    base = load_base(settings, console)
    results = [likelihood("base", base.model, base, cases, system=fill(system, slots), console=console)]
    for folder in artefacts:
        artefact = open_artefact(folder, base_sha256=base.folder.sha256, kinds=("lora", "soft-prompt"))
        # PEFT rewrites the model that it is given, so each artefact gets a fresh one (0.2 s).
        fresh = load_base(settings, console)
        model = load_adapter(fresh.model, folder)
        name = artefact.manifest.slot
        own = fill(str(artefact.manifest.recipe["system"]), slots)
        rows = int(artefact.manifest.recipe.get("soft-prompt", {}).get("tokens", 0))
        results.append(likelihood(name, model, fresh, cases, system=own, console=console, soft_tokens=rows))
    return results


def likelihood(
    name: str,
    model: Any,
    base: LoadedBase,
    cases: Sequence[Case],
    *,
    system: str,
    console: Console,
    soft_tokens: int = 0,
) -> Likelihood:
    """Of every assistant turn of the cases, their references included; long cases are shortened as in training."""
    renderer = Renderer(base)
    limit = base.model.config.max_position_embeddings - soft_tokens
    kinds, examples, too_long = [], [], []
    for case in cases:
        example = tokenise(case.answered, renderer, system=system, max_tokens=limit)
        if example is None:
            too_long.append(case.id)
            continue
        kinds.append(case.kind)
        examples.append(example)
    if too_long:
        console.print(set_aside(too_long, limit))
    batches = track(evaluation_batches(examples), description=f"Evaluating {name}", console=console)
    sums: defaultdict[str, float] = defaultdict(float)
    counts: defaultdict[str, int] = defaultdict(int)
    summed = summed_losses(model, examples, base.device, batches)
    for kind, (loss, count) in zip(kinds, summed, strict=True):
        sums[kind] += loss
        counts[kind] += count
    tokens = sum(counts.values())
    if not tokens:
        raise DatasetEmpty("no evaluation case has an answer or a reference to measure")
    by_kind = {kind: sums[kind] / counts[kind] for kind in sorted(counts) if counts[kind]}
    return Likelihood(name, tokens, sum(sums.values()) / tokens, by_kind)


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
