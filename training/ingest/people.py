"""The names of those who speak, as an export gives them beside what they say."""

from collections.abc import Iterator
from typing import Any

from training.exports.conversation import Record

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
STAFF = ("admin", "agent", "bot", "teammate")
DEEPEST = 6


def people_in(record: Record) -> tuple[str, ...]:
    """Each name once, in the order of the record; what only says a role is no name."""
    return tuple(
        dict.fromkeys(name for name in _fields(record, "", 0, NAMES) if NOBODY.isdisjoint(name.casefold().split()))
    )


def emails_in(record: Record) -> tuple[str, ...]:
    """The customers' e-mail addresses: ids that a person knows of themselves."""
    return tuple(dict.fromkeys(_fields(record, "", 0, ("email",), staff=False)))


def _fields(value: Any, key: str, depth: int, wanted: tuple[str, ...], *, staff: bool = True) -> Iterator[str]:
    if depth > DEEPEST:
        return
    if isinstance(value, dict):
        if not staff and (key == "assignee" or value.get("type") in STAFF or value.get("role") in STAFF):
            return
        if key in PERSON or "email" in value:
            yield from (found for field in wanted if isinstance(found := value.get(field), str) and found.strip())
        for field, inner in value.items():
            yield from _fields(inner, str(field), depth + 1, wanted, staff=staff)
    elif isinstance(value, list):
        for inner in value:
            yield from _fields(inner, key.removesuffix("s"), depth + 1, wanted, staff=staff)
