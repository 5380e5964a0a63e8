"""False premises: an amount that a message states as the shop's, where what is quoted has another one for it.

Pure. Where one of the quotes has the amount too, the premise may be right under a condition of its own: nothing is
corrected then.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.answering.stated import stated
from bot.prompting.amounts import Amount, amounts, in_figures, same_amount
from bot.retrieval.sentences import content_words, split_sentences

# Words of support that mean the same and don't look alike.
_SAME = (
    {"guarantee", "warranty"},
    {"picture", "photo"},
    {"delivery", "shipping"},
    {"post", "shipping"},
    {"cost", "price"},
)
_HOURS = re.compile(r"\b(?:open|opens|close|closes|shut|shuts|hours|till|until)\b", re.IGNORECASE)
_AT = re.compile(r"\b(?:at|until|till|til|by|from|before|after) $", re.IGNORECASE)
_JOINED = re.compile(r"'ve\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Premise:
    """An amount that a message states as the shop's, and what it counts ("canisters", "off")."""

    amount: Amount
    noun: str


def is_false(message: str, quotes: Sequence[str], *, slack: float) -> bool:
    """Whether a premise of the message is contradicted by what is quoted for it.

    `slack` is the share by which lengths of time may differ and still be the same: a month has 28 to 31 days.
    """
    asked = _stems(message)
    return any(_contradicted(premise, quotes, asked, slack) for premise in premises(message))


def premises(message: str) -> list[Premise]:
    """The amounts that a message states as the shop's."""
    found: list[Premise] = []
    for sentence in split_sentences(message):
        text = in_figures(_JOINED.sub(" have", sentence.replace("’", "'")))
        said = [_clock(amount, text) for amount in amounts(text)]
        found += [Premise(amount, _noun(text[amount.end :])) for amount in stated(said, text)]
    return found


def _contradicted(premise: Premise, quotes: Sequence[str], asked: set[str], slack: float) -> bool:
    """Whether some quote has another amount for it, and none has the same."""
    differs = False
    for quote in quotes:
        text = in_figures(quote, periods=True)
        for amount in amounts(text):
            if not _alike(premise, amount, text):
                continue
            if _same(premise.amount, amount, slack):
                return False
            differs = differs or _shared(asked, quote) > 0
    return differs


def _alike(premise: Premise, amount: Amount, text: str) -> bool:
    """Whether a quoted amount is of the same kind of thing."""
    claimed = premise.amount
    if claimed.unit == "hour":
        return amount.unit == "clock"
    if claimed.unit != "number":
        return claimed.unit == amount.unit
    if premise.noun == "off":
        return amount.unit == "percent" or amount.is_money
    if claimed.bound:
        # An age: "free at 55 and over".
        return amount.unit == "number" and amount.bound == claimed.bound
    if not claimed.low.is_integer():
        # "Post is 12.95 at yours."
        return amount.is_money
    nouns = _content(text[amount.end : amount.end + 40])[:2]
    return amount.unit == "number" and any(_means(premise.noun, noun) for noun in nouns if premise.noun)


def _same(claimed: Amount, amount: Amount, slack: float) -> bool:
    if claimed.unit == "hour":
        return amount.low in (claimed.low * 60, claimed.low * 60 + 720)
    return same_amount(claimed, amount, slack=slack)


def _clock(amount: Amount, text: str) -> Amount:
    """A bare number beside opening and closing is an hour: "you close at 8"."""
    at = _AT.search(text[: amount.start])
    if amount.unit != "number" or not at or not _HOURS.search(text) or not 1 <= amount.low <= 12:
        return amount
    return Amount("hour", amount.low, amount.high, amount.start, amount.end)


def _noun(behind: str) -> str:
    """What an amount counts: the first word behind it that has a meaning."""
    return next(iter(_content(behind[:40])), "")


def _content(text: str) -> list[str]:
    return [_stem(word) for word in content_words(text) if len(word) > 1 and not word.isdigit()]


def _stems(text: str) -> set[str]:
    """The words of a text beside its amounts: "days" alone makes no two texts be about the same."""
    text = in_figures(text, periods=True)
    for amount in reversed(amounts(text)):
        text = f"{text[: amount.start]} {text[amount.end :]}"
    return set(_content(text))


def _shared(asked: set[str], sentence: str) -> int:
    """How many words of the message a sentence has, by their meaning."""
    words = _stems(sentence)
    return sum(any(_means(one, other) for other in words) for one in asked)


def _stem(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _means(one: str, other: str) -> bool:
    """Whether two words are one, in another form ("return", "returning") or by their meaning."""
    if one == other or any({one, other} == pair for pair in _SAME):
        return True
    short, long = sorted((one, other), key=len)
    return len(short) >= 4 and (long.startswith(short) or (len(short) > 5 and long[:5] == short[:5]))
