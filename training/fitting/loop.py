"""The one training loop: seeded batches, fp32 master weights, and a checkpoint after each epoch."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from rich.console import Console
from rich.progress import MofNCompleteColumn, TextColumn

from bot.progress import Progress
from training.dataset.batches import collate, shuffled_batches
from training.dataset.examples import Example
from training.errors import TrainingDiverged
from training.fitting.checkpoint import CheckpointFile, Progressed
from training.fitting.losses import spoken_losses
from training.fitting.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Trained:
    """What a training reports: the mean loss of each epoch, in nats per assistant token."""

    losses: tuple[float, ...]
    tokens: int
    seconds: float

    @property
    def tokens_per_s(self) -> float:
        """Tokens read (padding and soft prompt not counted) per second of training."""
        return self.tokens / self.seconds if self.seconds else 0.0

    def metrics(self) -> dict[str, float]:
        """For the artefact's manifest."""
        epochs = {f"loss_epoch_{epoch}": loss for epoch, loss in enumerate(self.losses, start=1)}
        rest = {"loss": self.losses[-1], "tokens_per_s": self.tokens_per_s, "seconds": self.seconds}
        return {name: round(value, 4) for name, value in (epochs | rest).items()}


class MasterWeights:
    """AdamW over fp32 copies of the trained parameters, written back in their own dtype after each step.

    A bf16 weight has 8 bits of mantissa, so a step of 1e-3 of its size would round to nothing.
    """

    def __init__(self, model: torch.nn.Module, *, weight_decay: float) -> None:
        self.trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
        self.masters = [parameter.detach().float().clone() for parameter in self.trained]
        self.optimiser = torch.optim.AdamW(self.masters, lr=0.0, weight_decay=weight_decay)

    def step(self, learning_rate: float, max_grad_norm: float) -> float:
        """One update from the gradients that lie on the model, which are cleared; returns their norm.

        A norm that is not finite changes nothing.
        """
        for master, parameter in zip(self.masters, self.trained, strict=True):
            master.grad = None if parameter.grad is None else parameter.grad.float()
            parameter.grad = None
        norm = float(torch.nn.utils.clip_grad_norm_(self.masters, max_grad_norm))
        if not math.isfinite(norm):
            return norm
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate
        self.optimiser.step()
        self.write_back()
        return norm

    @torch.no_grad()
    def write_back(self) -> None:
        """Round the masters into the model."""
        for master, parameter in zip(self.masters, self.trained, strict=True):
            parameter.copy_(master)

    def tensors(self) -> dict[str, torch.Tensor]:
        """Everything that a resume needs, by name."""
        named = {f"{index}.master": master for index, master in enumerate(self.masters)}
        for index, master in enumerate(self.masters):
            for key, value in self.optimiser.state[master].items():
                named[f"{index}.{key}"] = value
        return named

    def restore(self, tensors: dict[str, torch.Tensor]) -> None:
        """Take back what `tensors` gave."""
        with torch.no_grad():
            for index, master in enumerate(self.masters):
                master.copy_(tensors[f"{index}.master"])
        for name, value in tensors.items():
            index_text, key = name.split(".", 1)
            if key != "master":
                master = self.masters[int(index_text)]
                # AdamW keeps its step count on the CPU.
                self.optimiser.state[master][key] = value if key == "step" else value.to(master.device)
        self.write_back()


def learning_rate_at(step: int, steps: int, *, peak: float, warmup: float) -> float:
    """Linear warm-up over the share `warmup` of all steps, then a cosine towards 0; `step` is from 0."""
    rising = math.ceil(warmup * steps)
    if step < rising:
        return peak * (step + 1) / rising
    return peak * 0.5 * (1 + math.cos(math.pi * (step - rising) / max(1, steps - rising)))


def steps_shown(console: Console) -> Progress:
    """Steps and loss; its task has a field `loss`."""
    return Progress(console, MofNCompleteColumn(), TextColumn("steps, loss {task.fields[loss]}"))


def train(
    model: Any,
    examples: Sequence[Example],
    recipe: Recipe,
    *,
    device: torch.device,
    dtype: str,
    checkpoint: CheckpointFile,
    console: Console,
) -> Trained:
    """Train the parameters of `model` that require gradients; goes on from `checkpoint` if it holds one.

    The loss of a step is the mean over the spoken tokens of its batch, that of an epoch over all of them.
    Raises TrainingDiverged at the first loss or gradient that is not finite.
    """
    weights = MasterWeights(model, weight_decay=recipe.weight_decay)
    found = checkpoint.read()
    done = Progressed()
    if found is None and checkpoint.exists:
        console.print("The checkpoint there is of another recipe, data or base, or damaged: training starts anew.")
    if found is not None:
        done, tensors = found
        weights.restore(tensors)
        console.print(f"Going on after epoch {len(done.losses)} of {recipe.epochs}.")
    lengths = [len(example.ids) for example in examples]
    epochs = [
        shuffled_batches(lengths, recipe.batch_tokens, most=recipe.batch_size, seed=recipe.seed, epoch=epoch)
        for epoch in range(recipe.epochs)
    ]
    steps = sum(map(len, epochs))
    model.train()
    with steps_shown(console) as progress:
        first = len(done.losses)
        step = sum(map(len, epochs[:first]))
        bar = progress.add_task("Training", total=steps, completed=step, loss="-")
        for epoch, batches in enumerate(epochs[first:], start=first):
            # Seeded by the epoch, so that a resumed epoch draws the same dropout.
            torch.manual_seed(recipe.seed + epoch)
            started = time.perf_counter()
            total, spoken, tokens = 0.0, 0, 0
            progress.update(bar, description=f"Epoch {epoch + 1} of {recipe.epochs}")
            for indices in batches:
                batch = collate([examples[index] for index in indices])
                losses, _ = spoken_losses(model, batch, device)
                loss = losses.mean()
                torch.autograd.backward(loss)
                rate = learning_rate_at(step, steps, peak=recipe.learning_rate, warmup=recipe.warmup)
                norm = weights.step(rate, recipe.max_grad_norm)
                step += 1
                if not math.isfinite(loss.item()) or not math.isfinite(norm):
                    raise TrainingDiverged(step, steps, rate)
                total += float(losses.detach().sum())
                spoken += losses.numel()
                tokens += batch.tokens
                progress.update(bar, advance=1, loss=f"{total / spoken:.3f}")
            mean, seconds = total / spoken, time.perf_counter() - started
            done = done.with_epoch(mean, tokens, seconds)
            checkpoint.write(done, weights.tensors(), dtype=dtype)
            console.print(f"Epoch {epoch + 1}: mean loss {mean:.4f}, {tokens / seconds:.0f} tokens/s")
    model.eval()
    return Trained(done.losses, done.tokens, done.seconds)
