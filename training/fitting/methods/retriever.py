"""A retriever: a LoRA on the embedding model, so that questions lie nearer to the passages that answer them.

Source: LoRA, https://arxiv.org/abs/2106.09685; the loss, https://arxiv.org/abs/1705.00652
"""

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import torch
from peft import LoraConfig, get_peft_model

from bot.files import sha256_of_text
from bot.models.device import choose_dtype
from bot.models.embedder import (
    Embedder,
    embedding_name,
    embedding_sha256,
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
from training.fitting.beginning import beginning, take_up
from training.fitting.checkpoint import CheckpointFile
from training.fitting.contrastive import Drawn, Prompts, contrastive_loss, draw
from training.fitting.loop import Loop
from training.fitting.methods.adapter import quiet_peft, save_adapter
from training.fitting.methods.method import Fitted, Job
from training.fitting.recipe import Recipe
from training.fitting.searching import Found, Probe, found_in, indexed_anew, probe_of

DEFAULT_BATCH = 32
# Of what each epoch found, (epochs, 4) float64, among what lies in the checkpoint beside the weights.
_DEV = "dev"


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
        begun = beginning(job.recipe, job.settings, embedding_sha256(job.settings))
        checkpoint = CheckpointFile(job.work, fingerprint(job.recipe, lessons, stock, begun), job.checkpoint_s)
        student = load_embedder(job.settings)
        adapter = _prepare(student, job.recipe, job.settings)
        before = None
        if begun:
            take_up(adapter, begun)
            served = stock.adapted(additions(adapter), "before")
            probes = [(indexed_anew(probe.knowledge, served), probe) for probe in lessons.probes]
            before = found_in(probes, lessons.rules)
        console = job.console
        console.print(
            f"{len(lessons.learnt)} questions to learn from, {sum(len(probe.asked) for probe in lessons.probes)} "
            f"of {len(lessons.probes)} help centres to choose the epoch by."
        )
        stock_found = found_in([(probe.knowledge, probe) for probe in lessons.probes], lessons.rules)
        dtype = _dtype(job.settings, checkpoint, student.model.device)
        loop = Loop(adapter, job.recipe, checkpoint, console, dtype=str(dtype).removeprefix("torch."))
        epochs, prompts = _Epochs(loop, lessons, stock, adapter), Prompts(*stock.prompts)

        def losses_of(drawn: Drawn) -> tuple[torch.Tensor, int]:
            # One autocast for each step: a longer one would keep its casts of weights that have changed since.
            with torch.autocast(student.model.device.type, torch.bfloat16, enabled=dtype == torch.bfloat16):
                return contrastive_loss(student.model, drawn, job.recipe.retriever, prompts, lessons.stock), 0

        loop.run(batches_of(lessons.learnt, job.recipe), losses_of, epochs.measure)
        epochs.keep_best()
        save_adapter(adapter, job.folder, torch.bfloat16)
        metrics = epochs.metrics() | {"questions": float(len(lessons.learnt))}
        if stock_found is None or epochs.best is None:
            console.print("There are no held-back questions: whether it finds more than stock was not measured.")
            return Fitted(metrics)
        metrics |= epochs.best.metrics() | stock_found.metrics("_stock")
        told = f"the mean of hit@1 and hit@3 on dev questions is {epochs.best.score:.3f}"
        if before:
            metrics |= before.metrics("_before")
            if epochs.best.score < before.score and job.holds_back:
                failed = f"{told}, and it was {before.score:.3f} before: it finds less"
                return Fitted(metrics, failed=failed)
        if epochs.best.score > stock_found.score:
            return Fitted(metrics)
        return Fitted(metrics, failed=f"{told}, and {stock_found.score:.3f} without it: it finds no more")


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


def _dtype(settings: Settings, checkpoint: CheckpointFile, device: torch.device) -> torch.dtype:
    """A measured dtype gives way to the one that a training began in: it ends as if it had never stopped."""
    began = checkpoint.dtype()
    return choose_dtype(began if began and settings.dtype == "auto" else settings.dtype, device)


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


class _Epochs:
    """What each epoch finds of the held-back questions; the weights of the best one are kept."""

    def __init__(self, loop: Loop, lessons: Lessons, stock: Embedder, adapter: Any) -> None:
        self._loop, self._lessons, self._stock, self._adapter = loop, lessons, stock, adapter
        told = loop.kept[_DEV].reshape(-1, 4).tolist() if _DEV in loop.kept else []
        self._found = [Found(tuple(hit), mrr) for *hit, mrr in told]

    @property
    def best(self) -> Found | None:
        """The best epoch's figures; None where nothing is held back."""
        return max(self._found, key=lambda found: found.score, default=None)

    @property
    def best_epoch(self) -> int:
        """From 1; the last one where nothing is held back."""
        best = self.best
        return self._found.index(best) + 1 if best else len(self._loop.done.losses)

    def metrics(self) -> dict[str, float]:
        """For the manifest."""
        done = self._loop.done
        losses = {f"loss_epoch_{epoch}": loss for epoch, loss in enumerate(done.losses, start=1)}
        dev = {f"dev_score_epoch_{epoch}": found.score for epoch, found in enumerate(self._found, start=1)}
        rest = {"loss": done.losses[self.best_epoch - 1], "seconds": done.seconds}
        values = {name: round(value, 4) for name, value in (losses | dev | rest).items()}
        return values | {"epoch": float(self.best_epoch)}

    def measure(self) -> str:
        """Keep this epoch's weights where they find most so far; returns what they find."""
        served = self._stock.adapted(additions(self._adapter), f"epoch {len(self._loop.done.losses) + 1}")
        probes = [(indexed_anew(probe.knowledge, served), probe) for probe in self._lessons.probes]
        found = found_in(probes, self._lessons.rules)
        if found is None or self.best is None or found.score > self.best.score:
            self._loop.kept |= {str(n): master.clone() for n, master in enumerate(self._loop.weights.masters)}
        if found is None:
            return ""
        self._found.append(found)
        told = [[*one.hit, one.mrr] for one in self._found]
        self._loop.kept[_DEV] = torch.tensor(told, dtype=torch.float64)
        hits = " / ".join(f"{value:.3f}" for value in found.hit)
        return f", dev hit@1 / 3 / 5 {hits}, MRR {found.mrr:.3f}"

    def keep_best(self) -> None:
        """Put the best epoch's weights on the model."""
        with torch.no_grad():
            for index, parameter in enumerate(self._loop.weights.trained):
                parameter.copy_(self._loop.kept[str(index)])


def batches_of(lessons: Sequence[Lesson], recipe: Recipe) -> list[list[Drawn]]:
    """The batches of each epoch: a function of the seed alone, so that a training that goes on repeats them."""
    size, epochs = recipe.batch_size or DEFAULT_BATCH, []
    for epoch in range(recipe.epochs):
        chance = random.Random(f"{recipe.seed}:{epoch}")
        order = list(lessons)
        chance.shuffle(order)
        starts = range(0, len(order), size)
        epochs.append([draw(order[start : start + size], recipe.retriever, chance) for start in starts])
    return epochs
