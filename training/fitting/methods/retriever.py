"""A retriever: a LoRA on the embedding model, so that questions lie nearer to the passages that answer them.

Source: LoRA, https://arxiv.org/abs/2106.09685; the loss, https://arxiv.org/abs/1705.00652
"""

import json
import math
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import torch
from peft import LoraConfig, get_peft_model
from rich.console import Console

from bot.files import sha256_of_text
from bot.models.device import choose_dtype
from bot.models.embedder import (
    Embedder,
    embedding_identity,
    embedding_name,
    find_embedding_folder,
    load_embedder,
)
from bot.releases.part import Artefact
from bot.retrieval.index import open_knowledge
from bot.retrieval.retriever import Knowledge
from bot.retrieval.rules import SearchRules
from bot.settings import Settings
from training.dataset.dataset import Transcripts
from training.dataset.lessons import Lesson, lessons_of
from training.dataset.pairs import question_rows, served_rules
from training.errors import TrainingDiverged
from training.fitting.beginning import beginning, take_up
from training.fitting.checkpoint import CheckpointFile, Progressed
from training.fitting.contrastive import Prompts, contrastive_loss, draw
from training.fitting.loop import MasterWeights, learning_rate_at, steps_shown
from training.fitting.methods.adapter import quiet_peft, save_adapter
from training.fitting.methods.method import Fitted, Job
from training.fitting.recipe import Recipe
from training.fitting.searching import Found, Probe, found_in, indexed_anew, probe_of

DEFAULT_BATCH = 32
_KEPT, _DEV = "kept.", "dev"


@dataclass(frozen=True, slots=True)
class Lessons:
    """What is learnt from, what it is measured on, and the untrained vector of each text that is learnt from."""

    learnt: tuple[Lesson, ...]
    probes: tuple[Probe, ...]
    stock: Mapping[str, torch.Tensor]
    rules: SearchRules


class Retriever:
    """Trained as long as it finds more of the held-back questions' articles: the best epoch is what is kept."""

    kind: Literal["retriever"] = "retriever"

    def rows(
        self,
        sources: Sequence[Transcripts],
        recipe: Recipe,  # noqa: ARG002
        settings: Settings,
    ) -> Sequence[Transcripts]:
        """A row for each question and each passage that answers it."""
        return question_rows(sources, settings)

    def fit(self, job: Job) -> Fitted:
        """See Method. The checkpoint holds the best epoch's weights beside the newest."""
        stock = load_embedder(job.settings)
        lessons = read_lessons(job, stock)
        begun = beginning(job.recipe, job.settings, embedding_identity(find_embedding_folder(job.settings)))
        checkpoint = CheckpointFile(job.work, fingerprint(job.recipe, lessons, stock, begun))
        student = load_embedder(job.settings)
        adapter = _prepare(student, job.recipe, job.settings)
        if begun:
            take_up(adapter, begun)
        console = job.console
        console.print(
            f"{len(lessons.learnt)} questions to learn from, {sum(len(probe.asked) for probe in lessons.probes)} "
            f"of {len(lessons.probes)} help centres to choose the epoch by."
        )
        before = found_in([(probe.knowledge, probe) for probe in lessons.probes], lessons.rules)
        training = _Training(
            job.recipe, lessons, stock, student, adapter, checkpoint, console, dtype=job.settings.dtype
        )
        training.run()
        training.keep_best()
        save_adapter(adapter, job.folder, torch.bfloat16)
        metrics = training.metrics() | {"questions": float(len(lessons.learnt))}
        if before is None or training.best is None:
            console.print("There are no held-back questions: whether it finds more than stock was not measured.")
            return Fitted(metrics)
        metrics |= training.best.metrics() | before.metrics("_stock")
        if training.best.score > before.score:
            return Fitted(metrics)
        return Fitted(
            metrics,
            failed=f"the mean of hit@1 and hit@3 on dev questions is {training.best.score:.3f}, and "
            f"{before.score:.3f} without it: it finds no more",
        )


def read_lessons(job: Job, stock: Embedder) -> Lessons:
    """Lessons and probes of all sources, each help centre indexed once."""
    settings, rules = job.settings, served_rules(job.settings)
    known: dict[Path, tuple[str, Knowledge]] = {}
    learnt: list[Lesson] = []
    probes: list[Probe] = []
    vectors: dict[str, torch.Tensor] = {}
    questions, documents = stock.prompts
    for source in job.sources:
        folder = source.knowledge or settings.knowledge_dir
        if folder not in known:
            known[folder] = str(len(known)), open_knowledge(folder, stock, settings.home)
        centre, knowledge = known[folder]
        found, asked = lessons_of(source, centre, knowledge, stock, rules)
        if found:
            learnt += found
            vectors |= {documents + text: torch.tensor(one) for text, one in knowledge.vectors().items()}
            vectors |= {questions + text: torch.tensor(one) for text, one in asked.items()}
        if probe := probe_of(source, knowledge, rules):
            probes.append(probe)
    return Lessons(tuple(learnt), _joined(probes), vectors, rules)


