"""From a recipe and transcripts to an artefact on disk."""

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from bot.files import appearing
from bot.models.base import find_base
from bot.releases.part import Artefact, BaseFacts, ShopFacts, write_manifest
from bot.settings import Settings
from bot.shop.profile import read_shop
from training.dataset.dataset import Dataset, make_dataset, named_sources, shop_sources
from training.dataset.examples import named
from training.fitting.methods.adapter import base_name
from training.fitting.methods.lora import Lora
from training.fitting.methods.method import Job, Method
from training.fitting.methods.prompt import EngineeredPrompt
from training.fitting.methods.soft_prompt import SoftPrompt
from training.fitting.recipe import MethodName, Recipe, read_recipe
from training.output import refuse_foreign

METHODS: dict[MethodName, Method] = {"lora": Lora(), "soft-prompt": SoftPrompt(), "prompt": EngineeredPrompt()}


def fit(
    recipe_path: Path,
    out: Path,
    settings: Settings,
    *,
    transcripts: Sequence[Path] = (),
    console: Console | None = None,
    resume: bool = True,
) -> Artefact:
    """Make the artefact that a recipe describes, in the folder `out`.

    `transcripts` (files, folders or datasets) take the place of the recipe's.

    `out` appears only when it is complete. A run that was stopped goes on after its last whole epoch,
    unless `resume` is False. Raises RecipeInvalid, TranscriptInvalid, DatasetEmpty, TrainingDiverged,
    BaseUnusable or ArtefactInvalid.
    """
    console = console or Console(file=sys.stderr)
    recipe = read_recipe(recipe_path)
    refuse_foreign(out)
    if transcripts:
        dataset = make_dataset(named_sources(transcripts))
    else:
        dataset = make_dataset(shop_sources(settings, recipe.transcripts))
    return fit_dataset(recipe, dataset, out, settings, console=console, resume=resume)


def fit_dataset(
    recipe: Recipe,
    dataset: Dataset,
    out: Path,
    settings: Settings,
    *,
    console: Console,
    resume: bool = True,
) -> Artefact:
    """The same for a dataset at hand; `recipe.transcripts` is not read."""
    refuse_foreign(out)
    if dataset.unlearnt:
        console.print(f"Left out, because every answer in it is context only: {named(dataset.unlearnt)}.")
    shop = read_shop(settings.shop_dir)
    base = find_base(settings, console)
    method = METHODS[recipe.method]
    work = out.parent / f".{out.name}.training"
    if not resume:
        shutil.rmtree(work, ignore_errors=True)
    with appearing(out) as folder:
        fitted = method.fit(Job(recipe.filled(shop), dataset, shop, settings, folder, work, console))
        artefact = write_manifest(
            folder,
            kind=method.kind,
            backend=recipe.backend,
            base=BaseFacts(id=base_name(base), sha256=base.sha256),
            recipe=recipe.resolved(),
            dataset=dataset.facts(),
            shop=ShopFacts(name=shop.name, own_words=shop.own_words),
            metrics=fitted.metrics | dataset.metrics(),
            failed=fitted.failed,
        )
    shutil.rmtree(work, ignore_errors=True)
    return artefact.model_copy(update={"folder": out})
