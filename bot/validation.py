"""What pydantic found wrong, in our words: the one place where a ValidationError becomes a sentence."""

from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

LONGEST_PLACE, LONGEST_REASON = 80, 200


@dataclass(frozen=True, slots=True)
class WrongValue:
    """One wrong value: the keys that lead to it, why it is wrong, and what it is."""

    place: tuple[str | int, ...]
    reason: str
    value: Any

    def sentence(self, whole: str = "") -> str:
        """`place.inside: reason`; `whole` stands for the place where all of it is wrong."""
        where = ".".join(map(str, self.place)) or whole
        return f"{where}: {self.reason}" if where else self.reason


def wrong_values(error: ValidationError) -> list[WrongValue]:
    """Every wrong value, in the order of the fields; what others wrote is shortened."""
    return [
        WrongValue(
            tuple(_part(part) for part in detail["loc"] if not str(part).startswith("function-")),
            _reason(detail["type"], detail["msg"]),
            detail["input"],
        )
        for detail in error.errors(include_url=False)
    ]


def first_wrong_value(error: ValidationError, whole: str = "") -> str:
    """The first wrong value as a sentence."""
    return wrong_values(error)[0].sentence(whole)


def shortened(text: str, longest: int) -> str:
    """At most `longest` characters; a mark says that some are missing."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _part(part: str | int) -> str | int:
    return part if isinstance(part, int) else shortened(part, LONGEST_PLACE)


def _reason(kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return "no such key"
    if kind == "missing":
        return "it is missing"
    return shortened(message.removeprefix("Value error, ").rstrip("."), LONGEST_REASON)