def _joined(probes: Sequence[Probe]) -> tuple[Probe, ...]:
    """One for each help centre, however many sources ask it."""
    joined: dict[str, Probe] = {}
    for probe in probes:
        before = joined.get(probe.knowledge.state)
        joined[probe.knowledge.state] = replace(probe, asked=before.asked + probe.asked) if before else probe
    return tuple(joined.values())


def fingerprint(recipe: Recipe, lessons: Lessons, stock: Embedder, begun: Artefact | None = None) -> str:
    """Names one training: a checkpoint of another recipe, other lessons or another model is not its own."""
    learnt = [[lesson.question, [asdict(text) for text in _texts(lesson)]] for lesson in lessons.learnt]
    probes = [[probe.knowledge.state, [question for question, _ in probe.asked]] for probe in lessons.probes]
    facts = [recipe.resolved(), learnt, probes, stock.identity, *([begun.sha256] if begun else [])]
    return sha256_of_text(json.dumps(facts, sort_keys=True))


def _texts(lesson: Lesson) -> list[Any]:
    return [*lesson.passages, *lesson.sentences, *lesson.wrong_passages, *lesson.wrong_sentences, *lesson.beside]


def _prepare(student: Embedder, recipe: Recipe, settings: Settings) -> Any:
    """Rank-r factors on each linear layer that the vectors come from; the pooler, which MiniLM has, is none."""
    torch.manual_seed(recipe.seed)
    transformer = student.transformer.requires_grad_(False)
    layers = [
        name
        for name, module in transformer.named_modules()
        if isinstance(module, torch.nn.Linear) and "pooler" not in name
    ]
    config = LoraConfig(
        r=recipe.lora.rank,
        lora_alpha=recipe.lora.alpha,
        lora_dropout=recipe.lora.dropout,
        target_modules=layers,
    )
    with quiet_peft():
        # The layers are changed in place, so the sentence-transformers model around them is trained with them.
        adapter = get_peft_model(transformer, config)
    config.base_model_name_or_path = embedding_name(settings)
    config.target_modules = sorted(layers)
    return adapter


def additions(adapter: Any) -> dict[str, torch.Tensor]:
    """What serving adds to each linear layer: the factors as they are saved, multiplied and scaled."""
    found = {}
    for name, module in adapter.get_base_model().named_modules():
        if hasattr(module, "lora_A") and "default" in module.lora_A:
            a, b = (factor["default"].weight.detach() for factor in (module.lora_A, module.lora_B))
            found[name] = (b.bfloat16().float() @ a.bfloat16().float()) * module.scaling["default"]
    return found


