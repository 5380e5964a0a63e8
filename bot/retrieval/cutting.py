"""An article cut into passages: under one heading each; lists stay whole, with what leads in to them."""

from bot.retrieval.articles import Article, Passage
from bot.retrieval.markdown import Block, Heading, blocks
from bot.retrieval.quotables import leads_in, read_lines

# What is embedded, not what is decided: an index is cut before any prompt is chosen, and must not have to be
# built anew for another one. So this number stays with the index and not in the prompt artefact.
MAX_PASSAGE_WORDS = 90


def cut(article: Article) -> list[Passage]:
    """Passages of at most about 90 words, never across a heading, never inside a paragraph, a list or a table."""
    passages: list[Passage] = []
    path: list[Heading] = []
    texts: list[str] = []

    def flush() -> None:
        if texts:
            heading = " › ".join(heading.text for heading in path)
            passages.append(Passage(article.slug, article.title, heading, "\n".join(texts)))
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
        if texts and not _led_in(texts[-1], block) and len(" ".join([*texts, text]).split()) > MAX_PASSAGE_WORDS:
            flush()
        # An empty line keeps two lists apart, so that the second one has no lead-in of the first.
        apart = texts and read_lines(texts[-1])[-1].mark and read_lines(text)[0].mark
        texts.append(f"\n{text}" if apart else text)
    flush()
    return passages


def _led_in(above: str, block: Block) -> bool:
    last, first = read_lines(above)[-1], read_lines(block.lines[0])[0]
    return first.depth > last.depth and leads_in(last)
