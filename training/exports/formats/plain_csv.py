"""A table of anybody's, one message a row, by the names that its columns commonly have."""

from dataclasses import dataclass, replace

from training.exports.conversation import Conversation, Message, Record, Unreadable, id_of, objects, text_of, utc
from training.exports.formats.fields import body_of, event, flag, in_time_order, spoken
from training.exports.formats.roles import KNOWN, voice_of

CONVERSATION = (
    "conversation_id", "conversation", "ticket_id", "ticket", "chat_id", "session_id", "dialogue_id", "dialog_id",
    "thread_id", "case_id",
)  # fmt: skip
ROLE = ("role", "author_type", "sender_type", "direction", "author", "sender", "speaker", "from")
TEXT = ("text", "message", "content", "body", "msg", "utterance")
TIME = ("time", "timestamp", "created_at", "sent_at", "date", "datetime")
VISITOR = ("visitor", "visitor_id", "customer_id", "user_id", "email", "customer_email")


@dataclass(frozen=True)
class PlainCSV:
    """Columns for the conversation, the role and the text; time, intent and visitor where they are known."""

    name: str = "csv"
    title: str = "a table of one message a row, with columns for conversation, role and text"

    def matches(self, record: Record) -> bool:
        """All three columns that it needs."""
        return (
            isinstance(record.get(_column(record, CONVERSATION)), str | int)
            and isinstance(record.get(_column(record, ROLE)), str)
            and isinstance(record.get(_column(record, TEXT)), str)
        )

    def conversation_of(self, record: Record) -> str:
        """The conversation's cell. Raises Unreadable."""
        column = _column(record, CONVERSATION)
        if found := id_of(record, column):
            return found
        raise Unreadable(f"{column or CONVERSATION[0]}: it is empty")

    def read(self, record: Record) -> Conversation:
        """The rows of one conversation: by time where every row has one, otherwise as they stand."""
        rows = objects(record.get("rows"), "rows")
        messages = in_time_order(_message(row) for row in rows)
        return Conversation(
            messages, next((self.conversation_of(row) for row in rows), ""),
            _first(rows, VISITOR), _first(rows, ("intent",)),
        )  # fmt: skip


def _column(record: Record, names: tuple[str, ...]) -> str:
    """The first of these columns that the record has, also where it is written with spaces."""
    return next((spelt for name in names for spelt in (name, name.replace("_", " ")) if spelt in record), "")


def _first(rows: object, names: tuple[str, ...]) -> str | None:
    found = (id_of(row, _column(row, names)) for row in objects(rows, "rows"))
    return next((value for value in found if value), None)


def _message(row: Record) -> Message:
    column = _column(row, ROLE)
    word = text_of(row, column).strip()
    voice = voice_of(word)
    if voice is None:
        raise Unreadable(f"{column or ROLE[0]}: {word!r:.60} is not a role that is known; known are {KNOWN}")
    at = utc(row.get(_column(row, TIME)))
    if voice == "event":
        return event(at, word)
    text = body_of(row, "", _column(row, TEXT) or TEXT[0])
    if voice == "bot":
        return spoken("assistant", text, at=at, author=word, left_out="bot answer")
    said = spoken(voice, text, at=at, author=word)
    is_private = any(flag(row, name) for name in ("private", "is_private"))
    return replace(said, left_out="private note") if is_private and said.left_out is None else said
