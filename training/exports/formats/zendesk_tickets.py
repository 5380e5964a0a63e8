"""Zendesk tickets with their comments."""

from dataclasses import dataclass

from training.exports.conversation import Conversation, Message, Record, id_of, objects, utc
from training.exports.formats.fields import body_of, holds, in_time_order, mailed, nested, spoken
from training.exports.formats.zendesk_comments import audit_messages, channel_of, comment_message, is_chat


@dataclass(frozen=True)
class ZendeskTickets:
    """A ticket with its comments, its audits or only its description.

    Source: https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_comments/
    """

    name: str = "zendesk"
    title: str = "Zendesk tickets with their comments or audits, as JSON"

    def matches(self, record: Record) -> bool:
        """A requester, and comments or a description that came through a channel."""
        ticket = nested(record, "ticket") or record
        if not _requester(ticket) or "conversations" in record:
            return False
        has_comments = any("comments" in part or holds(part.get("audits"), "events") for part in (record, ticket))
        return has_comments or (
            isinstance(ticket.get("description"), str)
            and (isinstance(ticket.get("via"), dict) or "submitter_id" in ticket)
        )

    def read(self, record: Record) -> Conversation:
        """One ticket. Its description is its first message, unless a comment says the same."""
        ticket = nested(record, "ticket") or record
        requester, channel = _requester(ticket), channel_of(ticket)
        parts = record if "comments" in record or "audits" in record else ticket
        messages = _comments(parts, requester, channel)
        description = body_of(ticket, "", "description")
        if description and _letters(description) not in [_letters(message.text) for message in messages]:
            at = utc(ticket.get("created_at"))
            markup = "plain" if is_chat(channel) else mailed("plain")
            messages = (spoken("user", description, at=at, author="end-user", markup=markup), *messages)
        return Conversation(messages, id_of(ticket, "id"), requester or None)


def _requester(ticket: Record) -> str:
    return id_of(ticket, "requester_id") or id_of(nested(ticket, "requester"), "id", "email")


def _comments(record: Record, requester: str, channel: str) -> tuple[Message, ...]:
    comments = record.get("comments")
    if isinstance(comments, dict):
        comments = comments.get("comments")
    if comments is None and record.get("audits") is not None:
        return in_time_order(audit_messages(record["audits"], "audits", requester, channel))
    listed = objects(comments, "comments") if comments is not None else ()
    return in_time_order(
        comment_message(comment, f"comments.{place}.", requester, channel) for place, comment in enumerate(listed)
    )


def _letters(text: str) -> str:
    """What stays the same when white space and marks are written differently."""
    return "".join(filter(str.isalnum, text)).casefold()
