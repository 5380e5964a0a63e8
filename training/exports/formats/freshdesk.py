"""Freshdesk tickets with their conversations; older exports call these notes."""

from collections.abc import Sequence
from dataclasses import dataclass

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
from training.exports.formats.bots import is_machine
from training.exports.formats.fields import (
    body_of,
    flag,
    holds,
    html_or_plain,
    in_time_order,
    mailed,
    nested,
    spoken,
)
from training.exports.formats.visibility import left_out_of

# Source: https://developers.freshdesk.com/api/#conversations
SURVEY, FORWARD = "6", "8"
# Source: https://developers.freshdesk.com/api/#tickets
CHAT, WHATSAPP, OUTBOUND_MAIL = "7", "13", "10"
GUESS = "freshdesk: who alone answers a requester is staff, where nothing in the ticket says so"


@dataclass(frozen=True)
class Freshdesk:
    """A ticket, alone or under `ticket` or `helpdesk_ticket`, and what was said on it."""

    name: str = "freshdesk"
    title: str = "Freshdesk tickets with their conversations, as JSON"

    def matches(self, record: Record) -> bool:
        """A requester, and conversations or notes of Freshdesk's shape or a description in two markups."""
        ticket = _ticket(record)
        if not _requester(ticket) and ticket is record:
            return False
        parts = record.get("conversations", ticket.get("conversations", ticket.get("notes")))
        return (
            any(
                holds(parts, *names)
                for names in (("body", "private"), ("body_text", "private"), ("body", "incoming"), ("note",))
            )
            or (parts == [] and "description" in ticket)
            or "description_text" in ticket
            or "description_html" in ticket
        )

    def read(self, record: Record) -> ExportedConversation:
        """One ticket; its description is the customer's first message."""
        ticket = _ticket(record)
        requester, responder = _requester(ticket), id_of(ticket, "responder_id")
        is_chat = id_of(ticket, "source") in (CHAT, WHATSAPP)
        first = _description(ticket, is_chat=is_chat)
        parts, field = _parts(record, ticket)
        staff, guess = _staff(parts, requester, responder, field)
        later = [
            _message(part, f"{field}.{at}.", requester, staff, is_chat=is_chat) for at, part in enumerate(parts)
        ]
        return ExportedConversation(
            (*((first,) if first.text else ()), *in_time_order(later)),
            id_of(ticket, "id", "display_id"),
            requester or None,
            guess=guess,
        )


def _ticket(record: Record) -> Record:
    return nested(record, "ticket") or nested(record, "helpdesk_ticket") or record


def _requester(ticket: Record) -> str:
    return id_of(ticket, "requester_id") or id_of(nested(ticket, "requester"), "id", "email")


def _staff(
    parts: Sequence[Record], requester: str, responder: str, field: str
) -> tuple[frozenset[str], str | None]:
    """Who answers, and how that was guessed. Raises Unreadable where somebody may be either.

    A customer's colleague who writes through the portal is not "incoming" either: so where the responder is known,
    nobody else is staff.
    """
    found = {responder} - {""}
    unknown: dict[str, int] = {}
    for place, part in enumerate(parts):
        writer, incoming = id_of(part, "user_id"), flag(part, "incoming")
        if not writer or writer in (requester, responder) or incoming is True:
            continue
        if incoming is False and not responder:
            found.add(writer)
        else:
            unknown.setdefault(writer, place)
    unknown = {writer: place for writer, place in unknown.items() if writer not in found}
    if not unknown:
        return frozenset(found), None
    if found or len(unknown) > 1:
        writer, place = next(iter(unknown.items()))
        raise Unreadable(
            f"{field}.{place}.user_id: {writer} is neither the requester nor the responder: who is that?"
        )
    return frozenset(unknown), GUESS


def _parts(record: Record, ticket: Record) -> tuple[Sequence[Record], str]:
    for holder, field in ((record, "conversations"), (ticket, "conversations"), (ticket, "notes")):
        if holder.get(field) is not None:
            parts = objects(holder[field], field)
            return [nested(part, "note") or part for part in parts], field
    return [], "conversations"


def _description(ticket: Record, *, is_chat: bool) -> ExportedMessage:
    text, markup = _text(ticket, "", "description_text", "description", "description_html")
    if "description_html" in ticket and markup == "html" and text == ticket.get("description"):
        markup = "plain"
    # An agent wrote what was sent out as a new mail.
    is_outbound = id_of(ticket, "source") == OUTBOUND_MAIL
    return spoken(
        "agent" if is_outbound else "user",
        text,
        at=utc(ticket.get("created_at")),
        author="agent" if is_outbound else "requester",
        markup=markup if is_chat else mailed(markup),
    )


def _message(part: Record, place: str, requester: str, staff: frozenset[str], *, is_chat: bool) -> ExportedMessage:
    writer, incoming = id_of(part, "user_id"), flag(part, "incoming")
    if not writer and incoming is None:
        raise Unreadable(f"{place}user_id: it is missing, and so is incoming")
    is_customer = incoming is True or (bool(writer) and (writer == requester or writer not in staff))
    source = id_of(part, "source")
    text, markup = _text(part, place, "body_text", "body", "body_html")
    left_out = left_out_of(part, place, is_customer=is_customer, text=text, typed=True)
    # What is forwarded goes to third parties.
    if left_out == "private note" or source == FORWARD:
        left_out = "private note"
    elif source == SURVEY:
        left_out = "event"
    elif not is_customer and (
        not writer
        or flag(part, "auto_response")
        or part.get("automation_id")
        or is_machine(text_of(part, "source_name"))
    ):
        # Only rules write under nobody's name.
        left_out = "bot answer"
    return spoken(
        "user" if is_customer else "agent",
        text,
        at=utc(part.get("created_at")),
        author="requester" if is_customer else "agent",
        markup=markup if is_chat else mailed(markup),
        left_out=left_out,
    )


def _text(record: Record, place: str, plain: str, *rich: str) -> tuple[str, Markup]:
    if text := body_of(record, place, plain):
        return text, "plain"
    text = body_of(record, place, *rich)
    return text, html_or_plain(text)
