"""Zendesk tickets with their comments."""

import re
from dataclasses import dataclass, replace

from training.exports.conversation import ExportedConversation, ExportedMessage, Record, id_of, objects, utc
from training.exports.formats.fields import body_of, holds, in_time_order, mailed, nested, spoken
from training.exports.formats.verdicts import judged
from training.exports.formats.zendesk_comments import audit_comments, channel_of, comment_message, is_chat
from training.exports.formats.zendesk_people import People, people_on

# What Zendesk itself writes into a ticket that a chat made.
_OPENING = re.compile(r"(?:Chat started|Conversation with|Chat with)\b")


@dataclass(frozen=True)
class ZendeskTickets:
    """A ticket with its comments, its audits or only its description.

    Source: https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_comments/
    """

    name: str = "zendesk"
    title: str = "Zendesk tickets with their comments or audits, as JSON"
    staff_domains: frozenset[str] = frozenset()

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

    def read(self, record: Record) -> ExportedConversation:
        """One ticket. Its description is its first message, unless a comment says the same."""
        ticket = nested(record, "ticket") or record
        requester, channel = _requester(ticket), channel_of(ticket)
        comments = _comments(record if "comments" in record or "audits" in record else ticket)
        people = people_on([record, ticket], [comment for _, comment in comments], requester, self.staff_domains)
        messages = in_time_order(comment_message(comment, place, people, channel) for place, comment in comments)
        if (first := _description(ticket, people, channel)) and not _is_said(first.text, messages):
            messages = (first, *messages)
        if messages and messages[0].role == "agent":
            # What opens a ticket on a customer's behalf answers nothing.
            messages = (replace(messages[0], context_only=True), *messages[1:])
        # What the customer thought of the answers.
        messages = judged(messages, {"score": nested(ticket, "satisfaction_rating").get("score")})
        return ExportedConversation(messages, id_of(ticket, "id"), requester or None, guess=people.guess)


def _requester(ticket: Record) -> str:
    return id_of(ticket, "requester_id") or id_of(nested(ticket, "requester"), "id", "email")


def _description(ticket: Record, people: People, channel: str) -> ExportedMessage | None:
    """The ticket's first message, by whoever opened it; None where it only says how the ticket came about."""
    text = body_of(ticket, "", "description")
    if not text or _OPENING.match(text):
        return None
    is_customer = people.is_customer(id_of(ticket, "submitter_id") or people.requester)
    return spoken(
        "user" if is_customer else "agent",
        text,
        at=utc(ticket.get("created_at")),
        author="end-user" if is_customer else "agent",
        markup="plain" if is_chat(channel) else mailed("plain"),
    )


def _comments(record: Record) -> list[tuple[str, Record]]:
    comments = record.get("comments")
    if isinstance(comments, dict):
        comments = comments.get("comments")
    if comments is None and record.get("audits") is not None:
        return list(audit_comments(record["audits"], "audits"))
    listed = objects(comments, "comments") if comments is not None else ()
    return [(f"comments.{place}.", comment) for place, comment in enumerate(listed)]


def _is_said(text: str, messages: tuple[ExportedMessage, ...]) -> bool:
    """Whether a comment says it, perhaps in more words: a description may be cut."""
    said = _letters(text)
    return any(_letters(message.text).startswith(said) for message in messages if message.text)


def _letters(text: str) -> str:
    """What stays the same when white space and marks are written differently."""
    return "".join(filter(str.isalnum, text)).casefold()
