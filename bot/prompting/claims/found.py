"""What a check of claims finds, and the numbers that it goes by."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unsupported:
    """What of a sentence does not stand in the passage: its kind (figure, name, denial …) and the words."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Limits:
    """How many words of a sentence may stand nowhere in the passage, and which share of its words."""

    unknown_words: int = 2
    unknown_share: float = 0.34
