"""What a batch calls right: texts of articles that answer, but not what stands beside a labelled sentence."""

import random

from training.dataset.lessons import Document, Lesson
from training.fitting.contrastive import draw
from training.fitting.recipe import RetrieverOptions

RETURNS = Document("shop/returns", "Returns. 30 days. Free.")
TERM = Document("shop/returns", "Returns: 30 days.")
PRICE = Document("shop/returns", "Returns: Free.")
PARCELS = Document("shop/parcels", "Parcels: 3 days.")


def lesson(question: str, right: Document, *beside: Document) -> Lesson:
    articles = frozenset({right.article})
    return Lesson(question, articles, (RETURNS,), (right,), (PARCELS,), (PARCELS,), beside)


def drawn_by_sentence(*lessons: Lesson) -> list[dict[str, bool]]:
    """For each question, whether each text that was drawn counts as an answer; all texts are sentences."""
    for seed in range(100):
        drawn = draw(lessons, RetrieverOptions(negatives=2), random.Random(seed))
        if RETURNS not in drawn.documents:
            texts = [document.text for document in drawn.documents]
            return [dict(zip(texts, row, strict=True)) for row in drawn.answers.tolist()]
    raise AssertionError("no draw was of sentences alone")


def test_the_neighbours_of_a_labelled_sentence_are_drawn_and_wrong() -> None:
    (answers,) = drawn_by_sentence(lesson("how long?", TERM, PRICE))
    assert answers == {TERM.text: True, PRICE.text: False, PARCELS.text: False}


def test_what_is_wrong_for_one_question_may_be_right_for_another() -> None:
    first, second = drawn_by_sentence(lesson("how long?", TERM, PRICE), lesson("what does it cost?", PRICE, TERM))
    assert (first[TERM.text], first[PRICE.text]) == (True, False)
    assert (second[TERM.text], second[PRICE.text]) == (False, True)


def test_without_labels_no_text_of_an_answering_article_is_wrong() -> None:
    first, second = drawn_by_sentence(lesson("how long?", TERM), lesson("what does it cost?", PRICE))
    assert first[PRICE.text] and second[TERM.text]
