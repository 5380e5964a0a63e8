"""The names of those who speak, as an export gives them beside what they say."""

from collections.abc import Iterator
from typing import Any

from training.transcripts.source import Record

PERSON = {
    "author",
    "sender",
    "requester",
    "visitor",
    "contact",
    "customer",
    "user",
    "assignee",
    "personal",
    "agent",
}
NAMES = ("name", "first_name", "last_name", "full_name", "display_name", "customer_name", "username", "real_name")
NOBODY = {
    "visitor",
    "customer",
    "guest",
    "operator",
    "support",
    "agent",
    "bot",
    "user",
    "admin",
    "team",
    "service",
}
DEEPEST = 6


def people_in(record: Record) -> tuple[str, ...]:
    """Each name once, in the order of the record; what only says a role is no name."""
    return tuple(
        dict.fromkeys(name for name in _names(record, "", 0) if NOBODY.isdisjoint(name.casefold().split()))
    )


def _names(value: Any, key: str, depth: int) -> Iterator[str]:
    if depth > DEEPEST:
        return
    if isinstance(value, dict):
        if key in PERSON or "email" in value:
            yield from (name for field in NAMES if isinstance(name := value.get(field), str) and name.strip())
        for field, inner in value.items():
            yield from _names(inner, str(field), depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _names(inner, key.removesuffix("s"), depth + 1)
