"""Pages of Zendesk's ticket audits, where the audits of many tickets lie mixed."""

from dataclasses import dataclass

from training.exports.conversation import ExportedConversation, Record, Unreadable, id_of, objects
from training.exports.formats.fields import holds, in_time_order
from training.exports.formats.zendesk_comments import audit_comments, comment_message
from training.exports.formats.zendesk_people import people_on


@dataclass(frozen=True)
class ZendeskAudits:
    """{"ticket_id", "events"}: one change of a ticket, which may be a comment.

    Source: https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_audits/
    """

    name: str = "zendesk"
    title: str = "Zendesk tickets with their comments or audits, as JSON"
    staff_domains: frozenset[str] = frozenset()

    def matches(self, record: Record) -> bool:
        """The events of a ticket."""
        return bool(id_of(record, "ticket_id")) and holds(record.get("events"), "type")

    def conversation_of(self, record: Record) -> str:
        """The ticket. Raises Unreadable."""
        if ticket := id_of(record, "ticket_id"):
            return ticket
        raise Unreadable("ticket_id: it is missing")

    def read(self, record: Record) -> ExportedConversation:
        """All audits of one ticket; the one that created it says who the customer is."""
        audits = objects(record.get("rows"), "rows")
        events = [
            event for at, audit in enumerate(audits) for event in objects(audit.get("events"), f"rows.{at}.events")
        ]
        asked = (id_of(event, "value") for event in events if event.get("field_name") == "requester_id")
        requester = next((found for found in asked if found), "")
        if not requester:
            raise Unreadable("events: none of the ticket's audits says who the requester is")
        comments = list(audit_comments(audits, "rows"))
        people = people_on(audits, [comment for _, comment in comments], requester, self.staff_domains)
        messages = in_time_order(comment_message(comment, place, people) for place, comment in comments)
        return ExportedConversation(messages, id_of(audits[0], "ticket_id"), requester, guess=people.guess)
