"""The words that tools use for who wrote a message."""

import re
from typing import Literal

# Who wrote a message; "note" where the word itself says that the customer never saw it.
Speaker = Literal["user", "assistant", "agent", "system", "bot", "event", "note"]

_WORDS: dict[Speaker, tuple[str, ...]] = {
    "user": (
        "user", "customer", "client", "visitor", "end user", "contact", "consumer", "inbound", "incoming",
        "guest", "lead", "buyer", "shopper", "human", "requester", "web user", "in",
    ),
    "agent": (
        "agent", "admin", "support", "staff", "operator", "representative", "rep", "advisor", "employee",
        "outbound", "outgoing", "team", "teammate", "human agent", "human operator", "support agent",
        "live agent", "service agent", "out",
    ),
    "assistant": ("assistant", "gpt"),
    "bot": ("ai", "auto", "automation", "automated", "trigger", "macro", "workflow", "autoresponder", "copilot"),
    "system": ("system", "developer"),
    "event": (
        "tool", "tool call", "tool response", "function", "function call", "function response", "observation",
        "event", "activity",
    ),
    "note": ("note", "private note", "internal note", "internal", "whisper"),
}  # fmt: skip
_SPEAKERS = {word: speaker for speaker, words in _WORDS.items() for word in words}
# In any word for a role: "Answer Bot", "AI agent", "virtual agent", "chatbot".
_MACHINE = re.compile(r"bot\b|\bai\b|\bvirtual\b|\bautomat|\bauto ?(?:reply|response)")
KNOWN = "user, customer, client, visitor, agent, admin, support, assistant, bot, system"


def speaker_of(word: str) -> Speaker | None:
    """Who speaks under this word, whatever its case and hyphens; None where it is no word that is known."""
    plain = " ".join(re.split(r"[\s_-]+", word.strip().lower()))
    return _SPEAKERS.get(plain) or ("bot" if _MACHINE.search(plain) else None)
