"""Comments on Zendesk tickets: by whom they are, and what they came through."""

from collections.abc import Iterator
from typing import Any

from training.exports.conversation import ExportedMessage, Record, Unreadable, id_of, objects, text_of, utc
from training.exports.formats.fields import body_of, event, html_or_plain, mailed, nested, spoken
from training.exports.formats.visibility import left_out_of
from training.exports.formats.zendesk_people import SYSTEM, People

# Comments that came through these are chat; all others are mail or a web form.
CHAT = ("chat", "messag", "sunshine", "whatsapp", "facebook", "twitter", "instagram", "line", "sms", "slack")
MARKS = ("ai_agent", "ai_agent_id", "is_ai_answer", "is_bot")


def comment_message(comment: Record, place: str, people: People, channel: str = "") -> ExportedMessage:
    """One comment as a message; `channel` is the ticket's, where the comment names none.

    Raises Unreadable, naming the field under `place`.
    """
    author = nested(comment, "author")
    writer = id_of(comment, "author_id") or id_of(author, "id", "email")
    word = text_of(author, "role", "type").lower().replace("_", "-")
    if not writer and not word:
        raise Unreadable(f"{place}author_id: it is missing")
    if _is_merge(comment) or text_of(comment, "type") == "VoiceComment":
        # Words of other tickets, and what Zendesk notes down of a call.
        return event(utc(comment.get("created_at")), word or None)
    channel = channel_of(comment) or channel
    is_customer = people.is_customer(writer) if writer else word == "end-user"
    text = body_of(comment, place, "plain_body", "body").replace("&nbsp;", " ")
    markup = "plain" if text.strip() else html_or_plain(text := body_of(comment, place, "html_body"))
    left_out = left_out_of(comment, place, is_customer=is_customer, text=text, typed=True)
    # A customer may write through a bot's widget, or have been there when a rule ran.
    is_machine = writer == SYSTEM or writer in people.machines
    is_bot = not is_customer and (is_machine or channel == "rule" or "bot" in channel or "bot" in word)
    if left_out is None and (is_bot or _is_marked(comment, author)):
        left_out = "bot answer"
    return spoken(
        "user" if is_customer else "agent",
        text,
        at=utc(comment.get("created_at")),
        author=word or ("end-user" if is_customer else "agent"),
        markup=markup if is_chat(channel) else mailed(markup),
        left_out=left_out,
    )


def audit_comments(audits: Any, field: str) -> Iterator[tuple[str, Record]]:
    """The comments among the events of audits, which give them author, channel and time, with their place."""
    for index, audit in enumerate(objects(audits, field)):
        shared = {name: audit.get(name) for name in ("author_id", "via", "created_at")}
        for place, item in enumerate(objects(audit.get("events"), f"{field}.{index}.events")):
            if item.get("type") == "Comment":
                own = {name: value for name, value in item.items() if value is not None}
                yield f"{field}.{index}.events.{place}.", shared | own


def is_chat(channel: str) -> bool:
    """Whether messages of the channel stand as they were typed, without signatures and quotes."""
    return any(word in channel for word in CHAT)


def channel_of(record: Record) -> str:
    """What a ticket, comment or audit came through; "" where it says nothing."""
    return text_of(nested(record, "via"), "channel").lower()


def _is_merge(comment: Record) -> bool:
    return text_of(nested(nested(comment, "via"), "source"), "rel").lower() == "merge"


def _is_marked(comment: Record, author: Record) -> bool:
    """Whether it carries any of the marks that AI agents and answer bots leave."""
    metadata = nested(comment, "metadata")
    places = (comment, author, metadata, nested(metadata, "system"), nested(metadata, "custom"))
    return any(place.get(mark) for place in places for mark in MARKS)
