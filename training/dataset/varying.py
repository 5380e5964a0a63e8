"""A row with its figures and names changed at random: who learns it must read its passages, not remember them."""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from training.dataset.names import changed_names, with_names
from training.dataset.numbers import changed_numbers, with_numbers


@dataclass(frozen=True, slots=True)
class Variation:
    """What becomes of each number and each name of a row."""

    numbers: Mapping[Decimal, Decimal]
    names: Mapping[str, str]

    def of(self, text: str) -> str:
        """A text of the row as it is now."""
        return with_names(with_numbers(text, self.numbers), self.names)


def variation(
    texts: Sequence[str], own_words: Iterable[str], ordinary: frozenset[str], chance: random.Random
) -> Variation | None:
    """A change for all texts of one row; None where its numbers cannot be changed alike.

    `own_words` are the shop's names, `ordinary` the words that are none.
    """
    numbers = changed_numbers(texts, chance)
    if numbers is None:
        return None
    return Variation(numbers, changed_names(texts, own_words, ordinary, chance))
