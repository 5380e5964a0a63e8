"""The number of an order, a booking or a ticket, as customers type it."""

import re
from collections.abc import Iterable

from bot.dialogue import Dialogue, Turn
from bot.shop.profile import Shop

# What may be one where the shop does not say what its numbers look like: longer ones are cards'.
USUAL = r"[A-Za-z]{0,4}-?\d{5,12}"


class Numbers:
    """How one shop's numbers look; `asking` are the acts whose reply asks for one."""

    def __init__(self, shop: Shop, asking: Iterable[str]) -> None:
        self._asking = frozenset(asking)
        self._own = re.compile(shop.orders.pattern) if shop.orders else None
        pattern = shop.orders.pattern if shop.orders else USUAL
        self._said = re.compile(rf"(?<!\w)#?(?:{pattern})(?!\w)", re.IGNORECASE)

    def without(self, text: str) -> str:
        """A message without its numbers."""
        return self._said.sub(" ", text).strip()

    def first(self, text: str) -> str | None:
        """The first number in a text, in the shop's own spelling of capitals where that tells."""
        found = self._said.search(text)
        if found is None:
            return None
        number: str = found.group(0).removeprefix("#")
        upper = number.upper()
        return upper if self._own and not self._own.fullmatch(number) and self._own.fullmatch(upper) else number

    def asked_by(self, turn: Turn) -> bool:
        """Whether one of the bot's messages asks for a number, or is about one."""
        return turn.act in self._asking

    def given(self, dialogue: Dialogue) -> str | None:
        """The latest number that the customer surely gave.

        Where the shop does not say what its numbers look like, any figure may be something else: only one that was
        given where one was wanted counts.
        """
        replies = [*dialogue.turns[1:], None]
        for turn, reply in reversed(list(zip(dialogue.turns, replies, strict=False))):
            if turn.role != "user" or (number := self.first(turn.text)) is None:
                continue
            if self._own or (reply and self.asked_by(reply)):
                return number
        return None
