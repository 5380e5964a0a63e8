"""Chats of Zendesk Chat, which was Zopim."""

from dataclasses import dataclass

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
from training.exports.formats.fields import body_of, event, nested, spoken
from training.exports.formats.visibility import left_out_of

SENDERS = ("visitor", "agent", "trigger", "system", "bot", "answer_bot")


@dataclass(frozen=True)
class ZendeskChat:
    """One chat with its history, or a message that was left while nobody was there.

    Source: https://developer.zendesk.com/api-reference/live-chat/chat-api/chats/
    """

    name: str = "zendesk-chat"
    title: str = "Zendesk Chat exports, chats with their history"

    def matches(self, record: Record) -> bool:
        """A visitor with a history, or with an offline message."""
        is_offline = record.get("type") == "offline_msg" and "message" in record
        return isinstance(record.get("visitor"), dict) and (is_offline or isinstance(record.get("history"), list))

    def read(self, record: Record) -> ExportedConversation:
        """One chat; who joins, leaves and rates is an event."""
        visitor = nested(record, "visitor")
        if record.get("type") == "offline_msg":
            messages = [spoken("user", body_of(record, "", "message"), at=utc(record.get("timestamp")))]
        else:
            names = record.get("agent_names")
            agents = [name for name in names if isinstance(name, str)] if isinstance(names, list) else []
            messages = [
                _message(item, f"history.{place}.", text_of(visitor, "name"), agents)
                for place, item in enumerate(objects(record.get("history"), "history"))
            ]
        return ExportedConversation(tuple(messages), id_of(record, "id"), id_of(visitor, "id", "email") or None)


def _message(item: Record, place: str, visitor: str, agents: list[str]) -> ExportedMessage:
    at, name = utc(item.get("timestamp")), text_of(item, "name")
    if item.get("type") != "chat.msg":
        return event(at)
    text = body_of(item, place, "msg")
    if left_out := left_out_of(item, place, is_customer=False, text=text, typed=True):
        return spoken("agent", text, at=at, left_out=left_out)
    # Chats before 2019 say the sender in `nick`: "visitor", "agent:4120927", "agent:trigger".
    sender = (text_of(item, "sender_type") or _nick(text_of(item, "nick"))).strip().lower()
    if not sender:
        if not name:
            raise Unreadable(f"{place}name: it is missing, so nobody knows who wrote it")
        # A trigger writes under a name that is none of the agents'.
        is_agent = name in agents or not agents
        sender = "visitor" if name == visitor else "agent" if is_agent else "trigger"
    if sender in ("visitor", "end_user", "end-user"):
        return spoken("user", text, at=at, author=sender)
    if sender not in SENDERS:
        raise Unreadable(f"{place}sender_type: {sender!r:.60} is not one of {', '.join(SENDERS)}")
    return spoken("agent", text, at=at, author=sender, left_out=None if sender == "agent" else "bot answer")


def _nick(nick: str) -> str:
    kind, _, rest = nick.partition(":")
    return "trigger" if "trigger" in (kind, rest) else kind
