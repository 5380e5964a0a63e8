"""The one training loop: seeded batches, fp32 master weights, and a checkpoint every few minutes and at Ctrl-C."""

import math
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import torch
from rich.console import Console
from rich.progress import MofNCompleteColumn, TextColumn

from bot.progress import Progress
from training.dataset.batches import Batch, collate, shuffled_batches
from training.dataset.examples import Example
from training.errors import TrainingDiverged
from training.fitting.checkpoint import CheckpointFile, Progressed
from training.fitting.interrupts import between_steps
from training.fitting.losses import spoken_losses
from training.fitting.recipe import Recipe
from training.fitting.weights import MasterWeights

B = TypeVar("B")
# The losses of a batch, (N,) in nats, and the row of each, (N,).
Loss = Callable[[Any, Batch, torch.device], tuple[torch.Tensor, torch.Tensor]]
# Names of tensors in a checkpoint that are a method's own begin with it.
_KEPT = "kept."


def learning_rate_at(step: int, steps: int, *, peak: float, warmup: float) -> float:
    """Linear warm-up over the share `warmup` of all steps, then a cosine towards 0; `step` is from 0."""
    rising = math.ceil(warmup * steps)
    if step < rising:
        return peak * (step + 1) / rising
    return peak * 0.5 * (1 + math.cos(math.pi * (step - rising) / max(1, steps - rising)))


class Loop:
    """Trains the parameters of a model that require gradients; goes on from its checkpoint if that holds one.

    `kept` holds tensors of a method's own, which lie in the checkpoint beside the weights.
    """

    def __init__(
        self, model: Any, recipe: Recipe, checkpoint: CheckpointFile, console: Console, *, dtype: str
    ) -> None:
        self._model, self._recipe, self._checkpoint, self._console = model, recipe, checkpoint, console
        self._dtype = dtype
        self.weights = MasterWeights(model, weight_decay=recipe.weight_decay)
        self.done = Progressed()
        self.kept: dict[str, torch.Tensor] = {}
        self._take_up()

    def run(
        self,
        epochs: Sequence[Sequence[B]],
        losses_of: Callable[[B], tuple[torch.Tensor, int]],
        measured: Callable[[], str],
    ) -> Progressed:
        """Train to the last of the batches.

        `losses_of` gives the losses of a batch, of which the mean is learnt from, and its tokens; an epoch's loss
        is the mean over all of its losses. `measured` is called at an epoch's end, and says what is printed of it.
        Raises TrainingDiverged at the first loss or gradient that is not finite.
        """
        steps, first = sum(map(len, epochs)), len(self.done.losses)
        step = sum(map(len, epochs[:first])) + self.done.steps
        if step:
            after = f"step {step} of {steps}" if self.done.steps else f"epoch {first} of {len(epochs)}"
            self._console.print(f"Going on after {after}.")
        columns = (MofNCompleteColumn(), TextColumn("steps, loss {task.fields[loss]}"))
        with Progress(self._console, *columns) as progress:
            bar = progress.add_task("Training", total=steps, completed=step, loss="-")
            for epoch, batches in enumerate(epochs[first:], start=first + 1):
                progress.update(bar, description=f"Epoch {epoch} of {len(epochs)}")
                self._model.train()
                written_s = self.done.seconds
                with between_steps() as interrupts:
                    for batch in batches[self.done.steps :]:
                        self._step(batch, losses_of, step, steps)
                        step += 1
                        if self.done.seconds - written_s >= self._checkpoint.every_s:
                            written_s = self.done.seconds
                            self._write()
                        progress.update(bar, advance=1, loss=f"{self.done.mean:.3f}")
                        if interrupts.came:
                            break
                    # Before an epoch is measured, too: that takes a while.
                    self._write()
                mean, said = self.done.mean, measured()
                self.done = self.done.with_epoch()
                self._write()
                self._console.print(f"Epoch {epoch}: mean loss {mean:.4f}{said}")
        self._model.eval()
        return self.done

    def _step(self, batch: B, losses_of: Callable[[B], tuple[torch.Tensor, int]], step: int, steps: int) -> None:
        recipe, began = self._recipe, time.perf_counter()
        # Seeded by the step, so that a training that goes on draws the same dropout.
        torch.manual_seed(recipe.seed + step)
        losses, tokens = losses_of(batch)
        loss = losses.mean()
        torch.autograd.backward(loss)
        rate = learning_rate_at(step, steps, peak=recipe.learning_rate, warmup=recipe.warmup)
        norm = self.weights.step(rate, recipe.max_grad_norm)
        if not math.isfinite(loss.item()) or not math.isfinite(norm):
            raise TrainingDiverged(step + 1, steps, rate)
        total, took = float(losses.detach().sum()), time.perf_counter() - began
        self.done = self.done.with_step(total, losses.numel(), tokens, took)

    def _write(self) -> None:
        kept = {_KEPT + name: tensor for name, tensor in self.kept.items()}
        self._checkpoint.write(self.done, self.weights.tensors() | kept, dtype=self._dtype)

    def _take_up(self) -> None:
        found = self._checkpoint.read()
        if found is not None:
            self.done, tensors = found
            own = [name for name in tensors if name.startswith(_KEPT)]
            self.kept = {name.removeprefix(_KEPT): tensors.pop(name) for name in own}
            self.weights.restore(tensors)
        elif self._checkpoint.exists:
            self._console.print(
                "The checkpoint there is of another recipe, data or base, or damaged: training starts anew."
            )


def train(
    model: Any,
    examples: Sequence[Example],
    recipe: Recipe,
    *,
    device: torch.device,
    dtype: str,
    checkpoint: CheckpointFile,
    console: Console,
    loss_of: Loss = spoken_losses,
) -> Progressed:
    """Train on what is spoken in the examples: the loss is the mean over spoken tokens, unless it is another.

    Raises TrainingDiverged at the first loss or gradient that is not finite.
    """
    lengths = [len(example.ids) for example in examples]
    epochs = [
        shuffled_batches(lengths, recipe.batch_tokens, most=recipe.batch_size, seed=recipe.seed, epoch=epoch)
        for epoch in range(recipe.epochs)
    ]
    loop = Loop(model, recipe, checkpoint, console, dtype=dtype)

    def losses_of(indices: list[int]) -> tuple[torch.Tensor, int]:
        batch = collate([examples[index] for index in indices])
        losses, _ = loss_of(model, batch, device)
        return losses, batch.tokens

    return loop.run(epochs, losses_of, lambda: f", {loop.done.tokens_per_s:.0f} tokens/s")
