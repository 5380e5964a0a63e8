"""How closely a sentence follows one that is quoted: whether all of it stands there, in its order.

What a small adapter says in its own words goes wrong where it leaves out, doubles or exchanges words of what it
reads; each of these shows in the order of the words.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.prompting.claims.terms import stem
from bot.prompting.template import ConstraintsSection
from bot.retrieval.sentences import content_words
from bot.retrieval.tables import subject_of

# They open an answer and are in no passage.
_FILLERS = {"yes", "no", "not", "sure", "sorry", "afraid", "please", "unfortunately", "m", "any"}
_NO_NOUNS = _FILLERS | {"up", "down", "off", "out"}
_WORD = re.compile(r"[^\W_][\w'-]*")


@dataclass(frozen=True, slots=True)
class Closeness:
    """Of a sentence's words so large a `share` stands in a source, in order, and so much of the source is said.

    `gaps`: whether words of the source may be left out between those that are said; a figure never may.
    """

    share: float
    cover: float
    gaps: bool


def closeness_of(rules: ConstraintsSection, *, soft: bool) -> Closeness | None:
    """How close free sentences must be, of a LoRA or of a soft prompt; None where a prompt does not say."""
    share, cover = (rules.woven_share, rules.woven_cover) if soft else (rules.own_share, rules.own_cover)
    return Closeness(share, cover, gaps=not soft) if share else None


def follows(sentence: str, sources: Iterable[str], least: Closeness) -> bool:
    """Whether a sentence is close enough to one of the sources, and to no row of a table.

    What says nothing follows anything. "A copper pipe is a blue water point" has the words of "blue water points
    to a copper pipe" in another order, "locked after 5 passwords" leaves out that they were wrong.
    """
    own = _stems(sentence)
    return not own or any(_close(own, source, least) for source in sources)


def _close(own: Sequence[str], source: str, least: Closeness) -> bool:
    words = _stems(source)
    places = _common(own, words)
    if len(places) < max(least.share * len(own), least.cover * len(words)) or subject_of(source):
        return False
    if not least.gaps and places[-1] - places[0] >= len(places):
        return False
    left_out = set(range(places[0], places[-1])) - set(places)
    if any(character.isdigit() for place in left_out for character in words[place]):
        return False
    known = Counter(words)
    if any(count > known[word] > 0 for word, count in Counter(own).items()):
        return False
    said = {words[place] for place in places}
    return not any(first not in said and second in said for first, second in _beside(source))


def _beside(source: str) -> Iterable[tuple[str, str]]:
    """Words with a meaning that stand beside each other with nothing between: "wrong passwords"."""
    known = {word: stem(word) for word in content_words(source) if word.isalpha() and word not in _NO_NOUNS}
    before: re.Match[str] | None = None
    for word in _WORD.finditer(source.lower()):
        if before and source[before.end() : word.start()] == " " and {before[0], word[0]} <= known.keys():
            yield known[before[0]], known[word[0]]
        before = word


def _common(one: Sequence[str], other: Sequence[str]) -> list[int]:
    """Where in the other the longest common subsequence stands; of several the one with the earliest places."""
    rows = [[0] * (len(other) + 1)]
    for word in one:
        above, row = rows[-1], [0]
        for place, known in enumerate(other, start=1):
            row.append(above[place - 1] + 1 if word == known else max(above[place], row[-1]))
        rows.append(row)
    places: list[int] = []
    at, place = len(one), len(other)
    while at and place:
        if rows[at][place] == rows[at][place - 1]:
            place -= 1
        elif rows[at][place] == rows[at - 1][place]:
            at -= 1
        else:
            at, place = at - 1, place - 1
            places.append(place)
    return places[::-1]


def _stems(text: str) -> list[str]:
    return [stem(word) for word in content_words(text) if word not in _FILLERS]
