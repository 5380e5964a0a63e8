"""Chat rows as OpenAI's fine-tuning takes them, which are also Trilane's own."""

from dataclasses import dataclass, replace
from typing import Any

from training.exports.conversation import (
    ExportedConversation,
    ExportedMessage,
    LeftOut,
    Record,
    Unreadable,
    id_of,
    objects,
    text_of,
    utc,
)
from training.exports.formats.fields import body_of, event, holds, spoken
from training.exports.formats.roles import speaker_of
from training.exports.formats.verdicts import judged, weighed
from training.exports.formats.visibility import left_out_of, refuse_flipped, refuse_private


@dataclass(frozen=True)
class OpenAI:
    """{"messages": [{"role", "content"}]}, with an id, intent and articles where they are known.

    An answer with "weight": 0, or another switch that says not to learn it, is context only.

    Source: https://platform.openai.com/docs/guides/supervised-fine-tuning
    """

    name: str = "openai"
    title: str = 'OpenAI chat rows, {"messages": [{"role", "content"}]}; Trilane\'s own transcripts'

    def matches(self, record: Record) -> bool:
        """Messages that say their role."""
        messages = record.get("messages")
        return messages == [] or holds(messages, "role")

    def read(self, record: Record) -> ExportedConversation:
        """One row. `article` stands for every answer of the assistant that names none itself."""
        refuse_private(record, "messages")
        return ExportedConversation(
            judged(messages_of(record.get("messages"), "messages", text_of(record, "article")), record),
            id_of(record, "id"),
            id_of(record, "visitor") or None,
            text_of(record, "intent") or None,
        )


def messages_of(
    value: Any, field: str, article: str = "", *, models: frozenset[str] = frozenset()
) -> tuple[ExportedMessage, ...]:
    """The messages of a list of {"role", "content"} or {"from", "value"}; `models` are its other names.

    Raises Unreadable, naming the message and its field.
    """
    messages = tuple(
        _message(item, f"{field}.{place}.", article, models) for place, item in enumerate(objects(value, field))
    )
    refuse_flipped(messages)
    return messages


def _message(item: Record, place: str, article: str, models: frozenset[str]) -> ExportedMessage:
    name = "from" if "from" in item and "role" not in item else "role"
    word = item.get(name)
    if isinstance(word, str) and word.strip().lower() in models:
        word = "assistant"
    speaker = speaker_of(word) if isinstance(word, str) else None
    if speaker is None:
        raise Unreadable(f"{place}{name}: {word!r:.60} is not a role that is known")
    at = next((time for name in ("at", "created_at", "timestamp") if (time := utc(item.get(name)))), None)
    author = text_of(item, "author") or None
    if speaker == "event":
        return event(at, author)
    text = _content(item, place)
    # Who spoke is known by now: "from": "chatgpt" may be the assistant of its row.
    fields = {key: value for key, value in item.items() if key != name}
    left_out = left_out_of(fields, place, is_customer=speaker == "user", text=text)
    if speaker == "bot" or speaker == "note":
        own: LeftOut = "bot answer" if speaker == "bot" else "private note"
        return spoken("assistant", text, at=at, author=author or str(word), left_out=left_out or own)
    default = article if speaker == "assistant" else ""
    author = author or (text_of(item, "from") if name == "from" else None)
    said = spoken(speaker, text, at=at, author=author, left_out=left_out)
    return weighed(replace(said, articles=_articles(item, place, default)), fields)


def _content(item: Record, place: str) -> str:
    """Text, or the texts of a list of parts: pictures and sounds are left out."""
    content = item.get("content")
    if not isinstance(content, list):
        return body_of(item, place, "content", "value")
    parts = objects(content, f"{place}content")
    texts = [
        body_of(part, f"{place}content.{index}.", "text")
        for index, part in enumerate(parts)
        if part.get("type") in ("text", "input_text", "output_text")
    ]
    return "\n".join(text for text in texts if text)


def _articles(item: Record, place: str, default: str) -> tuple[str, ...]:
    own = item.get("articles")
    if own is None:
        return (default,) if default else ()
    if not isinstance(own, list) or not all(isinstance(slug, str) for slug in own):
        raise Unreadable(f"{place}articles: it must be a list of articles' names")
    return tuple(own)
