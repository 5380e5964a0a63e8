"""Which language a customer writes."""

import re

import py3langid

UNKNOWN = "und"
# Fewer letters than this say little.
FEWEST_LETTERS = 20


def language_of(text: str) -> str:
    """The ISO 639-1 code of a text's language, or "und" where it is too short to tell."""
    plain = re.sub(r"\[[A-Z_]+_\d+\]", " ", text)
    if sum(mark.isalpha() for mark in plain) < FEWEST_LETTERS:
        return UNKNOWN
    language, _ = py3langid.classify(plain)
    return UNKNOWN if language == "zxx" else str(language)
