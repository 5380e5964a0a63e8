"""Dialogues of ABCD, the Action-Based Conversations Dataset."""

from dataclasses import dataclass
from typing import Any

from training.exports.conversation import ExportedConversation, ExportedMessage, Record, Unreadable, id_of, text_of
from training.exports.formats.fields import event, nested, spoken
from training.exports.formats.roles import speaker_of


@dataclass(frozen=True)
class ABCD:
    """{"convo_id", "original": [[speaker, text]]}; what the agent did on the screen is an event.

    Source: https://github.com/asappresearch/abcd
    """

    name: str = "abcd"
    title: str = "ABCD dialogues, with their original turns"

    def matches(self, record: Record) -> bool:
        """Turns under `original`."""
        return "convo_id" in record and isinstance(record.get("original"), list)

    def read(self, record: Record) -> ExportedConversation:
        """One dialogue; its intent is the scenario's subflow."""
        turns = record.get("original")
        if not isinstance(turns, list):
            raise Unreadable("original: it must be a list of turns")
        messages = tuple(_message(turn, f"original.{place}") for place, turn in enumerate(turns))
        intent = text_of(nested(record, "scenario"), "subflow")
        return ExportedConversation(messages, id_of(record, "convo_id"), intent=intent or None)


def _message(turn: Any, place: str) -> ExportedMessage:
    match turn:
        case [str(speaker), str() | None as text] | {"speaker": str(speaker), "text": str() | None as text}:
            pass
        case _:
            raise Unreadable(f"{place}: it must be a speaker and a text")
    if speaker == "action":
        return event(author=speaker)
    side = speaker_of(speaker)
    if side not in ("user", "agent"):
        raise Unreadable(f"{place}: {speaker!r:.60} is not customer, agent or action")
    return spoken("user" if side == "user" else "agent", text or "", author=speaker)
