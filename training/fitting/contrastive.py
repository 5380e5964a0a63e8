"""The loss that teaches an embedder: a question's own text is nearer to it than any other in the batch.

Source: multiple negatives ranking, https://arxiv.org/abs/1705.00652
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from training.dataset.lessons import Document, Lesson
from training.fitting.recipe import RetrieverOptions

# Texts that are embedded together; what is near in length shares their padding.
TEXTS = 16


@dataclass(frozen=True, slots=True)
class Drawn:
    """The texts of one batch: for each question, first all that answer, then those that don't."""

    questions: tuple[str, ...]
    documents: tuple[Document, ...]
    # Whether a document answers a question, (questions, documents) bool: a second right one is not called wrong.
    answers: torch.Tensor


def draw(lessons: Sequence[Lesson], options: RetrieverOptions, chance: random.Random) -> Drawn:
    """For each question one text that answers it and near ones that do not: another draw each time."""
    right: list[Document] = []
    wrong: dict[Document, None] = {}
    for lesson in lessons:
        by_sentence = bool(lesson.sentences) and chance.random() < 0.5
        right.append(chance.choice(lesson.sentences if by_sentence else lesson.passages))
        near = (*lesson.beside, *lesson.wrong_sentences) if by_sentence else lesson.wrong_passages
        wrong |= dict.fromkeys(chance.sample(near, min(options.negatives, len(near))))
    documents = (*right, *wrong)
    answers = [
        [document.article in lesson.articles and document not in lesson.beside for document in documents]
        for lesson in lessons
    ]
    return Drawn(tuple(lesson.question for lesson in lessons), documents, torch.tensor(answers))


@dataclass(frozen=True, slots=True)
class Prompts:
    """What a model was trained to see before each question and before each document."""

    question: str
    document: str


def embedded(model: Any, texts: Sequence[str]) -> torch.Tensor:
    """Unit vectors of texts with gradients, (len(texts), dimension) fp32, in the texts' order."""
    order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
    parts = []
    for start in range(0, len(order), TEXTS):
        features = model.preprocess([texts[index] for index in order[start : start + TEXTS]])
        features = {
            name: value.to(model.device) for name, value in features.items() if isinstance(value, torch.Tensor)
        }
        parts.append(model(features)["sentence_embedding"].float())
    places = torch.empty(len(order), dtype=torch.long)
    places[torch.tensor(order)] = torch.arange(len(order))
    return torch.nn.functional.normalize(torch.cat(parts)[places.to(model.device)], dim=1)


def contrastive_loss(
    model: Any,
    drawn: Drawn,
    options: RetrieverOptions,
    prompts: Prompts,
    stock: Mapping[str, torch.Tensor],
) -> torch.Tensor:
    """Mean cross-entropy in nats over the batch's questions, and how far its texts left their `stock` vectors."""
    questions = [prompts.question + question for question in drawn.questions]
    documents = [prompts.document + document.text for document in drawn.documents]
    texts = list(dict.fromkeys([*questions, *documents]))
    vectors = embedded(model, texts)
    place = {text: index for index, text in enumerate(texts)}
    asked, found = (vectors[[place[text] for text in part]] for part in (questions, documents))
    own = torch.arange(len(asked), device=vectors.device)
    others = drawn.answers.to(vectors.device).clone()
    others[own, own] = False
    cosines = (asked @ found.T).masked_fill(others, -1.0)
    loss = torch.nn.functional.cross_entropy(cosines * options.scale, own)
    if not options.guard:
        return loss
    before = torch.stack([stock[text] for text in texts]).to(vectors.device)
    return loss + options.guard * (1 - (vectors * before).sum(1)).mean()