class _Training:
    """The loop over the epochs of one fit."""

    def __init__(
        self,
        recipe: Recipe,
        lessons: Lessons,
        stock: Embedder,
        student: Embedder,
        adapter: Any,
        checkpoint: CheckpointFile,
        console: Console,
        *,
        dtype: str,
    ) -> None:
        self._recipe, self._lessons, self._stock, self._student = recipe, lessons, stock, student
        self._adapter, self._checkpoint, self._console = adapter, checkpoint, console
        self._weights = MasterWeights(adapter, weight_decay=recipe.weight_decay)
        self._done = Progressed()
        self._dev: list[Found] = []
        self._kept: list[torch.Tensor] = []
        self._device = student.model.device
        began = checkpoint.dtype()
        self._dtype = choose_dtype(began if began and dtype == "auto" else dtype, self._device)
        self._take_up()

    @property
    def best(self) -> Found | None:
        """The best epoch's figures; None where nothing is held back."""
        return max(self._dev, key=lambda found: found.score, default=None)

    @property
    def best_epoch(self) -> int:
        """From 1; the last one where nothing is held back."""
        best = self.best
        return self._dev.index(best) + 1 if best else len(self._done.losses)

    def metrics(self) -> dict[str, float]:
        """For the manifest."""
        losses = {f"loss_epoch_{epoch}": loss for epoch, loss in enumerate(self._done.losses, start=1)}
        dev = {f"dev_score_epoch_{epoch}": found.score for epoch, found in enumerate(self._dev, start=1)}
        rest = {"loss": self._done.losses[self.best_epoch - 1], "seconds": self._done.seconds}
        values = {name: round(value, 4) for name, value in (losses | dev | rest).items()}
        return values | {"epoch": float(self.best_epoch)}

    def run(self) -> None:
        """Train to the last epoch; raises TrainingDiverged."""
        recipe, lessons = self._recipe, self._lessons.learnt
        size = recipe.batch_size or DEFAULT_BATCH
        first, steps = len(self._done.losses), math.ceil(len(lessons) / size) * recipe.epochs
        step = steps // recipe.epochs * first
        with steps_shown(self._console) as progress:
            bar = progress.add_task("Training", total=steps, completed=step, loss="-")
            for epoch in range(first, recipe.epochs):
                torch.manual_seed(recipe.seed + epoch)
                started, losses = time.perf_counter(), []
                progress.update(bar, description=f"Epoch {epoch + 1} of {recipe.epochs}")
                self._student.model.train()
                for batch, chance in self._batches(size, epoch):
                    rate = learning_rate_at(step, steps, peak=recipe.learning_rate, warmup=recipe.warmup)
                    losses.append(self._step(batch, chance, rate, step + 1, steps))
                    step += 1
                    progress.update(bar, advance=1, loss=f"{sum(losses) / len(losses):.3f}")
                mean = sum(losses) / len(losses)
                self._done = self._done.with_epoch(mean, 0, time.perf_counter() - started)
                self._measure(epoch + 1, mean)

    def keep_best(self) -> None:
        """Put the best epoch's weights on the model."""
        with torch.no_grad():
            for parameter, kept in zip(self._weights.trained, self._kept, strict=True):
                parameter.copy_(kept)

    def _batches(self, size: int, epoch: int) -> Iterator[tuple[list[Lesson], random.Random]]:
        chance = random.Random(f"{self._recipe.seed}:{epoch}")
        order = list(range(len(self._lessons.learnt)))
        chance.shuffle(order)
        for start in range(0, len(order), size):
            yield [self._lessons.learnt[index] for index in order[start : start + size]], chance

    def _step(self, batch: Sequence[Lesson], chance: random.Random, rate: float, step: int, steps: int) -> float:
        options, prompts = self._recipe.retriever, Prompts(*self._stock.prompts)
        drawn = draw(batch, options, chance)
        # One autocast for each step: a longer one would keep its casts of weights that have changed since.
        with torch.autocast(self._device.type, torch.bfloat16, enabled=self._dtype == torch.bfloat16):
            loss = contrastive_loss(self._student.model, drawn, options, prompts, self._lessons.stock)
        torch.autograd.backward(loss)
        norm = self._weights.step(rate, self._recipe.max_grad_norm)
        if not math.isfinite(loss.item()) or not math.isfinite(norm):
            raise TrainingDiverged(step, steps, rate)
        return float(loss.detach())

    def _measure(self, epoch: int, loss: float) -> None:
        """Keep this epoch's weights where they find most so far, and write the checkpoint."""
        self._student.model.eval()
        served = self._stock.adapted(additions(self._adapter), f"epoch {epoch}")
        probes = [(indexed_anew(probe.knowledge, served), probe) for probe in self._lessons.probes]
        found = found_in(probes, self._lessons.rules)
        said = f"Epoch {epoch}: mean loss {loss:.4f}"
        if found:
            hits = " / ".join(f"{value:.3f}" for value in found.hit)
            said += f", dev hit@1 / 3 / 5 {hits}, MRR {found.mrr:.3f}"
        if found is None or self.best is None or found.score > self.best.score:
            self._kept = [master.clone() for master in self._weights.masters]
        self._dev += [found] if found else []
        dev = torch.tensor([[*one.hit, one.mrr] for one in self._dev], dtype=torch.float64)
        dtype = str(self._dtype).removeprefix("torch.")
        kept = {f"{_KEPT}{index}": tensor for index, tensor in enumerate(self._kept)}
        self._checkpoint.write(self._done, self._weights.tensors() | kept | {_DEV: dev}, dtype=dtype)
        self._console.print(said)

    def _take_up(self) -> None:
        found = self._checkpoint.read()
        if found is None:
            if self._checkpoint.exists:
                self._console.print(
                    "The checkpoint there is of another recipe, data or base, or damaged: training starts anew."
                )
            return
        self._done, tensors = found
        for *hit, mrr in tensors.pop(_DEV).reshape(-1, 4).tolist():
            self._dev.append(Found(tuple(hit), mrr))
        self._kept = [tensors.pop(f"{_KEPT}{index}") for index in range(len(self._weights.masters))]
        self._weights.restore(tensors)
        self._console.print(f"Going on after epoch {len(self._done.losses)} of {self._recipe.epochs}.")
