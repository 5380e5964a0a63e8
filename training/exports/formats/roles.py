"""The words that tools use for who wrote a message."""

import re
from typing import Literal

Voice = Literal["user", "assistant", "agent", "system", "bot", "event"]

_WORDS: dict[Voice, tuple[str, ...]] = {
    "user": (
        "user", "customer", "client", "visitor", "end user", "contact", "consumer", "inbound", "incoming",
        "guest", "lead", "buyer", "shopper", "human", "requester",
    ),
    "agent": (
        "agent", "admin", "support", "staff", "operator", "representative", "rep", "advisor", "employee",
        "outbound", "outgoing", "team", "teammate", "human agent", "human operator", "support agent",
        "live agent", "service agent",
    ),
    "assistant": ("assistant", "gpt"),
    "bot": ("bot", "chatbot", "system bot", "autobot", "ai agent", "virtual agent"),
    "system": ("system", "developer"),
    "event": (
        "tool", "tool call", "tool response", "function", "function call", "function response", "observation",
    ),
}  # fmt: skip
_VOICES = {word: voice for voice, words in _WORDS.items() for word in words}
KNOWN = "user, customer, client, visitor, agent, admin, support, assistant, bot, system"


def voice_of(word: str) -> Voice | None:
    """Who speaks under this word, whatever its case and hyphens; None where it is no word that is known."""
    return _VOICES.get(" ".join(re.split(r"[\s_-]+", word.strip().lower())))
