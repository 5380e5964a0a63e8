"""Dialogues of STAR, where a wizard plays the assistant."""

from dataclasses import dataclass

from training.exports.conversation import (
    ExportedConversation,
    ExportedMessage,
    Record,
    id_of,
    objects,
    text_of,
    utc,
)
from training.exports.formats.fields import body_of, event, holds, nested, spoken


@dataclass(frozen=True)
class STAR:
    """{"DialogueID", "Events"}; queries, instructions and suggestions that were not picked are events.

    Source: https://github.com/RasaHQ/STAR
    """

    name: str = "star"
    title: str = "STAR dialogues, with their events"

    def matches(self, record: Record) -> bool:
        """Events with an agent."""
        return "DialogueID" in record and holds(record.get("Events"), "Agent", "Action")

    def read(self, record: Record) -> ExportedConversation:
        """One dialogue; its intent is the wizard's tasks."""
        events = objects(record.get("Events"), "Events")
        messages = tuple(_message(item, f"Events.{place}.") for place, item in enumerate(events))
        return ExportedConversation(messages, id_of(record, "DialogueID"), intent=_intent(record) or None)


def _message(item: Record, place: str) -> ExportedMessage:
    at, agent = utc(item.get("UnixTime")), text_of(item, "Agent")
    match agent, item.get("Action"):
        case "User", "utter":
            return spoken("user", body_of(item, place, "Text"), at=at, author=agent)
        case "Wizard", "utter" | "pick_suggestion":
            return spoken("assistant", body_of(item, place, "Text"), at=at, author=agent)
        case _:
            return event(at, agent or None)


def _intent(record: Record) -> str:
    scenario = nested(record, "Scenario")
    abilities, domains = scenario.get("WizardCapabilities"), scenario.get("Domains")
    listed = abilities if isinstance(abilities, list) else []
    tasks = [text_of(ability, "Task") for ability in listed if isinstance(ability, dict)]
    if any(tasks):
        return "+".join(task for task in tasks if task)
    return "+".join(name for name in domains if isinstance(name, str)) if isinstance(domains, list) else ""
