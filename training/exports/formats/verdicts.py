"""What a row says of its own answer: the one rule for labels such as `label: false` or `is_good: 0`."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from training.exports.conversation import ExportedMessage, Record, Unreadable

_NAMES = re.compile(
    r"(?:is_?)?(?:label|good|accepted|correct|helpful|approved|valid|chosen_one|preferred|thumbs?_?up|useful|positive|verdict)"
)
GOOD = frozenset(
    ("true t yes y 1 1.0 good up positive accepted correct helpful desirable like liked thumbs_up").split()
)
BAD = frozenset(
    (
        "false f no n 0 0.0 -1 -1.0 bad down negative rejected incorrect unhelpful undesirable dislike "
        "disliked wrong thumbs_down"
    ).split()
)


def judged(
    messages: Sequence[ExportedMessage], record: Record, *, strict: bool = False
) -> tuple[ExportedMessage, ...]:
    """The messages, the last answer rated as the row says; as they are where it says nothing.

    A word that is neither good nor bad may be a topic. Where it cannot be (`strict`) it raises Unreadable.
    """
    verdicts = {
        _verdict(name, value, strict=strict) for name, value in record.items() if _NAMES.fullmatch(str(name))
    }
    rating: Literal["up", "down"] | None = "down" if False in verdicts else "up" if True in verdicts else None
    answers = [place for place, message in enumerate(messages) if message.role in ("assistant", "agent")]
    if rating is None or not answers:
        return tuple(messages)
    last = answers[-1]
    return (*messages[:last], replace(messages[last], rating=rating), *messages[last + 1 :])


def _verdict(name: str, value: object, *, strict: bool) -> bool | None:
    word = str(value).strip().lower()
    if value is None or not word or word in GOOD | BAD:
        return None if value is None or not word else word in GOOD
    if strict and not isinstance(value, dict | list):
        raise Unreadable(f"{name}: {value!r:.60} says neither that the answer is good nor that it is bad")
    return None
