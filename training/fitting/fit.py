"""From a recipe and transcripts to an artefact on disk."""

import json
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from bot.backends import Kind
from bot.engine.local.render import Renderer
from bot.files import appearing, sha256_of_text
from bot.models.base import LoadedBase, load_base
from bot.releases.part import Artefact, BaseFacts, ShopFacts, write_manifest
from bot.settings import Settings
from bot.shop.profile import Shop, read_shop
from training.dataset.batches import Example, tokenise
from training.dataset.dataset import Dataset, make_dataset, named_sources, shop_sources
from training.fitting.checkpoint import CheckpointFile
from training.fitting.loop import train
from training.fitting.methods.lora import Lora
from training.fitting.methods.method import Method, base_name
from training.fitting.methods.soft_prompt import SoftPrompt
from training.fitting.recipe import MethodName, Recipe, read_recipe
from training.output import refuse_foreign

METHODS: dict[MethodName, Method] = {"lora": Lora(), "soft-prompt": SoftPrompt()}


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
    unless `resume` is False. Raises RecipeInvalid, TranscriptInvalid, DatasetEmpty, DialogueTooLong,
    BaseUnusable or ArtefactInvalid.
    """
    console = console or Console(file=sys.stderr)
    recipe = read_recipe(recipe_path)
    refuse_foreign(out)
    if transcripts:
        dataset = make_dataset(named_sources(transcripts))
    else:
        dataset = make_dataset(shop_sources(settings.shop_dir, recipe.transcripts))
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
        names = ", ".join(dataset.unlearnt)
        console.print(f"Left out, because every answer in it is context only: {len(dataset.unlearnt)} ({names}).")
    if recipe.method == "prompt":
        return _fit_prompt(recipe, dataset, out, settings, console)
    method = METHODS[recipe.method]
    base = load_base(settings, console)
    shop = read_shop(settings.shop_dir)
    said = recipe.filled(shop)
    work = out.parent / f".{out.name}.training"
    if not resume:
        shutil.rmtree(work, ignore_errors=True)
    examples = tokenise_all(dataset, base, said)
    tokens = sum(len(example.ids) for example in examples)
    console.print(f"{len(examples)} dialogues, {tokens} tokens an epoch, {base.dtype} on {base.device}.")
    model = method.prepare(base, said)
    trained = train(
        model,
        examples,
        said,
        pad_id=base.tokenizer.eos_token_id,
        device=base.device,
        checkpoint=CheckpointFile(work, fingerprint(said, dataset, base)),
        console=console,
    )
    with appearing(out) as folder:
        method.save(model, folder)
        artefact = _manifest(folder, method.kind, recipe, dataset, base, shop, trained.metrics())
    shutil.rmtree(work, ignore_errors=True)
    return artefact.model_copy(update={"folder": out})


def _fit_prompt(recipe: Recipe, dataset: Dataset, out: Path, settings: Settings, console: Console) -> Artefact:
    """No weights are trained: the prompt's numbers are chosen on the dataset."""
    from training.fitting.methods.prompt import fit_prompt

    base = load_base(settings, console)
    shop = read_shop(settings.shop_dir)
    started = time.perf_counter()
    with appearing(out) as folder:
        metrics = fit_prompt(
            settings.data / recipe.prompt.file,
            shop,
            dataset.dialogues,
            base,
            settings,
            folder,
            seed=recipe.seed,
            sample=recipe.prompt.sample,
            console=console,
        )
        metrics["seconds"] = round(time.perf_counter() - started, 4)
        artefact = _manifest(folder, "prompt", recipe, dataset, base, shop, metrics)
    return artefact.model_copy(update={"folder": out})


def _manifest(
    folder: Path,
    kind: Kind,
    recipe: Recipe,
    dataset: Dataset,
    base: LoadedBase,
    shop: Shop,
    metrics: dict[str, float],
) -> Artefact:
    if dataset.unlearnt:
        metrics["dialogues_without_answer"] = float(len(dataset.unlearnt))
    return write_manifest(
        folder,
        kind=kind,
        backend=recipe.backend,
        base=BaseFacts(id=base_name(base), sha256=base.folder.sha256),
        recipe=recipe.resolved(),
        dataset=dataset.facts(),
        shop=ShopFacts(name=shop.name, own_words=shop.own_words),
        metrics=metrics,
    )


def tokenise_all(dataset: Dataset, base: LoadedBase, recipe: Recipe) -> list[Example]:
    """Every dialogue as token ids; raises DialogueTooLong for what the recipe or the base cannot take."""
    renderer = Renderer(base)
    room = base.model.config.max_position_embeddings - METHODS[recipe.method].soft_tokens(recipe)
    max_tokens = min(recipe.max_tokens, room)
    return [
        tokenise(dialogue, renderer, system=recipe.system, max_tokens=max_tokens) for dialogue in dataset.dialogues
    ]


def fingerprint(recipe: Recipe, dataset: Dataset, base: LoadedBase) -> str:
    """Names one training: a checkpoint of another recipe, dataset, base or dtype is not its own."""
    facts = [recipe.resolved(), dataset.sha256, base.folder.sha256, str(base.dtype)]
    return sha256_of_text(json.dumps(facts, sort_keys=True))
