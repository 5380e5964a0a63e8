"""An article cut into passages: under one heading each, read to their end, with what leads in to their lists."""

import re
from collections.abc import Callable, Iterator

from bot.retrieval.articles import Article, Passage
from bot.retrieval.markdown import Block, Heading, blocks
from bot.retrieval.quotables import Line, leads_in, read_lines
from bot.retrieval.sentences import split_sentences

# What is embedded, not what is decided: an index is cut before any prompt is chosen, and must not have to be
# built anew for another one. So this number stays with the index and not in the prompt artefact.
MAX_PASSAGE_WORDS = 90

# A word, or as much of a text without spaces.
_WORD = re.compile(r"\S{1,40}\s*")

Fits = Callable[[Passage], bool]


def cut(article: Article, fits: Fits) -> list[Passage]:
    """Passages of at most about 90 words, never across a heading, never inside a paragraph, a list or a table.

    One that does not fit (the embedder would leave its end unread) is cut between its lines, then between
    sentences, and inside a sentence only where one alone is too long.
    """
    passages: list[Passage] = []
    path: list[Heading] = []
    texts: list[str] = []

    def passage(text: str) -> Passage:
        return Passage(article.slug, article.title, " › ".join(heading.text for heading in path), text)

    def flush() -> None:
        if texts:
            passages.extend(_fitting("\n".join(texts), passage, fits))
            texts.clear()

    for block in blocks(article.body):
        if isinstance(block, Heading):
            flush()
            path = [above for above in path if above.level < block.level]
            # Some editors write the title again over the text.
            if path or block.text != article.title:
                path.append(block)
            continue
        text = "\n".join(block.lines)
        if texts and not _led_in(texts[-1], block):
            together = "\n".join([*texts, text])
            if len(together.split()) > MAX_PASSAGE_WORDS or not fits(passage(together)):
                flush()
        # An empty line keeps two lists apart, so that the second one has no lead-in of the first.
        apart = texts and read_lines(texts[-1])[-1].mark and read_lines(text)[0].mark
        texts.append(f"\n{text}" if apart else text)
    flush()
    return passages


def _led_in(above: str, block: Block) -> bool:
    last, first = read_lines(above)[-1], read_lines(block.lines[0])[0]
    return first.depth > last.depth and leads_in(last)


def _fitting(text: str, passage: Callable[[str], Passage], fits: Fits) -> Iterator[Passage]:
    if fits(passage(text)):
        yield passage(text)
        return

    # A title that fills a passage by itself leaves its end unread, but no article without passages.
    hopeless = not fits(passage(""))

    def fit(lines: list[str]) -> bool:
        words = "\n".join(lines)
        return len(words.split()) <= MAX_PASSAGE_WORDS if hopeless else fits(passage(words))

    held: list[str] = []
    for line in read_lines(text):
        leads = [str(lead) for lead in line.leads]
        for part in _parts(line, lambda part, leads=leads: fit([*leads, part])):  # type: ignore[misc]
            if held and not fit([*held, part]):
                # What leads in to the next passage's list has nothing to lead in to here.
                yield passage("\n".join(held[:-1] if held[-1:] == leads[-1:] and held[:-1] else held))
                held = []
            held += [part] if held else [*leads, part]
    yield passage("\n".join(held))


def _parts(line: Line, fit: Callable[[str], bool]) -> Iterator[str]:
    """A line whole, or as many pieces as it must be in, each as many of its sentences as fit."""
    whole = str(line)
    if fit(whole):
        yield whole
        return
    begin = whole[: len(whole) - len(line.text)]
    # What goes on with an item belongs to its list, but is no item itself.
    on = " " * len(begin)
    piece = begin
    for sentence in split_sentences(line.text):
        for unit in [f"{sentence} "] if fit(on + sentence) else _WORD.findall(f"{sentence} "):
            if piece.strip() != begin.strip() and not fit((piece + unit).rstrip()):
                yield piece.rstrip()
                piece, begin = on, ""
            piece += unit
    yield piece.rstrip()
