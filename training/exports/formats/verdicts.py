"""What a row or a message says of its own answer: the one rule for labels, ratings and weights.

A verdict (`label: false`, `rating: bad`, `thumbs_down`) rates an answer; a conversation with one rated down is
rejected. A switch (`weight: 0`, `train: false`, `mask: true`) makes an answer context only.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

from training.exports.conversation import ExportedMessage, Record, Unreadable
from training.exports.formats.mark_words import NO, YES, words_of

_PREFIX = re.compile(r"^(?:(?:is|was)_?|(?:completion|answer|response|reply|message|kto|user|customer)_)(?=.)")
# A yes is good. A word under one of these that is neither is an error where it must be one.
_LABELS = re.compile(
    r"label|good|accepted|correct|helpful|approved|valid|chosen_one|preferred|thumbs?_?up|useful|positive|verdict|"
    r"desirable|liked?|tag"
)
# A yes is bad.
_FAULTS = re.compile(
    r"bad|thumbs?_?down|rejected|unhelpful|not_helpful|incorrect|wrong|disliked?|negative|undesirable|unsafe"
)
# Words or numbers; of those above nought nobody knows how high they go.
_GRADES = re.compile(r"rating|feedback|score|quality|satisfaction|satisfaction_score|vote|csat|thumbs?")
_LEARNT = re.compile(
    r"(?:loss_)?weight|train|training|trainable|train_on|loss|loss_mask|learn|use_for_training|include_in_training"
)
_UNLEARNT = re.compile(r"mask|masked|exclude(?:d)?_from_training|ignore_loss|no_?train(?:ing)?|do_not_train")
GOOD = frozenset(
    (
        "true t yes y 1 1.0 good up positive accepted correct helpful desirable like liked thumbs_up "
        "thumbsup goodwithcomment great excellent 👍"
    ).split()
)
BAD = frozenset(
    (
        "false f no n 0 0.0 -1 -1.0 bad down negative rejected incorrect unhelpful undesirable dislike "
        "disliked wrong thumbs_down thumbsdown badwithcomment poor terrible 👎"
    ).split()
)


def judged(
    messages: Sequence[ExportedMessage], record: Record, *, strict: bool = False
) -> tuple[ExportedMessage, ...]:
    """The messages as a row judges them: the last answer rated, or all answers context only.

    A word that is neither good nor bad may be a topic. Where it cannot be (`strict`) it raises Unreadable.
    """
    rating = rating_of(record, strict=strict)
    last = max((place for place, message in enumerate(messages) if _is_answer(message)), default=-1)
    is_context = is_switched_off(record)
    return tuple(
        replace(
            message,
            rating=rating if rating and place == last else message.rating,
            context_only=message.context_only or (is_context and _is_answer(message)),
        )
        for place, message in enumerate(messages)
    )


def weighed(message: ExportedMessage, fields: Record) -> ExportedMessage:
    """A message as its own fields judge it; what a customer said is not judged."""
    if not _is_answer(message):
        return message
    rating = rating_of(fields) or message.rating
    return replace(message, rating=rating, context_only=message.context_only or is_switched_off(fields))


def rating_of(fields: Record, *, strict: bool = False) -> Literal["up", "down"] | None:
    """What the fields say of an answer; one that calls it bad outweighs others. Raises Unreadable if `strict`."""
    verdicts = {_verdict(str(name), value, strict=strict) for name, value in fields.items()}
    return "down" if False in verdicts else "up" if True in verdicts else None


def is_switched_off(fields: Record) -> bool:
    """Whether the fields say that nothing is to be learnt from an answer."""
    return any(_switches_off(_named(str(name)), value) for name, value in fields.items())


def _is_answer(message: ExportedMessage) -> bool:
    return message.role in ("assistant", "agent")


def _named(name: str) -> str:
    return "_".join(words_of(name))


def _switches_off(name: str, value: Any) -> bool:
    word = str(value).strip().lower()
    if _LEARNT.fullmatch(name):
        return word in NO or _at_most_nought(word)
    return bool(_UNLEARNT.fullmatch(name)) and word in YES


def _verdict(name: str, value: Any, *, strict: bool) -> bool | None:
    plain, word = _named(name), "_".join(str(value).strip().lower().split())
    for _ in range(2):
        plain = _PREFIX.sub("", plain)
    if value is None or not word or isinstance(value, dict | list):
        return None
    if _LABELS.fullmatch(plain):
        if word not in GOOD | BAD | NO | YES and strict and plain != "tag":
            raise Unreadable(f"{name}: {value!r:.60} says neither that the answer is good nor that it is bad")
        return True if word in GOOD | YES else False if word in BAD | NO else None
    if _FAULTS.fullmatch(plain):
        return False if word in YES else None
    if not _GRADES.fullmatch(plain):
        return None
    if _at_most_nought(word) or (word in BAD | NO and not word.isdecimal()):
        return False
    return True if word in GOOD and not word.replace(".", "").isdecimal() else None


def _at_most_nought(word: str) -> bool:
    return bool(re.fullmatch(r"-\d+(?:\.\d+)?|0+(?:[.,]0*)?", word))
