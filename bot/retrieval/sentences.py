"""Sentences that can be quoted, and the words that carry meaning."""

import re

_WORD = re.compile(r"[^\W_]+", re.UNICODE)
# A sentence ends at . ! or ? before white space and a capital, a digit or an opening quote;
# "a.m." and "p.m." before a capital are rare enough to read as an end.
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[\"“(]?[A-Z0-9])")
_STOPWORDS = frozenset(
    _WORD.findall(
        "a an and are as at be but by can could do does for from had has have how i if in is it its me my of on "
        "or our so that the their them there they this to us was we what when where which who will with you your"
    )
)


def split_sentences(text: str) -> tuple[str, ...]:
    """Sentences of running text; bullets and paragraphs end one too."""
    lines = (line.strip().removeprefix("- ") for line in text.splitlines())
    return tuple(part for line in lines if line for part in _SENTENCE_END.split(line))


def content_words(text: str) -> list[str]:
    """Lower-case words that carry meaning."""
    return [word for word in (w.lower() for w in _WORD.findall(text)) if word not in _STOPWORDS]
