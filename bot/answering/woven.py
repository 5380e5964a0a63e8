"""How closely a sentence follows one that is quoted: the share of its words that stand there in the same order."""

from collections.abc import Iterable, Sequence

from bot.prompting.claims.terms import stem
from bot.retrieval.sentences import content_words

# They open an answer and are in no passage.
_FILLERS = {"yes", "sure"}


def woven(sentence: str, sources: Iterable[str]) -> float:
    """The longest common subsequence of its words with a meaning and those of one source, as a share of its own.

    1 where it has none: what says nothing follows anything. "A copper pipe is a blue water point" has the words
    of "blue water points to a copper pipe", and another order.
    """
    own = _stems(sentence)
    if not own:
        return 1.0
    return max((_common(own, _stems(source)) for source in sources), default=0) / len(own)


def _stems(text: str) -> list[str]:
    return [stem(word) for word in content_words(text) if word not in _FILLERS]


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """The length of the longest common subsequence."""
    row = [0] * (len(other) + 1)
    for word in one:
        before = 0
        for place, known in enumerate(other, start=1):
            before, row[place] = row[place], before + 1 if word == known else max(row[place], row[place - 1])
    return row[-1]
