"""Whether a machine wrote what stands under an agent's role: the one rule for names, sources and flags of bots."""

import re
from collections.abc import Iterator
from typing import Any

from training.exports.conversation import Record
from training.exports.formats.mark_words import YES, words_of

# In the name or the type of a writer. No ending of a word: there are people called Talbot.
_MACHINE = re.compile(
    r"\b(?:bots?|robot|chat ?bots?|(?:answer|help|support|live|zendesk|sales)bot|virtual|virtuell\w*|virtuel\w*|"
    r"automat\w*|automation|auto ?(?:reply|replies|responder|response)|autorépon\w*|assistant ia|trigger|workflow|agentbot)\b"
)
# Short words that are names of people, too: only alone, at the end, or with a word for what they do.
_ARTIFICIAL = re.compile(
    r"^(?:ai|ia|ki)$|\b(?:ai|ia|ki)(?: (?:agent|assistant|assistent|bot|support|helper|chat\w*|reply|answer)|$)|"
    r"\b(?:assistant|assistent|agent|agente) (?:ai|ia|ki)\b"
)
# Bots that are called like people; only where it is the whole name.
_CALLED = re.compile(r"(?:intercom )?fin(?: ai)?(?: agent)?|freddy(?: ai)?|captain(?: assistant)?|zendesk system")
_MODEL = re.compile(r"\b(?:gpt|chat ?gpt|llm|openai|claude|gemini|copilot|model|machine)\b")
# Through what a message came, where that is no person: a trigger's, a campaign's.
_UNATTENDED = re.compile(
    r"\b(?:triggers?|auto ?(?:reply|replies|responder|response)|automat\w*|campaigns?|kampagne|campagne|campaña|workflows?|rule|"
    r"chat ?bots?|bots?|answer bot)\b"
)
WRITERS = frozenset("author sender speaker agent name nick user from operator assignee responder".split())
WAYS = frozenset("source via origin delivered rel method channel".split())
MADE = frozenset("answered generated created written handled replied sent resolved by".split())
_FLAG = re.compile(
    r"^(?:is|from|by)?(?:ai|ki|ia|bot|chatbot|robot|virtual)$|^(?:is)?auto(?:$|mat|repl|resp|répon|gener)|aigenerated|^geautomat|"
    r"^zautomat"
)
# What tools do by themselves with a person's answer.
_ABOUT_ELSE = re.compile(
    r"^(?:transl|übersetz|lang|detect|tag|assign|clos|escal|save|confiden|score|correct|spell|suggest)"
)
DEEPEST = 3


def is_machine(name: str) -> bool:
    """Whether a writer of this name, or of this type, is none of the people."""
    plain = " ".join(words_of(name))
    return bool(_MACHINE.search(plain) or _ARTIFICIAL.search(plain) or _CALLED.fullmatch(plain))


def by_machine(record: Record) -> bool:
    """Whether any field of a message, beside its role and its text, names a machine as its writer."""
    return any(_names_machine(words, value) for words, value in _fields(record, ()))


def _fields(record: Record, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, value in record.items():
        words = (*path, *words_of(str(name)))
        if isinstance(value, dict):
            if len(path) < DEEPEST:
                yield from _fields(value, words)
        elif not isinstance(value, list) and words:
            yield words, value


def _names_machine(words: tuple[str, ...], value: Any) -> bool:
    last, known = words[-1], {*words}
    if last in ("id", "ids", "email", "at", "url", "to"):
        return False
    if str(value).strip().lower() in YES:
        return any(map(_FLAG.search, words)) and len(words) < 5 and not any(map(_ABOUT_ELSE.search, words))
    if not isinstance(value, str) or len(value) > 60:
        return False
    plain = " ".join(words_of(value))
    if words[-1:] == ("by",) and known & MADE:
        return bool(is_machine(value) or _MODEL.search(plain))
    if known & WAYS and last in (*WAYS, "as", "type") and _UNATTENDED.search(plain):
        return True
    return last in ("name", "type", "role", "kind", *WRITERS) and bool(known & WRITERS) and is_machine(value)
