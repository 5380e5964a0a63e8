"""A reader: a LoRA that says of all sentences of the passages found, in one look, which of them answer.

No head is trained: LoRA, https://arxiv.org/abs/2106.09685, and the base's own words for yes and no.
"""

from collections.abc import Sequence
from statistics import mean
from typing import Any, Literal

from bot.settings import Settings
from training.dataset.dataset import Transcripts
from training.dataset.examples import named
from training.dataset.selecting import Selection, learnable, marked, selection_rows
from training.fitting.choosing import Chosen
from training.fitting.methods.adapter import DEV_DIALOGUES, begin, taught, untaught
from training.fitting.methods.lora import Lora
from training.fitting.methods.method import Fitted, Job
from training.fitting.recipe import Recipe


class Reader:
    """The same weights and loop as a fine-tuning; rows and loss are its own, and no backend speaks with it."""

    kind: Literal["reader"] = "reader"

    def rows(self, sources: Sequence[Transcripts], recipe: Recipe, settings: Settings) -> Sequence[Transcripts]:
        """A row for each question whose answering sentences are known, and for each that no article answers."""
        return selection_rows(sources, recipe.reader, recipe.seed, settings, measured=DEV_DIALOGUES)

    def fit(self, job: Job) -> Fitted:
        """See Method. It fails where the sentence that it chooses is right no more often than the nearest one."""
        console, lora = job.console, Lora()
        begun = begin(job, lora)
        loss = Chosen.by(begun.renderer)
        learnt, too_long = learnable(_rows(job.dataset.dialogues), begun.renderer, begun.max_tokens)
        if too_long:
            console.print(f"Set aside, what answers is beyond {begun.max_tokens} tokens: {named(too_long)}.")
        held_back = _rows(job.dataset.dev)
        asked = [marked(row, begun.renderer, begun.max_tokens) for row in held_back]

        def right(model: Any) -> float:
            with console.status(f"Measuring what it chooses for {len(asked)} held-back questions"):
                return mean(loss.right(model, asked, begun.base.device))

        model = untaught(job, lora, begun)
        before = right(model) if begun.part and held_back else None
        trained = taught(model, job, begun, learnt, loss)
        lora.save(model, job.folder)
        metrics = trained.metrics() | ({"questions_too_long": float(len(too_long))} if too_long else {})
        if not held_back:
            console.print("There are no held-back questions: whether it chooses better was not measured.")
            return Fitted(metrics)
        now, nearest = right(model), mean(row.nearest in row.right for row in held_back)
        metrics |= {"dev_right": round(now, 4), "dev_right_cosine": round(nearest, 4)}
        told = f"the sentence chosen for a dev question is right in {now:.3f}"
        if before is not None:
            metrics["dev_right_before"] = round(before, 4)
            if now < before and job.holds_back:
                return Fitted(metrics, failed=f"{told}, and it was in {before:.3f} before: it chooses worse")
        if now > nearest:
            return Fitted(metrics)
        return Fitted(metrics, failed=f"{told}, and the nearest by cosine in {nearest:.3f}: it chooses no better")


def _rows(dialogues: Sequence[object]) -> list[Selection]:
    """The dataset's dialogues as what `rows` made them."""
    return [row for row in dialogues if isinstance(row, Selection)]
