"""What every export is read into, whatever tool wrote it: conversations of messages, each with its author."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, Protocol, runtime_checkable

from bot.dialogue import Role
from bot.errors import ErrorCode, TrilaneError

Record = Mapping[str, Any]
Markup = Literal["plain", "html", "mail", "html-mail"]
LeftOut = Literal["private note", "bot answer", "event", "not understood"]


class Unreadable(TrilaneError):
    """One record of an export cannot be read; the message is the reason that rejected.jsonl gives."""

    code = ErrorCode.TRANSCRIPT


@dataclass(frozen=True, slots=True)
class ExportedMessage:
    """One message as its tool kept it.

    `at` is UTC, ISO 8601, or None where the export has no time; `author` is the tool's own word for who wrote
    it ("end-user", "admin"). A message with `left_out` is counted and dropped. An answer that is `context_only`
    stays in the conversation and is never learnt from. `mail` means that signatures and quoted earlier messages
    may follow the text.
    """

    role: Role
    text: str
    at: str | None = None
    author: str | None = None
    markup: Markup = "plain"
    left_out: LeftOut | None = None
    articles: tuple[str, ...] = ()
    rating: Literal["up", "down"] | None = None
    context_only: bool = False


@dataclass(frozen=True, slots=True)
class ExportedConversation:
    """One conversation of an export.

    `id` is the tool's own; "" where it has none. `visitor` is the customer's id in the export, or the e-mail
    where that is the id: it is only ever written as a hash. `people` are the names that the export gives for
    those who speak. `rejected_answer` is the answer that a preference row calls worse.
    """

    messages: tuple[ExportedMessage, ...]
    id: str = ""
    visitor: str | None = None
    intent: str | None = None
    rejected_answer: str | None = None
    people: tuple[str, ...] = ()
    # How roles were guessed, where the export does not give them.
    guess: str | None = None


class Format(Protocol):
    """One export format. Its records are JSON objects, or rows of a CSV file as header -> cell."""

    @property
    def name(self) -> str:
        """What --format takes."""
        ...

    @property
    def title(self) -> str:
        """What it is, for help texts and errors."""
        ...

    def matches(self, record: Record) -> bool:
        """Whether a record has this format's shape; must not raise, whatever the record is."""
        ...

    def read(self, record: Record) -> ExportedConversation:
        """The conversation of one record. Raises Unreadable with the reason, naming the field."""
        ...


@runtime_checkable
class MessageFormat(Format, Protocol):
    """A format whose records are single messages: rows of a conversation, which may lie apart in the file.

    `read` gets {"rows": [record, ...]}: all of one conversation, in the order of the file.
    """

    def conversation_of(self, record: Record) -> str:
        """The id of the conversation that a record belongs to. Raises Unreadable."""
        ...


def text_of(record: Record, *names: str) -> str:
    """The first of these fields that holds text; "" where none does."""
    for name in names:
        value = record.get(name)
        if isinstance(value, str) and value.strip():
            return value
    return ""


def id_of(record: Record, *names: str) -> str:
    """The first of these fields that holds an id, as text; "" where none does."""
    for name in names:
        value = record.get(name)
        if isinstance(value, int | str) and not isinstance(value, bool) and str(value).strip():
            return str(value).strip()
    return ""


def objects(value: Any, field: str) -> Sequence[Record]:
    """A list of JSON objects; raises Unreadable naming the field where it is anything else."""
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise Unreadable(f"{field}: it must be a list of objects")
    return value


def utc(value: Any) -> str | None:
    """A time as exports write it (seconds or milliseconds since 1970, ISO 8601) as UTC, ISO 8601 in seconds.

    None where it is absent or cannot be read: a message without a time is still a message.
    """
    try:
        if isinstance(value, str) and value.strip().lstrip("-").replace(".", "", 1).isdigit():
            value = float(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            seconds = value / 1000 if abs(value) > 1e11 else value
            read = datetime.fromtimestamp(seconds, UTC)
        elif isinstance(value, str) and value.strip():
            read = datetime.fromisoformat(value.strip().removesuffix(" UTC"))
            read = read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
        else:
            return None
    except (ValueError, OverflowError, OSError):
        return None
    return read.isoformat(timespec="seconds")
