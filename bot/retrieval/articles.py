"""The help centre on disk: articles, cut into passages."""

import re
from dataclasses import dataclass
from pathlib import Path

import frontmatter
import yaml

from bot.errors import KnowledgeInvalid
from bot.retrieval.sentences import split_sentences

# What is embedded, not what is decided: an index is cut before any prompt is chosen, and must not have to be
# built anew for another one. So this number stays with the index and not in the prompt artefact.
MAX_PASSAGE_WORDS = 90


@dataclass(frozen=True, slots=True)
class Article:
    """One help-centre page; the slug is its file's name."""

    slug: str
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of an article under one heading."""

    article: str
    title: str
    heading: str
    text: str

    @property
    def sentences(self) -> tuple[str, ...]:
        """The sentences of the passage, each quotable."""
        return split_sentences(self.text)


def read_articles(folder: Path) -> list[Article]:
    """Every *.md of a folder and the folders in it, in order of path. Raises KnowledgeInvalid naming the file."""
    files = sorted(folder.rglob("*.md"))
    if not files:
        raise KnowledgeInvalid(f"help centre {folder}: there is no *.md article in it")
    articles = []
    seen: dict[str, Path] = {}
    for file in files:
        if file.stem in seen:
            raise KnowledgeInvalid(f"{file}: {seen[file.stem]} has the same name, which is the article's slug")
        seen[file.stem] = file
        try:
            page = frontmatter.loads(file.read_text(encoding="utf-8"))
        except (UnicodeDecodeError, yaml.YAMLError) as error:
            raise KnowledgeInvalid(f"{file}: the front matter or text cannot be read: {error}") from error
        title = page.metadata.get("title")
        if not isinstance(title, str) or not title.strip():
            raise KnowledgeInvalid(f"{file}: the front matter has no title")
        if not page.content.strip():
            raise KnowledgeInvalid(f"{file}: the article is empty")
        articles.append(Article(file.stem, title.strip(), page.content))
    return articles


def cut(article: Article) -> list[Passage]:
    """Passages of at most about 90 words, never across a heading, never inside a paragraph."""
    passages: list[Passage] = []
    heading, paragraphs = "", list[str]()

    def flush() -> None:
        if paragraphs:
            passages.append(Passage(article.slug, article.title, heading, "\n".join(paragraphs)))
            paragraphs.clear()

    for block in re.split(r"\n\s*\n", article.body.replace("\r\n", "\n")):
        lines = block.strip().splitlines()
        if lines and lines[0].startswith("#"):
            flush()
            heading = lines.pop(0).lstrip("#").strip()
        # Wrapped lines belong together; a bullet begins a line of its own.
        text = re.sub(r"\n(?!\s*[-*] )\s*", " ", "\n".join(lines)).strip()
        text = re.sub(r"(?m)^\s*[-*] ", "- ", text)
        if not text:
            continue
        if paragraphs and len(" ".join([*paragraphs, text]).split()) > MAX_PASSAGE_WORDS:
            flush()
        paragraphs.append(text)
    flush()
    return passages
