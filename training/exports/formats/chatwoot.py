"""Chatwoot conversations, and its single messages from webhooks or the API."""

from dataclasses import dataclass

from bot.dialogue import Role
from training.exports.conversation import (
    ExportedConversation,
    ExportedMessage,
    Markup,
    Record,
    Unreadable,
    id_of,
    objects,
    text_of,
    utc,
)
from training.exports.formats.fields import (
    body_of,
    event,
    flag,
    holds,
    html_or_plain,
    in_time_order,
    mailed,
    nested,
    spoken,
)
from training.exports.formats.visibility import left_out_of

# Source: https://github.com/chatwoot/chatwoot/blob/develop/app/models/message.rb, enum message_type
KINDS = {
    "0": "incoming", "1": "outgoing", "2": "activity", "3": "template",
    "incoming": "incoming", "outgoing": "outgoing", "activity": "activity", "template": "template",
}  # fmt: skip
BOTS = ("agentbot", "agent_bot", "captain::assistant", "captain_assistant", "bot")


@dataclass(frozen=True)
class ChatwootConversations:
    """{"id", "messages": [{"content", "message_type"}]}, with the customer in `meta`."""

    name: str = "chatwoot"
    title: str = "Chatwoot conversations, or its messages as webhooks and the API give them"

    def matches(self, record: Record) -> bool:
        """Messages with a type and no role. A webhook's event is none: it holds only the newest message."""
        messages = record.get("messages")
        return "event" not in record and holds(messages, "message_type", "content") and not holds(messages, "role")

    def read(self, record: Record) -> ExportedConversation:
        """One conversation."""
        messages = objects(record.get("messages"), "messages")
        return _conversation(messages, "messages", id_of(record, "id", "display_id"), _contact(record))


@dataclass(frozen=True)
class ChatwootMessages:
    """One message, which names its conversation."""

    name: str = "chatwoot"
    title: str = "Chatwoot conversations, or its messages as webhooks and the API give them"

    def matches(self, record: Record) -> bool:
        """A message with a type and a conversation."""
        return "content" in record and id_of(record, "message_type") in KINDS and bool(_conversation_id(record))

    def conversation_of(self, record: Record) -> str:
        """The conversation. Raises Unreadable."""
        if found := _conversation_id(record):
            return found
        raise Unreadable("conversation.id: it is missing, and so is conversation_id")

    def read(self, record: Record) -> ExportedConversation:
        """All messages of one conversation. Each stands once, as it was last: webhooks send it again."""
        rows = objects(record.get("rows"), "rows")
        latest = {id_of(row, "id") or f"row {place}": row for place, row in enumerate(rows)}
        first = rows[0] if rows else {}
        visitor = next((found for row in rows if (found := _contact(nested(row, "conversation")))), "")
        return _conversation(list(latest.values()), "rows", _conversation_id(first), visitor)


def _conversation_id(record: Record) -> str:
    return id_of(nested(record, "conversation"), "id", "display_id") or id_of(record, "conversation_id")


def _contact(conversation: Record) -> str:
    sender = nested(nested(conversation, "meta"), "sender")
    return id_of(sender, "id", "email") or id_of(nested(conversation, "contact_inbox"), "contact_id")


def _conversation(rows: object, field: str, conversation_id: str, visitor: str) -> ExportedConversation:
    messages = []
    for place, row in enumerate(objects(rows, field)):
        messages.append(_message(row, f"{field}.{place}."))
        if not visitor and messages[-1].role == "user":
            visitor = id_of(nested(row, "sender"), "id", "email") or id_of(row, "sender_id")
    return ExportedConversation(in_time_order(messages), conversation_id, visitor or None)


def _message(row: Record, place: str) -> ExportedMessage:
    kind = KINDS.get(id_of(row, "message_type"))
    if kind is None:
        raise Unreadable(f"{place}message_type: {row.get('message_type')!r:.60} is none of Chatwoot's")
    at = utc(row.get("created_at"))
    attributes = nested(row, "content_attributes")
    if kind in ("activity", "template") or flag(attributes, "deleted"):
        return event(at, kind)
    text = body_of(row, place, "content")
    author = text_of(row, "sender_type") or text_of(nested(row, "sender"), "type") or kind
    role: Role = "user" if kind == "incoming" else "agent"
    left_out = left_out_of(row, place, is_customer=role == "user", text=text, typed=True)
    if left_out is None and role == "agent" and (author.lower() in BOTS or _is_unattended(row)):
        left_out = "bot answer"
    is_mail = row.get("content_type") == "incoming_email"
    markup: Markup = mailed(html_or_plain(text)) if is_mail else "plain"
    return spoken(role, text, at=at, author=author, markup=markup, left_out=left_out)


def _is_unattended(row: Record) -> bool:
    """Whether a rule or a campaign wrote what went out; those have no sender, or stand in the attributes."""
    is_nobodys = not (id_of(row, "sender_id", "sender_type") or nested(row, "sender"))
    by_rule = nested(row, "content_attributes").get("automation_rule_id")
    return is_nobodys or bool(by_rule or nested(row, "additional_attributes").get("campaign_id"))
