"""The questions in one message, each with what it needs to be searched by itself."""

import re

from bot.retrieval.sentences import content_words, split_sentences

_ASKS = (
    r"(?:by when|how|hows|how's|what|whats|what's|when|where|which|who|whose|why|is|are|was|do|does|did|can|could|"
    r"will|would|should|am|may|have|has)"
)
# "… and how long does it take", "also can I …": where a second question begins inside a sentence.
_SECOND = re.compile(
    rf"\s*[,;–-]?\s+(?:and|also|plus|oh and|or)\s+(?=(?:also\s+|then\s+)?{_ASKS}\b)", re.IGNORECASE
)
_QUESTION = re.compile(
    rf"^(?:(?:and|also|plus|oh|so|but|hi|hello|hey|ok|then|second|first)[\s,:]+)*{_ASKS}\b", re.IGNORECASE
)


def parts_of(message: str, *, most: int = 3, least_words: int = 2) -> tuple[str, ...]:
    """The questions of a message, each after what was said before the first one; the whole where there is one.

    A part with fewer than `least_words` words that have a meaning is no question by itself.
    """
    pieces = [
        piece.strip()
        for sentence in split_sentences(message)
        for piece in _SECOND.split(sentence)
        if piece.strip()
    ]
    asked = [place for place, piece in enumerate(pieces) if _asks(piece, least_words)]
    if not 2 <= len(asked) <= most:
        return (message,)
    before = " ".join(pieces[: asked[0]])
    ends = [*asked[1:], len(pieces)]
    return tuple(
        " ".join(filter(None, [before, *pieces[begin:end]])) for begin, end in zip(asked, ends, strict=True)
    )


def _asks(piece: str, least_words: int) -> bool:
    asks = piece.rstrip().endswith("?") or _QUESTION.match(piece) is not None
    return asks and len(content_words(piece)) >= least_words
