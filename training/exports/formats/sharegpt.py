"""ShareGPT rows, as many public chat datasets have them."""

from dataclasses import dataclass

from training.exports.conversation import Conversation, Message, Record, Unreadable, id_of, objects, text_of
from training.exports.formats.fields import body_of, event, holds, spoken
from training.exports.formats.roles import Voice, voice_of

MODELS = ("chatgpt", "bing", "bard", "model", "bot")


@dataclass(frozen=True)
class ShareGPT:
    """{"conversations": [{"from", "value"}]}, with an id and a system prompt where they are known."""

    name: str = "sharegpt"
    title: str = 'ShareGPT rows, {"conversations": [{"from", "value"}]}'

    def matches(self, record: Record) -> bool:
        """Turns that say whom they are from."""
        return holds(record.get("conversations"), "from", "value")

    def read(self, record: Record) -> Conversation:
        """One row."""
        turns = objects(record.get("conversations"), "conversations")
        messages = [_message(turn, f"conversations.{place}.") for place, turn in enumerate(turns)]
        if system := body_of(record, "", "system"):
            messages.insert(0, spoken("system", system))
        return Conversation(tuple(messages), id_of(record, "id"), intent=text_of(record, "intent") or None)


def _message(turn: Record, place: str) -> Message:
    word = turn.get("from")
    voice = _voice(word) if isinstance(word, str) else None
    if voice is None:
        raise Unreadable(f"{place}from: {word!r:.60} is not a role that is known")
    if voice == "event":
        return event(author=str(word))
    text = body_of(turn, place, "value")
    if voice == "bot":
        return spoken("assistant", text, author=str(word), left_out="bot answer")
    return spoken(voice, text, author=str(word))


def _voice(word: str) -> Voice | None:
    return "assistant" if word.strip().lower() in MODELS else voice_of(word)
