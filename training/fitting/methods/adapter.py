"""The steps of every method that trains weights beside the base's own; PEFT makes them and writes their files."""

import json
import random
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from peft import PeftModel
from rich.console import Console

from bot.dialogue import Dialogue
from bot.engine.local.render import Renderer
from bot.files import sha256_of_text
from bot.models.base import LoadedBase, find_base, load_base
from bot.models.bundled import BaseFolder
from bot.releases.part import Artefact
from bot.settings import Settings
from training.dataset.dataset import Dataset, Transcripts
from training.dataset.examples import Example, Examples, tokenise_all
from training.dataset.reading import reading_rows
from training.errors import DatasetEmpty
from training.fitting.attention import use_block_attention
from training.fitting.beginning import beginning, take_up
from training.fitting.checkpoint import CheckpointFile, Progressed
from training.fitting.loop import Loss, train
from training.fitting.losses import mean_loss, spoken_losses
from training.fitting.methods.method import Fitted, Job
from training.fitting.norms import use_lean_norms
from training.fitting.recipe import Recipe

# More dialogues than this tell nothing new about whether a training went wrong.
DEV_DIALOGUES = 200


class AdapterMethod(Protocol):
    """What is particular to a method of PEFT's."""

    def soft_tokens(self, recipe: Recipe) -> int:
        """Rows that stand before the chat template, in tokens."""
        ...

    def prepare(self, base: LoadedBase, recipe: Recipe) -> Any:
        """A PEFT model around the base whose trainable parameters are all that is to be trained."""
        ...

    def save(self, model: Any, folder: Path) -> None:
        """Leave adapter_config.json and adapter_model.safetensors in `folder`, nothing else."""
        ...


def spoken_rows(sources: Sequence[Transcripts], recipe: Recipe, settings: Settings) -> Sequence[Transcripts]:
    """The dialogues as they are; with [reading] each answer as it will be served, under its shop's system text."""
    if recipe.reading is None:
        return sources
    return reading_rows(sources, recipe.reading, recipe.system, recipe.seed, settings, measured=DEV_DIALOGUES)


@dataclass(frozen=True, slots=True)
class Begun:
    """A fit with its base loaded, in the dtype of the checkpoint if there is one, and what it begins with."""

    base: LoadedBase
    renderer: Renderer
    max_tokens: int
    part: Artefact | None
    checkpoint: CheckpointFile


def begin(job: Job, method: AdapterMethod) -> Begun:
    """Find what a stopped fit left, and load the base."""
    recipe = job.recipe
    folder = find_base(job.settings, job.console)
    part = beginning(recipe, job.settings, folder.sha256)
    checkpoint = CheckpointFile(job.work, fingerprint(recipe, job.dataset, folder, part), job.checkpoint_s)
    base = load_base(_in_dtype(job.settings, checkpoint.dtype()), job.console)
    use_block_attention(base.model, base.device)
    use_lean_norms(base.model)
    room = base.model.config.max_position_embeddings - method.soft_tokens(recipe)
    return Begun(base, Renderer(base), min(recipe.max_tokens, room), part, checkpoint)


def untaught(job: Job, method: AdapterMethod, begun: Begun) -> Any:
    """The base with what the method trains beside it, as it begins."""
    model = method.prepare(begun.base, job.recipe)
    if begun.part:
        take_up(model, begun.part)
    return model


def taught(
    model: Any, job: Job, begun: Begun, examples: Sequence[Example], loss_of: Loss = spoken_losses
) -> Progressed:
    """Train a model that `untaught` made."""
    base = begun.base
    tokens = sum(len(example.ids) for example in examples)
    job.console.print(f"{len(examples)} dialogues, {tokens} tokens an epoch, {base.dtype} on {base.device}.")
    return train(
        model,
        examples,
        job.recipe,
        device=base.device,
        dtype=_name(base.dtype),
        checkpoint=begun.checkpoint,
        console=job.console,
        loss_of=loss_of,
    )


