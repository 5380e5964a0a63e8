"""What a retriever learns from: texts as they are searched, and nothing wrong that somebody labelled right."""

from pathlib import Path

import pytest

from bot.dialogue import Dialogue, Turn
from bot.models.embedder import Embedder
from bot.retrieval.index import open_knowledge
from bot.retrieval.retriever import Knowledge
from bot.retrieval.rules import SearchRules
from training.dataset.dataset import Transcripts
from training.dataset.lessons import Lesson, lessons_of

ARTICLES = {
    "returns": "You may return boots within 30 days.\n\nThe parcel is free. Worn boots cannot be returned.",
    "exchanges": "You may exchange boots within 40 days.",
    "parcels": "A parcel takes 3 days.",
}


@pytest.fixture
def knowledge(tmp_path: Path, embedder: Embedder) -> Knowledge:
    folder = tmp_path / "help"
    folder.mkdir()
    for slug, text in ARTICLES.items():
        (folder / f"{slug}.md").write_text(f"# {slug.title()}\n\n{text}\n", encoding="utf-8")
    return open_knowledge(folder, embedder, tmp_path)


def taught(knowledge: Knowledge, embedder: Embedder, answer: Turn) -> list[Lesson]:
    dialogue = Dialogue((Turn("user", "Can my boots go back to you by post?"), answer), "d")
    lessons, asked = lessons_of(Transcripts("t", [dialogue]), "shop", knowledge, embedder, SearchRules())
    assert set(asked) == {lesson.question for lesson in lessons}
    return lessons


def test_labelled_sentences_answer_and_no_text_of_an_answering_article_is_called_wrong(
    knowledge: Knowledge, embedder: Embedder
) -> None:
    answer = Turn(
        "assistant", "Yes, for a month.", ("returns", "exchanges"),
        sentences=("You may return boots within 30 days.",),
    )  # fmt: skip
    (lesson,) = taught(knowledge, embedder, answer)
    assert lesson.articles == {"shop/returns", "shop/exchanges"}
    assert [text.text for text in lesson.sentences] == ["Returns: You may return boots within 30 days."]
    assert all(text.text.startswith("Returns. ") for text in lesson.passages)
    assert {text.article for text in (*lesson.wrong_passages, *lesson.wrong_sentences)} == {"shop/parcels"}
    assert lesson.wrong_sentences[0].text == "Parcels: A parcel takes 3 days."
    assert [text.text for text in lesson.beside] == [
        "Returns: The parcel is free.", "Returns: Worn boots cannot be returned.",
    ]  # fmt: skip


def test_of_an_answer_without_labels_the_sentence_that_shares_its_figures_is_taken(
    knowledge: Knowledge, embedder: Embedder
) -> None:
    (lesson,) = taught(knowledge, embedder, Turn("assistant", "Sure, you have 30 days for it.", ("returns",)))
    assert [text.text for text in lesson.sentences] == ["Returns: You may return boots within 30 days."]
    assert {text.article for text in lesson.wrong_passages} == {"shop/exchanges", "shop/parcels"}
    assert lesson.beside == (), "what nobody labelled may answer, too"


def test_an_answer_of_no_article_teaches_nothing(knowledge: Knowledge, embedder: Embedder) -> None:
    assert taught(knowledge, embedder, Turn("assistant", "Hello!")) == []
    assert taught(knowledge, embedder, Turn("assistant", "30 days", ("gone",))) == []
