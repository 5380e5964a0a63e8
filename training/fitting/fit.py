"""From a recipe and transcripts to an artefact on disk."""

import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from bot.files import appearing
from bot.models.base import find_base
from bot.models.embedder import embedding_name, embedding_sha256
from bot.releases.part import Artefact, BaseFacts, ShopFacts, write_manifest
from bot.settings import Settings
from bot.shop.profile import read_shop
from training.dataset.dataset import Transcripts, make_dataset, named_sources, other_shops, shop_sources
from training.dataset.examples import named
from training.dataset.mixing import mixed
from training.dataset.naming import with_articles
from training.errors import DatasetEmpty
from training.fitting.checkpoint import EVERY_S
from training.fitting.methods.adapter import base_name
from training.fitting.methods.lora import Lora
from training.fitting.methods.method import Job, Method
from training.fitting.methods.prompt import EngineeredPrompt
from training.fitting.methods.reader import Reader
from training.fitting.methods.reranker import Reranker
from training.fitting.methods.retriever import Retriever
from training.fitting.methods.soft_prompt import SoftPrompt
from training.fitting.recipe import MethodName, Recipe, read_recipe
from training.output import refuse_foreign

METHODS: dict[MethodName, Method] = {
    "lora": Lora(),
    "soft-prompt": SoftPrompt(),
    "prompt": EngineeredPrompt(),
    "reranker": Reranker(),
    "retriever": Retriever(),
    "reader": Reader(),
}


def fit(
    recipe_path: Path,
    out: Path,
    settings: Settings,
    *,
    transcripts: Sequence[Path] = (),
    console: Console | None = None,
    resume: bool = True,
    checkpoint_s: float = EVERY_S,
) -> Artefact:
    """Make the artefact that a recipe describes, in the folder `out`.

    `transcripts` (files, folders or datasets) take the place of the recipe's; its other shops stay.

    `out` appears only when it is complete. A run that was stopped goes on after its last step, one that was killed
    where it was at most `checkpoint_s` seconds of work before, unless `resume` is False.
    Raises RecipeInvalid, TranscriptInvalid, DatasetEmpty, TrainingDiverged, BaseUnusable or ArtefactInvalid.
    """
    console = console or Console(file=sys.stderr)
    recipe = read_recipe(recipe_path)
    refuse_foreign(out)
    sources = named_sources(transcripts) if transcripts else shop_sources(settings, recipe.transcripts)
    return fit_sources(recipe, sources, out, settings, console=console, resume=resume, checkpoint_s=checkpoint_s)


def fit_sources(
    recipe: Recipe,
    sources: Sequence[Transcripts],
    out: Path,
    settings: Settings,
    *,
    console: Console,
    resume: bool = True,
    checkpoint_s: float = EVERY_S,
) -> Artefact:
    """The same for transcripts at hand, beside those of the recipe's other shops."""
    refuse_foreign(out)
    method = METHODS[recipe.method]
    if recipe.reads_articles:
        sources = with_articles(sources, settings, console)
    sources = mixed(
        sources,
        _beside(recipe, sources, settings, console),
        replay=recipe.replay,
        seed=recipe.seed,
        naming=recipe.backend is None,
    )
    dataset = make_dataset(method.rows(sources, recipe, settings))
    if dataset.unlearnt:
        console.print(f"Left out, because every answer in it is context only: {named(dataset.unlearnt)}.")
    shop = read_shop(settings.shop_dir)
    base = _base(method, settings, console)
    work = out.parent / f".{out.name}.training"
    if not resume:
        shutil.rmtree(work, ignore_errors=True)
    with appearing(out) as folder:
        job = Job(recipe.filled(shop), sources, dataset, shop, settings, folder, work, console, checkpoint_s)
        fitted = method.fit(job)
        artefact = write_manifest(
            folder,
            kind=method.kind,
            backend=recipe.backend,
            base=base,
            recipe=recipe.resolved(),
            dataset=dataset.facts(),
            shop=ShopFacts(name=shop.name, own_words=shop.own_words),
            metrics=fitted.metrics | dataset.metrics(),
            failed=fitted.failed,
        )
    shutil.rmtree(work, ignore_errors=True)
    return artefact.model_copy(update={"folder": out})


def _beside(recipe: Recipe, own: Sequence[Transcripts], settings: Settings, console: Console) -> list[Transcripts]:
    """The recipe's other shops; where a training goes on with a part, they may be missing.

    Then what the shop itself holds back is what it is judged by, where it holds something back.
    """
    try:
        others = other_shops(settings, recipe.shops)
    except DatasetEmpty as error:
        if recipe.init_from is None:
            raise
        console.print(f"Only the shop's own is learnt: {error}.", soft_wrap=True)
        return []
    if recipe.init_from and any(source.dev for source in own):
        return [replace(source, dev=()) for source in others]
    return others


def _base(method: Method, settings: Settings, console: Console) -> BaseFacts:
    """What a part is made for: the base that speaks, or, of a retriever, the embedding model."""
    if method.kind == "retriever":
        return BaseFacts(id=embedding_name(settings), sha256=embedding_sha256(settings))
    base = find_base(settings, console)
    return BaseFacts(id=base_name(base), sha256=base.sha256)
