"""Intercom conversations, from its API or its export."""

from dataclasses import dataclass

from bot.dialogue import Role
from training.exports.conversation import (
    ExportedConversation,
    ExportedMessage,
    Record,
    Unreadable,
    id_of,
    objects,
    text_of,
    utc,
)
from training.exports.formats.fields import body_of, event, flag, html_or_plain, mailed, nested, spoken
from training.exports.formats.verdicts import judged
from training.exports.formats.visibility import left_out_of

CUSTOMERS = ("user", "lead", "contact", "visitor")
TEAM = ("admin", "teammate", "team")
MACHINES = ("bot", "fin", "ai_agent", "operator", "workflow")
# Parts in which something is said; the bodies of others are what Intercom and its workflows write.
SAID = ("", "comment", "open", "close", "quick_reply", "message", "conversation")


@dataclass(frozen=True)
class Intercom:
    """A conversation: what began it, and its parts.

    Source: https://developers.intercom.com/docs/references/rest-api/api.intercom.io/conversations/conversation
    """

    name: str = "intercom"
    title: str = "Intercom conversations with their parts, as JSON"

    def matches(self, record: Record) -> bool:
        """A first message by an author; parts, or what says that it is a conversation."""
        first = nested(record, "source") or nested(record, "conversation_message")
        return "author" in first and ("conversation_parts" in record or record.get("type") == "conversation")

    def read(self, record: Record) -> ExportedConversation:
        """One conversation."""
        field = "source" if nested(record, "source") else "conversation_message"
        source = nested(record, field)
        parts = record.get("conversation_parts")
        if isinstance(parts, dict):
            parts = parts.get("conversation_parts")
        by_mail = text_of(source, "type") == "email"
        first_at = utc(source.get("created_at")) or utc(record.get("created_at"))
        messages = [_message(source, f"{field}.", first_at, by_mail=by_mail)]
        for place, part in enumerate(objects(parts, "conversation_parts") if parts is not None else ()):
            at = utc(part.get("created_at"))
            messages.append(_message(part, f"conversation_parts.{place}.", at, by_mail=by_mail))
        # From one to five.
        rated = nested(record, "conversation_rating").get("rating")
        judgement = judged(messages, {"score": "bad" if rated in (1, 2) else None})
        return ExportedConversation(judgement, id_of(record, "id"), _visitor(record, source) or None)


def _message(part: Record, place: str, at: str | None, *, by_mail: bool) -> ExportedMessage:
    author = nested(part, "author")
    word = text_of(author, "type").lower()
    body = body_of(part, place, "body")
    if not body or flag(part, "redacted"):
        return event(at, word or None)
    known = CUSTOMERS + TEAM + MACHINES
    if word not in known:
        raise Unreadable(f"{place}author.type: {word!r:.60} is not one of {', '.join(known)}")
    role: Role = "user" if word in CUSTOMERS else "agent"
    left_out = left_out_of(part, place, is_customer=role == "user", text=body, typed=True)
    kind = text_of(part, "part_type")
    if kind.startswith("note"):
        left_out = "private note"
    elif left_out is None and (word in MACHINES or _by_ai(part) or _by_ai(author) or _is_operator(author)):
        left_out = "bot answer"
    elif left_out is None and role == "agent" and kind not in SAID and not kind.startswith("comment"):
        left_out = "event"
    markup = html_or_plain(body)
    if by_mail or nested(part, "email_message_metadata"):
        markup = mailed(markup)
    return spoken(role, body, at=at, author=word, markup=markup, left_out=left_out)


def _by_ai(record: Record) -> bool:
    return any(record.get(name) for name in ("is_ai_answer", "from_ai_agent", "ai_agent"))


def _is_operator(author: Record) -> bool:
    """Whether it is Intercom's own bot, which has a teammate's place in the team."""
    is_named = text_of(author, "name").strip().lower() == "operator"
    return is_named or text_of(author, "email").startswith("operator+")


def _visitor(record: Record, source: Record) -> str:
    contacts = record.get("contacts")
    if isinstance(contacts, dict):
        contacts = contacts.get("contacts")
    for contact in contacts if isinstance(contacts, list) else ():
        if isinstance(contact, dict) and (found := id_of(contact, "id", "external_id", "email")):
            return found
    if found := id_of(nested(record, "user"), "id", "email"):
        return found
    author = nested(source, "author")
    return id_of(author, "id", "email") if text_of(author, "type") in CUSTOMERS else ""
