"""An agent's role is no proof of a person: what else a message says of its writer counts too."""

from typing import Any

import pytest

from training.exports.formats.visibility import left_out_of


def left_out(fields: dict[str, Any], *, is_customer: bool = False) -> str | None:
    return left_out_of({"role": "agent", **fields}, "", is_customer=is_customer, text="Have you read our pages?")


@pytest.mark.parametrize(
    "fields",
    [
        {"sender_type": "bot"},
        {"author": {"type": "bot"}},
        {"author": {"name": "Answer Bot"}},
        {"name": "Zendesk Bot"},
        {"author_name": "Shop chatbot"},
        {"sender": "Fin"},
        {"agent_name": "Freddy AI"},
        {"sender": {"type": "Captain::Assistant"}},
        {"via": "trigger"},
        {"via": {"source": {"rel": "automation"}}},
        {"source": "Autoreply"},
        {"origin": "campaign"},
        {"answered_by": "AI"},
        {"name": "Shop AI"},
        {"author_name": "AI assistant"},
        {"generated_by": "gpt-4"},
        {"ai_generated": True},
        {"agent_type": "virtual"},
        {"Automatisch": "ja"},
        {"Automatique": "oui"},
        {"delivered_as": "automated"},
    ],
)
def test_a_machine_under_an_agents_role_is_a_bot(fields: dict[str, Any]) -> None:
    assert left_out(fields) == "bot answer"
    assert left_out(fields, is_customer=True) is None


@pytest.mark.parametrize(
    "fields",
    [
        {"author": {"name": "Sam Talbot", "type": "admin"}},
        {"name": "Fina Abbot"},
        {"via": {"channel": "email", "source": {"rel": None}}},
        {"source": "web"},
        {"answered_by": "human"},
        {"ai_generated": False},
        {"Automatisch": "nein"},
        {"bot_id": "1"},
        {"agent_name": "Ai Tanaka"},
        {"automatic_translation": True},
        {"auto_assigned": "yes"},
        {"ai_confidence": 1},
    ],
)
def test_a_person_is_no_bot(fields: dict[str, Any]) -> None:
    assert left_out(fields) is None
