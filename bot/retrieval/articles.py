"""The help centre on disk: articles of any editor, in any folders."""

import logging
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

import yaml

from bot.errors import KnowledgeInvalid
from bot.retrieval.markdown import Block, blocks, split_title
from bot.retrieval.quotables import Quotable, quotables

log = logging.getLogger(__name__)

_NEWLINE = re.compile("\r\n?|[\v\f\x85\u2028\u2029]")
_YAML = re.compile(r"\s*---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_TOML = re.compile(r"\s*\+\+\+[ \t]*\n(.*?)^\+\+\+[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
# A character of two or three bytes: its file was meant to be UTF-8.
_UTF8 = re.compile(rb"[\xc3-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}")
_NOT_CP1252 = frozenset(b"\x81\x8d\x8f\x90\x9d")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Article:
    """One help-centre page; the slug is its file's path below the help centre, without the suffix.

    `untitled` says that neither front matter nor a heading gave the title, so that it is the file's name.
    """

    slug: str
    title: str
    body: str
    untitled: bool = False


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of an article under one heading, which is a path: "Plans › Gold"."""

    article: str
    title: str
    heading: str
    text: str

    @property
    def sentences(self) -> tuple[str, ...]:
        """The sentences of the passage, each quotable: an item of a list has its lead-in before it."""
        return tuple(quotable.said for quotable in self.quotables)

    @property
    def quotables(self) -> tuple[Quotable, ...]:
        """The same sentences as the article has them, with their lead-ins and numbers apart."""
        return quotables(self.text)


def article_files(folder: Path) -> dict[str, Path]:
    """Every *.md below a folder by its slug, in order of path; what begins with a dot is an editor's own.

    Raises KnowledgeInvalid where two have one slug.
    """
    files: dict[str, Path] = {}
    for file in sorted(folder.rglob("*")):
        below = file.relative_to(folder)
        if file.suffix.lower() != ".md" or not file.is_file() or any(part.startswith(".") for part in below.parts):
            continue
        slug = below.with_suffix("").as_posix()
        if slug in files:
            raise KnowledgeInvalid(file, f"{files[slug].name} is the same article; rename one of the two")
        files[slug] = file
    return files


def article_text(file: Path) -> str:
    """A file's text with line feeds, whatever its editor wrote. Raises KnowledgeInvalid naming file and line.

    Its byte order mark says how it is encoded. Without one it is UTF-8; and where it cannot be, it is what
    Windows editors write (cp1252), which is warned of, because another encoding would show as wrong letters.
    """
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise KnowledgeInvalid(file, f"it cannot be read: {error.strerror}") from error
    utf16 = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    if b"\0" in raw and not utf16:
        raise KnowledgeInvalid(file, "it is not a text")
    try:
        text = raw.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        if utf16 or _UTF8.search(raw) or set(raw) & _NOT_CP1252:
            raise KnowledgeInvalid(file, "a damaged character; save it as UTF-8", line) from error
        text = raw.decode("cp1252")
        log.warning("%s, line %d: not UTF-8, read as Windows-1252; save it as UTF-8 to be sure", file, line)
    return _NEWLINE.sub("\n", text)


def read_articles(folder: Path) -> list[Article]:
    """Every article of a help centre, in order of path. Raises KnowledgeInvalid naming the file."""
    files = article_files(folder)
    if not files:
        raise KnowledgeInvalid(folder, "there is no *.md article in it")
    return [read_article(file, slug) for slug, file in files.items()]


def article_texts(folder: Path) -> list[str]:
    """The texts of all articles as they are written, front matter and comments included."""
    return [article_text(file) for file in article_files(folder).values()]


def read_article(file: Path, slug: str) -> Article:
    """One article. Its title is the front matter's, else its first heading, else the file's name.

    Raises KnowledgeInvalid naming the file, and the line where it is known.
    """
    title, body = _front_matter(file, article_text(file))
    # A comment is for the authors.
    body = _COMMENT.sub("", body).strip()
    if not title:
        title, body = split_title(body)
    if not any(isinstance(block, Block) for block in blocks(body)):
        raise KnowledgeInvalid(file, "the article is empty")
    return Article(slug, title or _words(file.stem), body, untitled=not title)


def _front_matter(file: Path, text: str) -> tuple[str, str]:
    """The title of YAML between lines of `---` or TOML between lines of `+++`, or ""; and the text below it."""
    found = _YAML.match(text) or _TOML.match(text)
    if not found:
        return "", text
    above = text.count("\n", 0, found.start(1))
    try:
        # Every value stays as it is written: a title may be 2024 or "No".
        front = tomllib.loads(found[1]) if found.re is _TOML else yaml.load(found[1], yaml.BaseLoader)  # noqa: S506
    except yaml.MarkedYAMLError as error:
        line = above + error.problem_mark.line + 1 if error.problem_mark else above + 1
        raise KnowledgeInvalid(file, f"the front matter cannot be read: {error.problem}", line) from error
    except (yaml.YAMLError, tomllib.TOMLDecodeError) as error:
        raise KnowledgeInvalid(file, f"the front matter cannot be read: {error}") from error
    if not isinstance(front, dict):
        # Two lines drawn around a text.
        return "", text
    title = next((value for key, value in front.items() if key.lower() == "title"), "")
    return "" if isinstance(title, dict | list) else str(title).strip(), text[found.end() :]


def _words(stem: str) -> str:
    return re.sub(r"[-_]+", " ", stem).strip().capitalize()
