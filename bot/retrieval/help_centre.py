"""A help centre that is served while its articles change: what is searched is replaced whole, never in part.

One thread looks at the files' times and sizes every few seconds. Only what changed is read and embedded again.
An article that cannot be read keeps the text that it had, and the log says which one it is.
"""

import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.errors import KnowledgeInvalid, TrilaneError
from bot.models.embedder import Embedder
from bot.retrieval.articles import Article, article_files, read_article, read_articles
from bot.retrieval.index import index_articles
from bot.retrieval.retriever import Knowledge

log = logging.getLogger(__name__)

# A file's times of change in nanoseconds (the second one can't be set), and its size in bytes.
Seen = dict[Path, tuple[int, int, int]]


class HelpCentre:
    """The articles of one folder; `now` is what is searched, and an answer takes it once."""

    def __init__(self, folder: Path, embedder: Embedder, home: Path) -> None:
        """Raises KnowledgeInvalid: at the start every article must be readable."""
        self._folder, self._embedder, self._home = folder, embedder, home
        self._seen = self._look()
        self._articles = {article.slug: article for article in read_articles(folder)}
        self._complaint = ""
        self.now: Knowledge = index_articles(list(self._articles.values()), embedder, home)

    def refresh(self) -> bool:
        """Take over what was changed, added or removed since the last look; whether anything was.

        For one thread at a time; it embeds, so it is never called on the event loop. Raises OSError and
        sqlite3.Error where the vectors cannot be kept; what is searched stays then.
        """
        try:
            seen = self._look()
            if seen == self._seen:
                return False
            articles = self._read(seen)
            if self._look() != seen:
                # Still being written: the next look takes it.
                return False
            if not articles:
                raise KnowledgeInvalid(self._folder, "every article is gone")
            knowledge = index_articles(list(articles.values()), self._embedder, self._home, known=self.now)
        except KnowledgeInvalid as error:
            self._complain(f"{error}; the old articles stay")
            return False
        changed = knowledge.state != self.now.state
        self._seen, self._articles, self.now = seen, articles, knowledge
        return changed

    def _look(self) -> Seen:
        found = {file: file.stat() for file in article_files(self._folder).values()}
        return {file: (stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size) for file, stat in found.items()}

    def _read(self, seen: Seen) -> dict[str, Article]:
        """Every article by its slug; only changed files are read."""
        articles: dict[str, Article] = {}
        for slug, file in article_files(self._folder).items():
            old = self._articles.get(slug)
            if old and self._seen.get(file) == seen.get(file):
                articles[slug] = old
                continue
            try:
                articles[slug] = read_article(file, slug)
            except KnowledgeInvalid as error:
                self._complain(f"{error}; " + ("its old text stays" if old else "it is left out"))
                if old:
                    articles[slug] = old
        return articles

    def _complain(self, sentence: str) -> None:
        """Once: the next look would find the same."""
        if sentence != self._complaint:
            log.warning("%s", sentence)
        self._complaint = sentence


@contextmanager
def refreshing(refresh: Callable[[], object], *, every_s: float = 2.0) -> Iterator[None]:
    """Refresh in a thread while the block runs; a failure is logged, and the next look tries again."""
    stop = threading.Event()

    def watch() -> None:
        complaint = ""
        while not stop.wait(every_s):
            try:
                refresh()
            except (TrilaneError, OSError, sqlite3.Error) as error:
                if str(error) != complaint:
                    log.warning("a change of the help centre was not taken over: %s", error)
                complaint = str(error)

    thread = threading.Thread(target=watch, name="help centre", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
