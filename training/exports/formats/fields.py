"""How readers take what they need out of records whose every field may be missing, null or of another type."""

import re
from collections.abc import Iterable
from typing import Any

from bot.dialogue import Role
from training.exports.conversation import ExportedMessage, LeftOut, Markup, Record, Unreadable

_TAG = re.compile(
    r"</?(?:p|br|div|span|a|b|i|u|em|strong|ul|ol|li|table|tbody|tr|td|th|img|h[1-6]|blockquote|pre|code|font|html|body|"
    r"style|hr|section|small|sub|sup)\b[^<>]*>",
    re.IGNORECASE,
)


def nested(record: Record, name: str) -> Record:
    """The object under a name; an empty one where there is anything else."""
    value = record.get(name)
    return value if isinstance(value, dict) else {}


def holds(value: Any, *names: str) -> bool:
    """Whether it is a list with an object that has all these fields."""
    return isinstance(value, list) and any(
        isinstance(item, dict) and all(name in item for name in names) for item in value
    )


def flag(record: Record, name: str) -> bool | None:
    """Yes or no, as JSON or as the cell of a table; None where the field says neither."""
    value = record.get(name)
    word = value.strip().lower() if isinstance(value, str) else value
    if word is True or word in ("true", "t", "yes", "1"):
        return True
    return False if word is False or word in ("false", "f", "no", "0") else None


def body_of(record: Record, place: str, *names: str) -> str:
    """The first of these fields that holds text; "" where all are absent, null or blank.

    Raises Unreadable, naming the field, where one of them holds anything else.
    """
    for name in names:
        value = record.get(name)
        if value is not None and not isinstance(value, str):
            raise Unreadable(f"{place}{name}: it must be text")
        if value and value.strip():
            return value
    return ""


def html_or_plain(text: str) -> Markup:
    """Tools that write HTML also hand out plain text where they are asked to."""
    return "html" if _TAG.search(text) else "plain"


def mailed(markup: Markup) -> Markup:
    """The same markup, of a text that came by mail."""
    return "html-mail" if markup in ("html", "html-mail") else "mail"


def spoken(
    role: Role,
    text: str,
    *,
    at: str | None = None,
    author: str | None = None,
    markup: Markup = "plain",
    left_out: LeftOut | None = None,
) -> ExportedMessage:
    """A message; one without text is an event, whoever it is by."""
    return ExportedMessage(role, text, at, author, markup, left_out if text.strip() else "event")


def event(at: str | None = None, author: str | None = None) -> ExportedMessage:
    """What is no message: an assignment, a tool's call, a status."""
    return ExportedMessage("system", "", at, author, left_out="event")


def in_time_order(messages: Iterable[ExportedMessage]) -> tuple[ExportedMessage, ...]:
    """By time where every message has one, otherwise as they come."""
    listed = tuple(messages)
    if all(message.at for message in listed):
        return tuple(sorted(listed, key=lambda message: message.at or ""))
    return listed
