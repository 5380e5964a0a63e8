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
CUSTOMER = ("requester", "visitor", "contact", "customer")
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


def customers_in(record: Record) -> tuple[str, ...]:
    """The names of those whom the record calls its customer."""
    fields = [(key, value) for holder in (record, record.get("ticket")) for key, value in _items(holder)]
    users = [user for key, value in fields if key == "users" and isinstance(value, list) for user in value]
    called = [value for key, value in fields if key in CUSTOMER]
    called += [user for user in users if isinstance(user, dict) and str(user.get("role")).lower() == "end-user"]
    return tuple(
        dict.fromkeys(name for one in called for field, name in _items(one) if field in NAMES and _is_name(name))
    )


def _items(value: Any) -> list[tuple[str, Any]]:
    return list(value.items()) if isinstance(value, dict) else []


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


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
