"""Tests of a help centre whose articles change while it is served; nothing here waits for a clock."""

import logging
import shutil
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.errors import KnowledgeInvalid
from bot.models.embedder import Embedder, Vectors
from bot.retrieval.help_centre import HelpCentre, refreshing
from bot.retrieval.index import open_knowledge
from bot.retrieval.retriever import Knowledge

PATIENCE_S = 20


class Counting(Embedder):
    """The embedder that it is given; it remembers what it embedded and is interrupted after `patience` calls."""

    def __init__(self, embedder: Embedder) -> None:
        self._inner, self.identity = embedder, embedder.identity
        self.documents: list[str] = []
        self.patience = 100

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        if not self.patience:
            raise KeyboardInterrupt
        self.patience -= 1
        self.documents += texts
        return self._inner.encode_documents(texts)

    def reads(self, document: str) -> bool:
        return self._inner.reads(document)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._inner.encode_queries(texts)


@pytest.fixture
def counting(embedder: Embedder) -> Counting:
    return Counting(embedder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "help", "hours", "We open at nine.")
    write(tmp_path / "help", "tents", "A tent weighs two pounds.")
    return tmp_path / "help"


@pytest.fixture
def centre(folder: Path, counting: Counting, tmp_path: Path) -> HelpCentre:
    return HelpCentre(folder, counting, tmp_path)


def write(folder: Path, slug: str, text: str, title: str = "") -> None:
    folder.mkdir(exist_ok=True)
    (folder / f"{slug}.md").write_text(f"---\ntitle: {title or slug}\n---\n{text}\n", encoding="utf-8")


def first(knowledge: Knowledge, question: str) -> str:
    return knowledge.search(question, 1)[0].passage.text


def test_a_changed_added_or_removed_article_is_what_is_searched(centre: HelpCentre, folder: Path) -> None:
    write(folder, "hours", "We open at ten.")
    assert first(centre.now, "When do you open?") == "We open at nine."
    assert centre.refresh()
    assert first(centre.now, "When do you open?") == "We open at ten."
    write(folder, "parking", "Cars park behind the store.")
    assert centre.refresh()
    assert first(centre.now, "where can I park my car") == "Cars park behind the store."
    (folder / "parking.md").unlink()
    assert centre.refresh()
    assert [passage.article for passage in centre.now.passages] == ["hours", "tents"]
    assert not centre.refresh()


def test_only_what_changed_is_embedded_again(centre: HelpCentre, folder: Path, counting: Counting) -> None:
    counting.documents.clear()
    write(folder, "hours", "We open at ten. We close at six.")
    centre.refresh()
    assert sorted(counting.documents) == [
        "hours. . We open at ten. We close at six.",
        "hours: We close at six.",
        "hours: We open at ten.",
    ]
    counting.documents.clear()
    # The same text with another time, and back to a text of the same size.
    (folder / "tents.md").touch()
    assert not centre.refresh() and counting.documents == []


def test_a_restart_embeds_only_what_changed_while_nothing_was_served(
    centre: HelpCentre, folder: Path, counting: Counting, tmp_path: Path
) -> None:
    assert centre.now.passages
    counting.documents.clear()
    write(folder, "hours", "We open at ten.")
    again = HelpCentre(folder, counting, tmp_path)
    assert sorted(counting.documents) == ["hours. . We open at ten.", "hours: We open at ten."]
    assert first(again.now, "When do you open?") == "We open at ten."


def test_an_index_that_is_interrupted_goes_on_where_it_stopped(
    folder: Path, counting: Counting, tmp_path: Path
) -> None:
    for number in range(200):
        write(folder, f"part-{number}", f"Part {number} fits.")
    counting.patience = 1
    with pytest.raises(KeyboardInterrupt):
        HelpCentre(folder, counting, tmp_path)
    before = set(counting.documents)
    counting.documents.clear()
    counting.patience = 100
    centre = HelpCentre(folder, counting, tmp_path)
    assert before and len(before) + len(counting.documents) == len(centre.now.vectors())
    assert not before & set(counting.documents)


def test_what_is_refreshed_is_what_a_restart_would_find(
    centre: HelpCentre, folder: Path, embedder: Embedder, tmp_path: Path
) -> None:
    write(folder, "hours", "We open at ten.")
    centre.refresh()
    (tmp_path / "other").mkdir()
    anew = open_knowledge(folder, embedder, tmp_path / "other")
    assert anew.state == centre.now.state
    for found, expected in zip(centre.now.search("open", 2), anew.search("open", 2), strict=True):
        assert found.passage == expected.passage and found.score == pytest.approx(expected.score, abs=1e-5)


def test_who_searches_while_an_article_changes_searches_the_older_one_to_the_end(
    centre: HelpCentre, folder: Path
) -> None:
    older = centre.now
    write(folder, "hours", "We open at ten.")
    centre.refresh()
    assert first(older, "When do you open?") == "We open at nine."


def test_a_broken_article_keeps_its_old_text_and_is_named_once(
    centre: HelpCentre, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "hours.md").write_text("---\ntitle: [\n---\nWe open at ten.\n", encoding="utf-8")
    (folder / "new.md").write_text("", encoding="utf-8")
    write(folder, "tents", "A tent weighs three pounds.")
    with caplog.at_level(logging.WARNING):
        assert centre.refresh()
        assert not centre.refresh()
    assert first(centre.now, "When do you open?") == "We open at nine."
    assert first(centre.now, "How heavy is a tent?") == "A tent weighs three pounds."
    assert ["hours.md" in text or "new.md" in text for text in caplog.messages] == [True, True]
    write(folder, "hours", "We open at eleven.")
    assert centre.refresh()
    assert first(centre.now, "When do you open?") == "We open at eleven."


def test_a_folder_that_is_emptied_keeps_the_last_articles(
    centre: HelpCentre, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for file in folder.iterdir():
        file.unlink()
    for _ in range(2):
        assert not centre.refresh()
    assert len(centre.now.passages) == 2
    assert ["every article is gone" in text for text in caplog.messages] == [True]


def test_at_the_start_every_article_must_be_readable(folder: Path, counting: Counting, tmp_path: Path) -> None:
    (folder / "hours.md").write_text("", encoding="utf-8")
    with pytest.raises(KnowledgeInvalid, match=r"hours\.md"):
        HelpCentre(folder, counting, tmp_path)


def test_a_thread_takes_changes_over_and_outlives_a_failure(
    centre: HelpCentre, folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    failed, came = threading.Event(), threading.Event()
    indexes = tmp_path / "knowledge"

    def refresh() -> None:
        try:
            if centre.refresh():
                came.set()
        except OSError:
            failed.set()
            raise

    shutil.rmtree(indexes)
    indexes.write_text("no folder", encoding="utf-8")
    with refreshing(refresh, every_s=0.001):
        write(folder, "hours", "We open at ten.")
        assert failed.wait(PATIENCE_S)
        indexes.unlink()
        assert came.wait(PATIENCE_S)
    assert first(centre.now, "When do you open?") == "We open at ten."
    assert any("not taken over" in text for text in caplog.messages)
