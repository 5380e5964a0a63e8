"""Whole chats that stand inside of one message, taken apart into their turns.

Help desks keep a chat as one comment: "(10:00:11 AM) Jane Roe: Hello". Learnt as it stands it would be one answer
that holds both sides. Who of the speakers is the customer is known from the export or from the words for roles;
otherwise the one who speaks first is guessed to be.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from training.exports.conversation import ExportedConversation, ExportedMessage, LeftOut, Unreadable
from training.exports.formats.roles import Speaker, speaker_of

GUESS = "chats inside a message: who speaks first is the customer, where no name says who is"
_TIME = r"[(\[]?(?:\d{4}-\d\d-\d\d[ T])?\d{1,2}:\d{2}(?::\d{2})?(?:\s?[AaPp]\.?[Mm]\.?)?(?: UTC)?[)\]]?"
_TIMED = re.compile(rf"[ \t>*]*{_TIME}[ \t]*[-\u2013]?[ \t]*(?P<who>[^:\n]{{1,60}}?)[ \t]*:[ \t]?(?P<said>.*)")
_NAMED = re.compile(r"[ \t>*]*(?P<who>[A-Za-z][A-Za-z _-]{1,24}?)\**:\**[ \t]+(?P<said>\S.*)")
_JOINS = re.compile(r"\b(?:joined|left|transferred|entered|ended)\b[^:]*$|^\*+", re.IGNORECASE)
_SYSTEM = re.compile(r"^(?:system|chat|conversation|url|agent url|visitor url)$", re.IGNORECASE)


def unfolded(conversation: ExportedConversation, names: Sequence[str]) -> ExportedConversation:
    """The conversation with every chat inside of a message as turns of its own.

    `names` are the customer's, where the export gives them. Raises Unreadable where a chat has more speakers than
    can be told apart.
    """
    messages: list[ExportedMessage] = []
    guess = conversation.guess
    for message in conversation.messages:
        # A tool files a chat under its own name.
        turns = _turns(message.text) if message.left_out in (None, "bot answer") else []
        speakers, is_guess = _sides([who for who, _ in turns], names) if turns else ({}, False)
        if not turns or (message.left_out and is_guess):
            messages.append(message)
            continue
        if is_guess and GUESS not in (guess or ""):
            guess = f"{guess}; {GUESS}" if guess else GUESS
        messages += [_message(message, speakers[who], said) for who, said in turns]
    return replace(conversation, messages=tuple(messages), guess=guess)


def _turns(text: str) -> list[tuple[str, str]]:
    """The turns of a chat, each with its speaker; none where the text is no chat of two or more."""
    lines = text.replace("\r\n", "\n").split("\n")
    for pattern in (_TIMED, _NAMED):
        turns: list[tuple[str, str]] = []
        for line in lines:
            found = pattern.fullmatch(line)
            if found and pattern is _NAMED and speaker_of(found["who"]) is None:
                found = None
            if found:
                turns.append((found["who"].strip(), found["said"].strip()))
            elif turns and line.strip() and not _JOINS.search(line):
                turns[-1] = (turns[-1][0], f"{turns[-1][1]}\n{line.strip()}")
        speakers = {who for who, _ in turns}
        if len(speakers) > 1 and (pattern is _TIMED or {"user", "agent"} <= {_word(who) for who in speakers}):
            return turns
    return []


def _word(who: str) -> Speaker | None:
    found = speaker_of(who)
    return "agent" if found == "assistant" else found


def _sides(order: Sequence[str], names: Sequence[str]) -> tuple[dict[str, Speaker], bool]:
    """Who each speaker is, and whether that is a guess. Raises Unreadable."""
    customer = {name.strip().casefold() for name in names if name.strip()}
    sides: dict[str, Speaker] = {}
    for who in dict.fromkeys(order):
        if _SYSTEM.match(who):
            sides[who] = "event"
        elif who.casefold() in customer or re.match(
            r"(?:web )?(?:user|visitor|guest|customer)\b", who, re.IGNORECASE
        ):
            sides[who] = "user"
        elif word := _word(who):
            sides[who] = word
    unknown = [who for who in dict.fromkeys(order) if who not in sides]
    if "user" in sides.values():
        return sides | dict.fromkeys(unknown, "agent"), False
    if len(unknown) == 2 - ("agent" in sides.values()) and unknown:
        return sides | {unknown[0]: "user"} | dict.fromkeys(unknown[1:], "agent"), True
    raise Unreadable(
        f"a chat inside of a message has the speakers {', '.join(dict.fromkeys(order))}: "
        "nobody can say who of them is the customer"
    )


def _message(whole: ExportedMessage, speaker: Speaker, said: str) -> ExportedMessage:
    left_out: dict[Speaker, LeftOut] = {
        "bot": "bot answer",
        "event": "event",
        "note": "private note",
        "system": "event",
    }
    return ExportedMessage(
        "user" if speaker == "user" else "agent",
        said,
        whole.at,
        "customer" if speaker == "user" else "agent",
        "plain",
        left_out.get(speaker) if said else "event",
    )