def fit_adapter(job: Job, method: AdapterMethod) -> Fitted:
    """Train on the job's dialogues, measure on its dev dialogues, save."""
    recipe, console = job.recipe, job.console
    begun = begin(job, method)
    base, renderer, max_tokens = begun.base, begun.renderer, begun.max_tokens
    # 1) what is learnt from, and what is measured on
    # Rows that are read with passages have their shop's own system text.
    system = None if recipe.reading else recipe.system
    learnt = tokenise_all(job.dataset.dialogues, renderer, system=system, max_tokens=max_tokens)
    for sentence in learnt.sentences(max_tokens):
        console.print(sentence)
    dev = _dev(job.dataset.dev, renderer, system, recipe.seed, max_tokens)
    base_loss = _measured(base.model, dev, base, console, "the base")
    # 2) training
    model = untaught(job, method, begun)
    loss_before = _measured(model, dev, base, console, "what it begins with") if begun.part else None
    trained = taught(model, job, begun, learnt.examples)
    method.save(model, job.folder)
    # 3) whether it went well
    metrics = trained.metrics() | learnt.metrics()
    if not dev:
        console.print("There are no dev dialogues: whether it answers better than the base was not measured.")
        return Fitted(metrics)
    loss = _measured(model, dev, base, console, "what was trained")
    metrics |= {"dev_nll": round(loss, 4), "dev_nll_base": round(base_loss, 4)}
    if loss_before is not None:
        metrics["dev_nll_before"] = round(loss_before, 4)
    told = f"NLL on dev dialogues is {loss:.3f}"
    if loss > base_loss:
        return Fitted(metrics, failed=f"{told} and {base_loss:.3f} of the base alone: it got worse")
    if loss_before is not None and loss > loss_before and job.holds_back:
        return Fitted(metrics, failed=f"{told}, and it was {loss_before:.3f} before: it got worse")
    return Fitted(metrics)


def fingerprint(recipe: Recipe, dataset: Dataset, base: BaseFolder, begun: Artefact | None = None) -> str:
    """Names one training: a checkpoint of another recipe, dataset, base or beginning is not its own.

    The dtype is no part of it: where it is measured, a busy machine may measure the other one next time.
    """
    facts = [recipe.resolved(), dataset.sha256, base.sha256, *([begun.sha256] if begun else [])]
    return sha256_of_text(json.dumps(facts, sort_keys=True))


def _in_dtype(settings: Settings, began: str | None) -> Settings:
    """A measured dtype gives way to the one that a training began in: it ends as if it had never stopped."""
    return settings.model_copy(update={"dtype": began}) if began and settings.dtype == "auto" else settings


def _name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def _dev(
    dialogues: Sequence[Dialogue], renderer: Renderer, system: str | None, seed: int, max_tokens: int
) -> Sequence[Example]:
    if len(dialogues) > DEV_DIALOGUES:
        dialogues = random.Random(seed).sample(dialogues, DEV_DIALOGUES)
    try:
        found: Examples = tokenise_all(dialogues, renderer, system=system, max_tokens=max_tokens)
    except DatasetEmpty:
        return ()
    return found.examples


def _measured(model: Any, dev: Sequence[Example], base: LoadedBase, console: Console, what: str) -> float:
    if not dev:
        return 0.0
    with console.status(f"Measuring {what} on {len(dev)} dev dialogues"):
        return mean_loss(model, dev, base.device)


def base_name(folder: BaseFolder) -> str:
    """The base's id for files that travel: a folder's name stands for its path."""
    place = Path(folder.id)
    return place.resolve().name if place.is_dir() else folder.id


@contextmanager
def quiet_peft() -> Iterator[None]:
    """PEFT 0.21 still asks transformers 5.23 for `is_gradient_checkpointing` by its deprecated name."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*is_gradient_checkpointing", FutureWarning)
        yield


def load_adapter(model: Any, folder: Path) -> Any:
    """Attach a saved LoRA or soft prompt, in the model's own dtype; `model` is changed by it."""
    with quiet_peft():
        return PeftModel.from_pretrained(model, str(folder), autocast_adapter_dtype=False).eval()


def save_adapter(model: Any, folder: Path, dtype: torch.dtype) -> None:
    """PEFT's own format, with the trained tensors in `dtype`."""
    trained = {
        name: parameter.detach().to(dtype)
        for name, parameter in model.named_parameters()
        if parameter.requires_grad
    }
    # "auto" would ask the hub whether the vocabulary was resized; it never is.
    model.save_pretrained(folder, state_dict=trained, save_embedding_layers=False)
    (folder / "README.md").unlink(missing_ok=True)
    # safetensors writes for the owner only; the server may run as somebody else.
    (folder / "adapter_model.safetensors").chmod(0o644)
