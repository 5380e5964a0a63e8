"""A table of anybody's, one message a row, by the names that its columns commonly have."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from training.exports.conversation import (
    ExportedConversation,
    ExportedMessage,
    LeftOut,
    Record,
    Unreadable,
    id_of,
    objects,
    text_of,
)
from training.exports.formats.dates import times_of
from training.exports.formats.fields import body_of, event, html_or_plain, spoken
from training.exports.formats.roles import KNOWN, Speaker, speaker_of
from training.exports.formats.verdicts import weighed
from training.exports.formats.visibility import left_out_of, refuse_flipped

CONVERSATION = (
    "conversationid", "conversation", "convid", "convoid", "ticketid", "ticket", "chatid", "sessionid", "session",
    "dialogueid", "dialogid", "threadid", "thread", "caseid", "chat",
)  # fmt: skip
ROLE = (
    "role", "authorrole", "senderrole", "userrole", "authortype", "sendertype", "usertype", "participanttype",
    "speakerrole", "speakertype", "direction", "author", "sender", "speaker", "from",
)  # fmt: skip
TEXT = ("text", "message", "content", "body", "msg", "utterance", "messagetext", "messagebody")
TIME = ("time", "timestamp", "createdat", "sentat", "date", "datetime", "createdon", "senton", "messagedate")
NAMES = ("author", "sender", "speaker", "from")
# Where columns differ, the one that teaches least is right.
LEAST_LEARNT: tuple[Speaker, ...] = ("note", "event", "bot", "system", "agent", "assistant", "user")
NOT_UNDERSTOOD = ExportedMessage("system", "", left_out="not understood")
VISITOR = ("visitor", "visitorid", "customerid", "userid", "email", "customeremail")


@dataclass(frozen=True)
class PlainCSV:
    """Columns for the conversation, the role and the text; time, intent and visitor where they are known."""

    name: str = "csv"
    title: str = "a table of one message a row, with columns for conversation, role and text"

    def matches(self, record: Record) -> bool:
        """All three columns that it needs."""
        return (
            isinstance(record.get(_column(record, CONVERSATION)), str | int)
            and any(isinstance(record.get(column), str) for column in _columns(record, ROLE))
            and isinstance(record.get(_column(record, TEXT)), str)
        )

    def conversation_of(self, record: Record) -> str:
        """The conversation's cell. Raises Unreadable."""
        column = _column(record, CONVERSATION)
        if found := id_of(record, column):
            return found
        raise Unreadable(f"{column or 'conversation_id'}: it is empty")

    def read(self, record: Record) -> ExportedConversation:
        """The rows of one conversation: by time where every row has one, otherwise as they stand.

        Before a row that cannot be understood everything was; what follows it may answer it, and is left out.
        """
        rows = objects(record.get("rows"), "rows")
        timed = list(zip(rows, times_of([_time(row) for row in rows]), strict=True))
        if all(at for _, at in timed):
            timed.sort(key=lambda pair: pair[1] or "")
        messages: list[ExportedMessage] = []
        refused: Unreadable | None = None
        for row, at in timed:
            try:
                messages.append(_message(row, at) if refused is None else NOT_UNDERSTOOD)
            except Unreadable as error:
                refused = error
                messages.append(NOT_UNDERSTOOD)
        if refused and len({message.role == "user" for message in messages if not message.left_out}) < 2:
            raise refused
        refuse_flipped(messages)
        return ExportedConversation(
            tuple(messages), next((self.conversation_of(row) for row in rows), ""),
            _first(rows, VISITOR), _first(rows, ("intent",)),
        )  # fmt: skip


def _columns(record: Record, names: Sequence[str]) -> Iterator[str]:
    """The columns that the record has of these, in their order, however they are spelt."""
    spelt = {re.sub(r"[\W_]+", "", str(column)).lower(): str(column) for column in reversed(list(record))}
    return (spelt[name] for name in names if name in spelt)


def _column(record: Record, names: Sequence[str]) -> str:
    return next(_columns(record, names), "")


def _first(rows: Sequence[Record], names: Sequence[str]) -> str | None:
    found = (id_of(row, column) for row in rows for column in _columns(row, names))
    return next((value for value in found if value), None)


def _time(row: Record) -> str:
    """The time's cell, or the date's and the time's where a table has both."""
    found = [id_of(row, column) for column in _columns(row, TIME)]
    date, time = (id_of(row, _column(row, (name,))) for name in ("date", "time"))
    return f"{date} {time}" if date and time and ":" not in date else next(iter(found), "")


def _message(row: Record, at: str | None) -> ExportedMessage:
    """One row. Raises Unreadable where nobody can say who wrote it, or for whom."""
    speaker, word = _speaker(row)
    text = body_of(row, "", _column(row, TEXT) or TEXT[0])
    left_out: LeftOut | None = left_out_of(row, "", is_customer=speaker == "user", text=text)
    if speaker == "event" or left_out == "event":
        return event(at, word)
    if speaker == "note":
        return spoken("agent", text, at=at, author=word, left_out="private note")
    if speaker == "bot":
        return spoken("assistant", text, at=at, author=word, left_out=left_out or "bot answer")
    said = spoken(speaker, text, at=at, author=word, markup=html_or_plain(text), left_out=left_out)
    return weighed(said, row)


def _speaker(row: Record) -> tuple[Speaker, str]:
    """Who wrote a row, by all columns that say a role, and else by the first that says a name."""
    said = [(column, word) for column in _columns(row, ROLE) if (word := text_of(row, column).strip())]
    roles = [pair for pair in said if re.sub(r"[\W_]+", "", pair[0]).lower() not in NAMES] or said[:1]
    if not roles:
        raise Unreadable(f"{_column(row, ROLE) or ROLE[0]}: it is empty")
    speakers: dict[Speaker, tuple[str, str]] = {}
    for column, word in roles:
        speaker = speaker_of(word)
        if speaker is None:
            raise Unreadable(f"{column}: {word!r:.60} is not a role that is known; known are {KNOWN}")
        speakers.setdefault(speaker, (column, word))
    if "user" in speakers and len(speakers) > 1:
        told = " and ".join(f"{column} {word!r:.60}" for column, word in speakers.values())
        raise Unreadable(f"{told} do not agree on who wrote it")
    found = next(speaker for speaker in LEAST_LEARNT if speaker in speakers)
    return found, speakers[found][1]
