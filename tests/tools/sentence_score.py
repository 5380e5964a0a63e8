"""Lines of sentences.txt (bot/retrieval) that are split right, by ours and by each library that is installed."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from bot.retrieval.sentences import split_sentences

FILE = Path(__file__).parents[1] / "bot" / "retrieval" / "sentences.txt"
Split = Callable[[str], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Labelled:
    """A line, its language and its sentences."""

    language: str
    sentences: tuple[str, ...]
    text: str


def labelled() -> list[Labelled]:
    """The lines of the file."""
    lines, language = [], ""
    for line in FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            language = line[3:]
        elif not line.startswith("# "):
            sentences = tuple(part.strip() for part in line.split("¦"))
            lines.append(Labelled(language, sentences, line.replace(" ¦ ", " ").replace("¦", "")))
    return lines


def cuts(sentences: Iterable[str]) -> set[int]:
    """Where sentences end, in characters that are no white space; the end of the text is none."""
    ends, at = [], 0
    for sentence in sentences:
        at += len("".join(sentence.split()))
        ends.append(at)
    return set(ends[:-1])


def score(name: str, split: Split, lines: Sequence[Labelled]) -> str:
    """One row of the table."""
    start = time.perf_counter()
    found = [cuts(part for part in split(line.text) if part.strip()) for line in lines]
    spent_us = (time.perf_counter() - start) / len(lines) * 1e6
    wanted = [cuts(line.sentences) for line in lines]
    right = [got == want for got, want in zip(found, wanted, strict=True)]
    english = sum(ok for ok, line in zip(right, lines, strict=True) if line.language == "en")
    hits = sum(len(got & want) for got, want in zip(found, wanted, strict=True))
    precision, recall = hits / sum(map(len, found)), hits / sum(map(len, wanted))
    return f"| {name} | {sum(right)} | {english} | {precision:.3f} | {recall:.3f} | {spent_us:.0f} |"


def libraries() -> dict[str, Split]:
    """Ours and the others; one that is not installed is left out."""

    def syntok(module: Any) -> Split:
        return lambda text: (
            "".join(token.spacing + token.value for token in sentence)
            for paragraph in module.process(text)
            for sentence in paragraph
        )

    found: dict[str, Split] = {"ours (sentencex, mended)": split_sentences}
    makers: dict[str, Callable[[Any], Split]] = {
        "sentencex": lambda module: lambda text: module.segment("en", text),
        "pysbd": lambda module: module.Segmenter(language="en", clean=False).segment,
        "syntok.segmenter": syntok,
        "nupunkt": lambda module: module.sent_tokenize,
        "blingfire": lambda module: lambda text: module.text_to_sentences(text).split("\n"),
    }
    for name, make in makers.items():
        try:
            found[name] = make(import_module(name))
        except ImportError:
            continue
    return found


if __name__ == "__main__":
    lines = labelled()
    print(f"| {len(lines)} lines | right | of English | precision | recall | µs a line |")
    print("|---|--:|--:|--:|--:|--:|")
    for name, split in libraries().items():
        # Twice: the first one loads its lists.
        score(name, split, lines)
        print(score(name, split, lines))
