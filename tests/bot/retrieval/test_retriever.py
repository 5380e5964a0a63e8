"""Tests of the help centre: cutting, searching, and what is refused."""

from pathlib import Path

import pytest

from bot.errors import KnowledgeInvalid
from bot.models.embedder import Embedder
from bot.retrieval.articles import Article, read_articles
from bot.retrieval.cutting import cut
from bot.retrieval.index import open_knowledge
from bot.retrieval.retriever import Knowledge


def test_a_passage_never_crosses_a_heading_and_bullets_are_sentences() -> None:
    body = "Opening line.\n\n## One\n\nFirst rule. Second rule.\n\n- A bullet.\n- Another.\n\n## Two\n\nThird."
    passages = cut(Article("a", "A", body), fits=lambda _: True)
    assert [(p.heading, p.sentences) for p in passages] == [
        ("", ("Opening line.",)),
        ("One", ("First rule.", "Second rule.", "A bullet.", "Another.")),
        ("Two", ("Third.",)),
    ]


def test_the_answer_to_the_tent_question_is_found_first(knowledge: Knowledge) -> None:
    hits = knowledge.search("How long do I have to return a tent?", 3)
    assert hits[0].passage.article == "returns"
    best = knowledge.sentences("How long do I have to return a tent?", [hit.passage for hit in hits], 1)[0]
    assert "30 days" in best.sentence and "tent" in best.sentence


def test_a_code_that_embeddings_confuse_is_found_by_full_text_search(tmp_path: Path, embedder: Embedder) -> None:
    folder = tmp_path / "help"
    folder.mkdir()
    codes = ("QX7731B", "QX7713B", "QX1773B", "QX3771B", "BX7713Q", "QX7713E")
    for code in codes:
        text = f"---\ntitle: Spare part\n---\nPart number {code} fits our older stove."
        (folder / f"{code}.md").write_text(text, encoding="utf-8")
    parts = open_knowledge(folder, embedder, tmp_path)
    found = [parts.search(f"do you still sell {code}", 1)[0].passage.article for code in codes]
    assert found == list(codes)


def test_a_question_of_punctuation_only_is_searched_without_an_error(knowledge: Knowledge) -> None:
    assert len(knowledge.search('"*) OR (', 2)) == 2


def test_a_changed_article_is_indexed_anew(tmp_path: Path, embedder: Embedder) -> None:
    folder = tmp_path / "help"
    folder.mkdir()
    page = folder / "hours.md"
    page.write_text("---\ntitle: Hours\n---\nWe open at nine.", encoding="utf-8")
    assert open_knowledge(folder, embedder, tmp_path).search("open", 1)[0].passage.text == "We open at nine."
    page.write_text("---\ntitle: Hours\n---\nWe open at ten.", encoding="utf-8")
    assert open_knowledge(folder, embedder, tmp_path).search("open", 1)[0].passage.text == "We open at ten."


@pytest.mark.parametrize("damage", [b"", b"not a database at all", None])
def test_a_damaged_index_is_built_anew(tmp_path: Path, embedder: Embedder, damage: bytes | None) -> None:
    folder = tmp_path / "help"
    folder.mkdir()
    (folder / "hours.md").write_text("---\ntitle: Hours\n---\nWe open at nine.", encoding="utf-8")
    open_knowledge(folder, embedder, tmp_path)
    (index,) = (tmp_path / "knowledge").iterdir()
    index.write_bytes(index.read_bytes()[:3000] if damage is None else damage)
    assert open_knowledge(folder, embedder, tmp_path).search("open", 1)[0].passage.text == "We open at nine."


def test_an_empty_help_centre_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeInvalid, match=r"no \*\.md"):
        read_articles(tmp_path)
