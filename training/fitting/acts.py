"""Fits the acts' classifier of a prompt, with other shops' questions beside its examples."""

from collections.abc import Sequence

import numpy as np
from rich.console import Console

from bot.answering.classifier import examples_of, fitted, letter_runs, state
from bot.answering.wording import plain
from bot.models.embedder import Embedder, Vectors
from bot.progress import track
from bot.prompting.learnt_acts import of_length_one, whole_numbers, written
from bot.prompting.template import PromptConfig
from training.errors import DatasetEmpty

# Embedded between two steps of the progress that is shown.
STEP = 256


def fit_acts(prompt: PromptConfig, questions: Sequence[str], embedder: Embedder, console: Console) -> bytes:
    """What lies beside the prompt then. `questions` are no acts, as customers typed them.

    Raises DatasetEmpty where the prompt has no examples.
    """
    rules, replies = prompt.acts, prompt.replies
    classes, known = examples_of(rules, replies)
    if not any(reply.examples for reply in replies):
        raise DatasetEmpty("the prompt has no examples of acts, so there is nothing to fit")
    others = [plain(text) for text in questions]
    # As they will be read.
    kept = whole_numbers(_embedded(known, embedder, console))
    vectors = of_length_one(kept)
    beside = (_embedded(others, embedder, console), letter_runs(others)) if others else None
    weights = fitted(rules, classes, vectors, letter_runs(known), len(replies) + 1, beside)
    return written(state(rules, replies, embedder), kept, weights)


def _embedded(texts: Sequence[str], embedder: Embedder, console: Console) -> Vectors:
    starts = list(range(0, len(texts), STEP))
    each = [embedder.encode_queries(texts[at : at + STEP]) for at in track(starts, "Embedding messages", console)]
    return np.concatenate(each)
