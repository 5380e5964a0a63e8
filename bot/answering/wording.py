"""A message as it is compared: one spelling for what looks alike, and its sentences."""

import re
import unicodedata
from itertools import pairwise

_LONG = re.compile(r"(\w)\1{2,}")
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\s*[\n;]+\s*|(?<=[.!?])(?=[A-Z])")
_ROWS = ["qwertyuiop", "asdfghjkl", "zxcvbnm"]
_NEXT = {pair for row in _ROWS for a, b in pairwise(row) for pair in (a + b, b + a, a + a, b + b)}


def plain(text: str) -> str:
    """Lower case, single spaces, at most two of a letter in a row; without what cannot be seen."""
    text = unicodedata.normalize("NFKC", text).lower().replace("’", "'")
    seen = (
        mark if mark == "\n" or unicodedata.category(mark) not in ("Cf", "Cc", "Mn", "Sk") else ""
        for mark in text.replace("\t", " ")
    )
    return _LONG.sub(r"\1\1", re.sub(r" *\n\s*", "\n", re.sub(r"[^\S\n]+", " ", "".join(seen)))).strip()


def core(text: str) -> str:
    """The same without the marks around it: "Hello!!" and "hello" are one."""
    return plain(text).replace("\n", " ").strip(" .,;:!?~*_-()[]\"'“”…")


def sentences(text: str) -> list[str]:
    """What stands between full stops, question marks and line breaks; only what has letters or figures."""
    return [part for part in _SENTENCE.split(text) if any(mark.isalnum() for mark in part)]


def has_words(text: str) -> bool:
    """Whether anything of it could be read aloud: a letter or a figure."""
    return any(mark.isalnum() for mark in plain(text))


def from_the_keyboard(text: str) -> bool:
    """Whether fingers ran over the keys: "asdfgh", "lkjlkj", "sdkfjh"."""
    words = re.findall(r"[^\W\d_]+", plain(text))
    letters = sum(map(len, words))
    return letters >= 4 and all(map(_mashed, words))


def _mashed(word: str) -> bool:
    if not word.isascii() or len(word) < 3:
        return False
    pairs = [word[place : place + 2] for place in range(len(word) - 1)]
    vowels = sum(letter in "aeiouy" for letter in word)
    beside = sum(pair in _NEXT for pair in pairs) / len(pairs)
    return len(word) >= 4 and (beside >= 0.75 or (vowels == 0 and len(word) >= 5) or len(set(word)) == 1)
