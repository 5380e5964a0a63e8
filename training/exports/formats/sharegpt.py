"""ShareGPT rows, as many public chat datasets have them."""

from dataclasses import dataclass
from typing import Any

from training.exports.conversation import ExportedConversation, Record, id_of, text_of
from training.exports.formats.fields import body_of, holds, spoken
from training.exports.formats.openai import messages_of
from training.exports.formats.verdicts import judged
from training.exports.formats.visibility import refuse_private

# Whom such rows call by these names is the assistant, and no bot beside it.
MODELS = frozenset(("chatgpt", "bing", "bard", "model", "bot"))
FIELDS = ("conversations", "conversation", "dialogue", "dialog", "turns")


@dataclass(frozen=True)
class ShareGPT:
    """{"conversations": [{"from", "value"}]} or with role and content, with an id and a system prompt."""

    name: str = "sharegpt"
    title: str = 'ShareGPT rows, {"conversations": [{"from", "value"}]}, also with role and content'

    def matches(self, record: Record) -> bool:
        """Turns that say whom they are from."""
        return bool(_field(record))

    def read(self, record: Record) -> ExportedConversation:
        """One row."""
        field = _field(record) or FIELDS[0]
        refuse_private(record, field)
        messages = list(messages_of(record.get(field), field, text_of(record, "article"), models=MODELS))
        if system := body_of(record, "", "system"):
            messages.insert(0, spoken("system", system))
        return ExportedConversation(
            judged(messages, record), id_of(record, "id"), intent=text_of(record, "intent") or None
        )


def _field(record: Record) -> str:
    return next((field for field in FIELDS if _is_dialogue(record.get(field))), "")


def _is_dialogue(value: Any) -> bool:
    return any(holds(value, *names) for names in (("from", "value"), ("role", "content"), ("role", "value")))
