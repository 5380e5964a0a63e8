"""Tests of articles as all editors write them, and of folders as all teams lay them out."""

import codecs
import logging
from pathlib import Path

import pytest

from bot.errors import KnowledgeInvalid
from bot.retrieval.articles import Article, article_texts, read_article, read_articles
from bot.retrieval.cutting import cut

BODY = "---\ntitle: Café hours\n---\n\n## Weekdays\n\nWe open at nine for “€2” coffee.\n"


def written(tmp_path: Path, raw: bytes | str) -> Article:
    """An article of these bytes, read back."""
    file = tmp_path / "hours.md"
    file.write_bytes(raw.encode() if isinstance(raw, str) else raw)
    return read_article(file, "hours")


def passages(text: str) -> list[tuple[str, str]]:
    return [(passage.heading, passage.text) for passage in cut(Article("a", "A", text), fits=lambda _: True)]


@pytest.mark.parametrize(
    "raw",
    [
        codecs.BOM_UTF8 + BODY.encode(),
        BODY.encode("utf-16"),
        codecs.BOM_UTF16_BE + BODY.encode("utf-16-be"),
        BODY.replace("\n", "\r\n").encode(),
        BODY.replace("\n", "\r").encode(),
        BODY.replace("\n", "\u2028").encode(),
        BODY.replace("\n", " \n").replace("title: Café hours ", 'Title: "Café hours"').encode(),
        BODY.replace("---\n\n", "...\n\n").encode(),
        b"\n\n" + BODY.encode(),
        BODY.encode("cp1252"),
    ],
    ids=["bom", "utf-16", "utf-16-be", "crlf", "cr", "u2028", "spaces", "dots", "blank-lines", "cp1252"],
)
def test_an_article_reads_the_same_from_every_editor(tmp_path: Path, raw: bytes) -> None:
    article = written(tmp_path, raw)
    assert article.title == "Café hours"
    assert passages(article.body) == [("Weekdays", "We open at nine for “€2” coffee.")]


def test_what_is_not_utf8_is_read_as_windows_writes_it_and_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        written(tmp_path, BODY.encode("cp1252"))
    (record,) = caplog.records
    assert "hours.md, line 2:" in record.getMessage() and "UTF-8" in record.getMessage()


@pytest.mark.parametrize(
    ("raw", "where", "complaint"),
    [
        (b"---\ntitle: T\n---\n\nCaf\xc3\xa9 \xe9\n", "line 5", "damaged"),
        (b"Text.\n\nAn \x81 here\n", "line 3", "damaged"),
        (BODY.encode("utf-16")[:-1], "line", "damaged"),
        (b"\x89PNG\r\n\x00\x00", "hours.md", "not a text"),
        (b"---\ntitle: Returns: how\n---\nText.\n", "line 2", "front matter"),
        (b"---\ndate: 1\ntags: [\n---\nText.\n", "line 4", "front matter"),
        (b"+++\ntitle = \n+++\nText.\n", "hours.md", "front matter"),
        (b"---\ntitle: T\n---\n\n## Only a heading\n", "hours.md", "empty"),
        (b"# Only a title\n\n<!-- and a note -->\n", "hours.md", "empty"),
        (b"", "hours.md", "empty"),
    ],
)
def test_a_bad_article_is_one_sentence_with_file_and_line(
    tmp_path: Path, raw: bytes, where: str, complaint: str
) -> None:
    with pytest.raises(KnowledgeInvalid, match=complaint) as caught:
        written(tmp_path, raw)
    sentence = str(caught.value)
    assert "hours.md" in sentence and where in sentence and "\n" not in sentence


@pytest.mark.parametrize(
    ("text", "title", "untitled", "found"),
    [
        ("---\ntitle: 2024\n---\nText.", "2024", False, [("", "Text.")]),
        ("---\ntitle: No\n---\nText.", "No", False, [("", "Text.")]),
        ('+++\ntitle = "From Hugo"\ndate = 2024-01-01\n+++\nText.', "From Hugo", False, [("", "Text.")]),
        ("---\ntags: [a, b]\n---\n# How it works #\n\nText.", "How it works", False, [("", "Text.")]),
        ("How it works\n============\n\nText.", "How it works", False, [("", "Text.")]),
        ("Text.\n\n## How it works\n\nMore.", "How it works", False, [("", "Text."), ("How it works", "More.")]),
        ("---\ndate: 2024-99-99\n---\nText.", "Hours", True, [("", "Text.")]),
        ("---\njust a line\n---\n\nText.", "just a line", False, [("", "Text.")]),
        ("Text <!-- not for customers\n\nat all --> here.", "Hours", True, [("", "Text here.")]),
    ],
)
def test_a_title_is_the_front_matters_or_the_first_headings_or_the_files(
    tmp_path: Path, text: str, title: str, untitled: bool, found: list[tuple[str, str]]
) -> None:
    article = written(tmp_path, text)
    assert (article.title, article.untitled) == (title, untitled)
    assert passages(article.body) == found


def test_articles_lie_in_any_folders_and_each_has_its_own_slug(tmp_path: Path) -> None:
    for path in ("zoo.md", "Care.MD", "a/returns.md", "b/c/returns.md", ".obsidian/cache.md", "a/.draft.md"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("Text.", encoding="utf-8")
    (tmp_path / "picture.png").write_bytes(b"\x00")
    (tmp_path / "folder.md").mkdir()
    assert [article.slug for article in read_articles(tmp_path)] == ["Care", "a/returns", "b/c/returns", "zoo"]
    assert len(article_texts(tmp_path)) == 4
    (tmp_path / "zoo.MD").write_text("Text.", encoding="utf-8")
    with pytest.raises(KnowledgeInvalid, match=r"zoo\.M?m?D?d?: zoo\.M?m?D?d? is the same article"):
        read_articles(tmp_path)


def test_a_hash_in_a_code_fence_is_no_heading() -> None:
    text = (
        "## By cable\n\nRun this.\n\n```sh\n# stop it first\n\nstop\n~~~\n## again\n```\n\nDone.\n"
        "~~~~\n# one\n~~~\n# two\n~~~~\n### Later ###\nText.\n```\n# never closed\n"
    )
    assert passages(text) == [
        ("By cable", "Run this.\n# stop it first\nstop\n~~~\n## again\nDone.\n# one\n~~~\n# two"),
        ("By cable › Later", "Text.\n# never closed"),
    ]


def test_what_only_looks_like_a_heading_or_a_fence_is_text() -> None:
    text = "#1 in tents.\n\n```inline``` code\nC# and\n\n- a bullet\n---\n\n***\n\nOne\n---\n\nTwo\n"
    assert passages(text) == [("", "#1 in tents.\ninline code C# and\n- a bullet"), ("One", "Two")]
