"""Which choice of an offer a message picks: by its label, number or place, its own words, or its meaning."""

import asyncio
import re

from bot.answer import Choice
from bot.answering.wording import core, plain
from bot.dialogue import Dialogue
from bot.models.embedder import Embedder
from bot.prompting.replies import ActsSection
from bot.retrieval.sentences import content_words

_PLACES = {
    "first": 1, "1st": 1, "one": 1, "top": 1, "second": 2, "2nd": 2, "two": 2, "middle": 2, "third": 3, "3rd": 3,
    "three": 3, "fourth": 4, "4th": 4, "four": 4,
}  # fmt: skip
_AROUND = frozenset(
    [
        "the",
        "option",
        "number",
        "no",
        "nr",
        "choice",
        "one",
        "ones",
        "please",
        "pls",
        "that",
        "it",
        "is",
        "it's",
        "its",
        "i",
        "mean",
        "meant",
        "i'll",
        "take",
        "go",
        "with",
        "want",
        "would",
        "like",
        "yes",
        "yeah",
        "yep",
        "ok",
        "think",
        "answer",
        "thanks",
        "thank",
        "you",
        "about",
        "a",
        "an",
        "#",
        "my",
        "was",
        "for",
    ]
)
_DIGITS = re.compile(r"(?:number|no\.?|nr\.?|option|choice|#)?\s*\(?([1-9])\)?[.)]?")


def picked_by_words(message: str, choices: tuple[Choice, ...]) -> Choice | None:
    """The choice whose label is said, whose number or place is, or whose words no other choice has."""
    text = core(message)
    labels = [core(choice.label) for choice in choices]
    if labels.count(text) == 1:
        return choices[labels.index(text)]
    if place := _place(text, len(choices)):
        return choices[place - 1]
    words = {stem(word) for word in content_words(text) if word not in _AROUND}
    own = [{stem(word) for word in content_words(label)} for label in labels]
    holding = [choice for choice, label in zip(choices, own, strict=True) if words and words <= label]
    return holding[0] if len(holding) == 1 else None


def _place(text: str, count: int) -> int | None:
    """The number, from 1, that a message says and nothing else."""
    if found := _DIGITS.fullmatch(text):
        return place if (place := int(found.group(1))) <= count else None
    words = re.findall(r"[\w']+", plain(text))
    if "last" in words and all(word in _AROUND | {"last"} for word in words):
        return count
    # "One" is a place only where nothing else is: "the second one".
    named = [word for word in words if word.isdecimal() or (word in _PLACES and word != "one")]
    named = named or [word for word in words if word == "one"]
    if len(named) != 1 or any(word not in _AROUND and word not in named for word in words):
        return None
    place = _PLACES.get(named[0]) or (int(named[0]) if named[0].isdecimal() else 0)
    alone = named[0] != "one" or {"number", "option", "choice", "no", "nr"} & set(words) or words == ["one"]
    return place if 1 <= place <= count and alone else None


def stem(word: str) -> str:
    """A word without the s of a plural."""
    return word[:-1] if len(word) > 3 and word.endswith("s") else word


def stems(text: str) -> frozenset[str]:
    """The words with a meaning of a text, each without the s of a plural."""
    return frozenset(map(stem, content_words(text)))


def offered(dialogue: Dialogue) -> tuple[Choice, ...]:
    """What the bot's last message offers, if the customer's answers it."""
    turns = dialogue.turns
    if len(turns) < 2 or turns[-1].role != "user" or turns[-2].role != "assistant":
        return ()
    return turns[-2].choices


class Picker:
    """Finds what is picked; by meaning only where the words leave it open."""

    def __init__(self, rules: ActsSection, embedder: Embedder) -> None:
        self._rules, self._embedder = rules, embedder

    async def by_meaning(self, message: str, choices: tuple[Choice, ...]) -> Choice | None:
        """The choice whose label is nearest, if it is near enough and no other is as near."""
        # A whole question is asked for itself: it may well be about another matter of the same thing.
        if not choices or "?" in message or len(message.split()) > self._rules.pick_words:
            return None
        texts = [core(message), *(choice.label for choice in choices)]
        asked, *labels = await asyncio.to_thread(self._embedder.encode_documents, texts)
        near = sorted(((float(label @ asked), place) for place, label in enumerate(labels)), reverse=True)
        (best, place), second = near[0], near[1][0] if len(near) > 1 else -1.0
        clear = best >= self._rules.pick_cosine and best - second >= self._rules.pick_margin
        return choices[place] if clear else None
