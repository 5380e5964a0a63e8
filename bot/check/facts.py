"""What a shop's articles say, for holding its cases and transcripts against them."""

from collections.abc import Iterable, Iterator, Sequence

from bot.retrieval.articles import Article
from bot.schemas import CaseRow, Message, TranscriptRow
from bot.shop.profile import Shop


class Facts:
    """The slugs of a help centre, and all of its text with the contacts of the profile."""

    def __init__(self, articles: Sequence[Article], shop: Shop | None) -> None:
        self._bodies = {article.slug: _plain(article.body) for article in articles}
        texts = [f"{article.title}\n{article.body}" for article in articles]
        if shop:
            # Whoever is handed over is told these.
            texts += [*shop.contacts.known, shop.safety.emergency, shop.name]
        self._text = _plain("\n".join(texts))

    def wrong_with_case(self, row: CaseRow) -> Iterator[str]:
        """Unknown articles, sentences that don't stand in them, and required facts that no article states."""
        yield from self._unknown("articles", [*row.named, *_slugs(row.messages)])
        for sentence in row.sentences:
            if not any(_plain(sentence) in self._bodies.get(slug, "") for slug in row.named):
                yield f"sentences: '{sentence}' stands in none of the articles that it names"
        for spellings in row.must_include:
            if not any(_plain(spelling) in self._text for spelling in spellings):
                yield f"must_include: {' / '.join(spellings)} stands in no article"

    def wrong_with_transcript(self, row: TranscriptRow) -> Iterator[str]:
        """Articles that are not there."""
        yield from self._unknown("article", [row.article, *_slugs(row.messages)])

    def _unknown(self, key: str, slugs: Iterable[str | None]) -> Iterator[str]:
        for slug in dict.fromkeys(slugs):
            if slug is not None and slug not in self._bodies:
                yield f"{key}: there is no '{slug}' in the help centre"


def _slugs(messages: Iterable[Message]) -> list[str]:
    return [slug for message in messages for slug in message.articles or []]


def _plain(text: str) -> str:
    """In lower case, with single spaces, so that a line break hides nothing."""
    return " ".join(text.casefold().split())
