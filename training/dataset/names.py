"""The names of a shop, its products and its places in a few texts, replaced by invented ones alike everywhere."""

import random
import re
from collections.abc import Iterable, Mapping, Sequence

_WORD = re.compile(r"[^\W\d_]+")
# Inside a sentence a capital letter says that a word is a name.
_INSIDE = re.compile(r"(?<=[a-z,;] )[A-Z][a-z]{2,}\b")
_NOT_NAMES = frozenset(
    _WORD.findall(
        "monday tuesday wednesday thursday friday saturday sunday january february march april may june july "
        "august september october november december christmas easter english visa mastercard paypal apple google "
        "android europe european"
    )
)
_STARTS = _WORD.findall(
    "Bal Bren Cal Cor Dal Del Dor Fal Fen Gal Gor Hal Hol Jor Kel Kor Lan Lor Mal Mel Mor Nal Nor Ol Pel Por Ral "
    "Ros Sel Sol Tal Tor Val Vel Wal Yar Zel Bris Cald Drum Fros Glen Gris Harn Lin Mard Nev Orl Pren Quil Stav"
)
_ENDS = _WORD.findall(
    "ado aven ber bury by dale den dine dor ell en eth field ford gate ham hurst ia ick ley lin lo low mere moor "
    "na ner nock on ora ow ra ridge rin stow ta ter thorpe ton va vale ver wick win worth"
)


def words_of(texts: Iterable[str]) -> frozenset[str]:
    """The words of a help centre that stand in small letters somewhere: no names."""
    return frozenset(word for text in texts for word in _WORD.findall(text) if word.islower())


def changed_names(
    texts: Sequence[str], own: Iterable[str], ordinary: frozenset[str], chance: random.Random
) -> Mapping[str, str]:
    """The new word, in small letters, of each that changes: of a shop's `own` words, and what else is a name."""
    said = {word.lower() for text in texts for word in _WORD.findall(text)}
    named = {word.lower() for name in own for word in _WORD.findall(name) if word[0].isupper()}
    inside = {word.lower() for text in texts for word in _INSIDE.findall(text)}
    changed: dict[str, str] = {}
    for word in sorted((named | inside) & said):
        if word in ordinary or word in _NOT_NAMES or len(word) < 3:
            continue
        while (new := (chance.choice(_STARTS) + chance.choice(_ENDS)).lower()) in said | set(changed.values()):
            pass
        changed[word] = new
    return changed


def with_names(text: str, changed: Mapping[str, str]) -> str:
    """The text with its names changed, in the letters that each was written in."""

    def new(match: re.Match[str]) -> str:
        was = match.group()
        word = changed.get(was.lower())
        if word is None:
            return was
        if was.isupper():
            return word.upper()
        return word if was.islower() else word.capitalize()

    return _WORD.sub(new, text)
