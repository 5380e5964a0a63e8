"""What is said: frozen values that serving and training share."""

from dataclasses import dataclass, replace
from typing import Literal

from bot.answer import Choice, Decision
from bot.errors import MessageRefused

Role = Literal["user", "assistant", "agent", "system"]


@dataclass(frozen=True, slots=True)
class Turn:
    """One message; `articles` are the slugs of the help-centre articles that it states facts from.

    `sentences` are those of the articles that it rests on, where somebody has labelled them.
    An answer that is not `learnt` is context only: training reads it and puts no loss on it. `decision`, `choices`
    and `act` are what the bot did, where the turn is the bot's own: an offer is picked from in the next message.
    """

    role: Role
    text: str
    articles: tuple[str, ...] = ()
    learnt: bool = True
    sentences: tuple[str, ...] = ()
    decision: Decision | None = None
    choices: tuple[Choice, ...] = ()
    act: str | None = None


@dataclass(frozen=True, slots=True)
class Dialogue:
    """A conversation, oldest turn first."""

    turns: tuple[Turn, ...]
    id: str = ""
    intent: str | None = None

    def last_user_texts(self, count: int) -> list[str]:
        """The customer's last `count` messages, oldest first."""
        return [turn.text for turn in self.turns if turn.role == "user"][-count:]

    def said(self, turn: Turn) -> "Dialogue":
        """This dialogue with one more turn."""
        return Dialogue((*self.turns, turn), self.id, self.intent)

    def asking(self, text: str) -> "Dialogue":
        """This dialogue with another text for its last message."""
        return replace(self, turns=(*self.turns[:-1], replace(self.turns[-1], text=text)))


def user_says(*texts: str) -> Dialogue:
    """A dialogue of one side's messages: the shortest way to ask one question."""
    return Dialogue(tuple(Turn("user", text) for text in texts))


def check_message(text: str, max_chars: int) -> None:
    """What a customer may say, wherever it comes in. Raises MessageRefused for nothing, too much, and no text."""
    if not text.strip():
        raise MessageRefused("the message is empty; please write something")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise MessageRefused("the message holds bytes that are no characters; please write it again") from None
    if len(text) > max_chars:
        raise MessageRefused(f"the message has {len(text):,} characters; at most {max_chars:,} are accepted")
