"""A piece of personal data in a text."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol, get_args

Kind = Literal["URL_TOKEN", "EMAIL", "IBAN", "CARD", "IP", "SECRET", "DOB", "PHONE", "ADDRESS", "NAME"]
# Where two kinds claim the same characters, the earlier one has them.
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Span:
    """Characters `start` to `end` of a text, and what they are."""

    kind: Kind
    start: int
    end: int


class Finder(Protocol):
    """Finds one or more kinds; spans may overlap."""

    def __call__(self, text: str) -> Iterator[Span]: ...
