"""A search in a help centre of 10,000 articles, and how soon a changed one is searched.

The articles are sentences of the shipped ones, mixed; vectors of what is found are random, because a search takes
as long with any. Questions are the dev cases', embedded by the bundled model.

`python -m tests.benchmarks.search [ARTICLES]`
"""

import json
import os
import platform
import random
import statistics
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track

from bot.models.embedder import Embedder, Vectors, load_embedder
from bot.retrieval.articles import read_articles
from bot.retrieval.help_centre import HelpCentre
from bot.retrieval.quotables import quotables
from bot.settings import load_settings

ROOT = Path(__file__).parents[2]
DIMENSION = 384


class RandomVectors(Embedder):
    """Questions are embedded, documents get a vector at random."""

    def __init__(self, embedder: Embedder) -> None:
        self._inner, self.identity = embedder, "random"

    def reads(self, document: str) -> bool:
        return self._inner.reads(document)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._inner.encode_queries(texts)

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        seed = zlib.crc32(texts[0].encode()) if texts else 0
        vectors = np.random.default_rng(seed).standard_normal((len(texts), DIMENSION), dtype=np.float32)
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def write_articles(folder: Path, count: int, console: Console) -> None:
    """Articles of four sections of three to six sentences, each with its own figures."""
    bodies = [article.body for article in read_articles(ROOT / "data" / "knowledge")]
    sentences = [quotable.text for body in bodies for line in body.split("\n") for quotable in quotables(line)]
    sentences = [sentence for sentence in sentences if not sentence.startswith("#")]
    chance = random.Random(0)
    for number in track(range(count), "Writing articles", console=console, disable=not console.is_terminal):
        sections = [
            f"## Section {part}\n\n" + " ".join(chance.choices(sentences, k=chance.randint(3, 6)))
            for part in range(4)
        ]
        text = f"---\ntitle: Article {number}\n---\n\n" + "\n\n".join(sections) + f"\n\nIts code is C{number}X.\n"
        (folder / f"a{number}.md").write_text(text, encoding="utf-8")


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds on the clock, and of the processor."""
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return (time.perf_counter() - clock) * 1e3, (time.process_time() - processor) * 1e3


def cpu() -> str:
    """The processor's name."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.is_file() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    console = Console(soft_wrap=True)
    rows = [json.loads(line) for line in (ROOT / "data" / "cases" / "dev.jsonl").open(encoding="utf-8")]
    questions = [row["messages"][-1]["content"] for row in rows if row.get("messages")][:40]
    embedder = RandomVectors(load_embedder(load_settings({}, home=ROOT / "var")))
    with tempfile.TemporaryDirectory() as folder:
        home, articles = Path(folder) / "home", Path(folder) / "articles"
        articles.mkdir()
        write_articles(articles, count, console)
        centres: list[HelpCentre] = []
        for what in ("read, cut, indexed", "started again"):
            clock, processor = timed(lambda: centres.append(HelpCentre(articles, embedder, home)))
            console.print(f"{what}: {clock / 1e3:.1f} s ({processor / 1e3:.1f} s of the processor)")
        centre = centres[0]
        passages, texts = len(centre.now.passages), len(centre.now.vectors())
        console.print(f"{count:,} articles, {passages:,} passages, {texts:,} texts")
        find = partial(centre.now.find, passages=3, sentences=4)
        embedding = [timed(partial(embedder.encode_queries, [question])) for question in questions]
        searches = [timed(partial(find, question)) for question in questions]
        for what, times in (("embedding a question", embedding), ("that and the search", searches)):
            clocks, processors = (sorted(values) for values in zip(*times, strict=True))
            console.print(
                f"{what}: median {statistics.median(clocks):.1f} ms, 95 in 100 within "
                f"{clocks[int(len(clocks) * 0.95)]:.1f} ms; processor {statistics.median(processors):.1f} ms"
            )
        (articles / "a7.md").write_text("---\ntitle: Article 7\n---\n\nNow it says nothing.\n", encoding="utf-8")
        clock, processor = timed(centre.refresh)
        console.print(f"a changed article: {clock / 1e3:.1f} s ({processor / 1e3:.1f} s of the processor)")
    console.print(f"{cpu()}, {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
