"""What a message is before anything is searched: an act with its reply, a choice that is picked, or a question."""

import asyncio
import re
from dataclasses import dataclass
from pathlib import Path

from bot.answer import Choice, Decision
from bot.answering.languages import Languages
from bot.answering.picking import Picker, offered, picked_by_words
from bot.answering.recognising import Recogniser
from bot.dialogue import Dialogue, Turn
from bot.models.embedder import Embedder
from bot.prompting.replies import FixedReply, Said
from bot.prompting.template import PromptConfig
from bot.retrieval.sentences import content_words
from bot.shop.profile import Shop


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said to an act. `yields`: an article that is surely about the message goes before it.

    `about` is the bot's own message that the customer wants in other words; `text` only leads up to them then.
    """

    act: str
    text: str
    decision: Decision
    choices: tuple[Choice, ...] = ()
    yields: bool = False
    about: Turn | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """A reply, or the choice that is picked; a question where there is neither."""

    reply: Reply | None = None
    picked: Choice | None = None


class Acts:
    """The acts of one prompt, as one shop answers them; their examples are embedded once, and kept in `home`."""

    def __init__(self, prompt: PromptConfig, embedder: Embedder, shop: Shop, home: Path | None = None) -> None:
        self._prompt = prompt
        self._recogniser = Recogniser(prompt, embedder, home)
        self._languages = Languages(prompt.language, prompt.languages, shop.languages, embedder)
        self._picker = Picker(prompt.acts, embedder)
        numbers = shop.orders.pattern if shop.orders else r"[A-Za-z]{0,4}-?\d{5,}"
        self._number = re.compile(rf"(?<!\w)#?(?:{numbers})(?!\w)", re.IGNORECASE)

    async def hear(self, dialogue: Dialogue) -> Heard:
        """What the customer's last message is: danger first, then what is picked, then all else."""
        if not dialogue.turns:
            return Heard()
        text, choices = dialogue.turns[-1].text, offered(dialogue)
        unnumbered = self._number.sub(" ", text).strip()
        act = await asyncio.to_thread(self._recogniser.recognise, unnumbered) if unnumbered else None
        if act and act.always:
            return Heard(self._reply(act, dialogue))
        if picked := picked_by_words(text, choices):
            return Heard(picked=picked)
        if foreign := await asyncio.to_thread(self._languages.text_for, text, begun=_begun(dialogue)):
            return Heard(Reply("language", foreign, "handoff"))
        if numbered := self._numbered(act, text, unnumbered, dialogue):
            return Heard(Reply(numbered.name, numbered.numbered or numbered.text, "handoff"))
        if act and act.agrees and len(choices) == 1:
            return Heard(picked=choices[0])
        if act is None and (near := await self._picker.by_meaning(text, choices)):
            return Heard(picked=near)
        return Heard(self._reply(act, dialogue) if act else self._clarified(text, dialogue))

    def _numbered(
        self, act: FixedReply | None, text: str, unnumbered: str, dialogue: Dialogue
    ) -> FixedReply | None:
        """The reply that asks for an order's number, where the message says one."""
        if self._number.search(text) is None:
            return None
        if act and act.numbered:
            return act
        asked = [reply for reply in self._prompt.replies if reply.numbered]
        words, last = len(content_words(unnumbered)), _last(dialogue)
        # A number and hardly a word beside it says that the order is what this is about.
        if words <= 3 and last and last.act in {reply.name for reply in asked}:
            return next(reply for reply in asked if reply.name == last.act)
        return asked[0] if asked and words == 0 else None

    def _reply(self, act: FixedReply, dialogue: Dialogue) -> Reply:
        last = _last(dialogue)
        before = _decision(last) if last else None
        said: Said = act.after.get(before, act) if before else act
        times = sum(turn.act == act.name for turn in dialogue.turns if turn.role == "assistant")
        if said.hand_over_at and times + 1 >= said.hand_over_at:
            return Reply(act.name, self._prompt.acts.handover, "handoff")
        text = (said.text, *said.again)[min(times, len(said.again))]
        choices = last.choices if last and said.decision == "offer" else ()
        if last and act.repeats == "same":
            kept: Decision = "offer" if last.choices else "act"
            return Reply(act.name, last.text, kept, last.choices)
        about = last if last and before == "answer" and act.repeats == "otherwise" else None
        return Reply(act.name, text, said.decision, choices, act.yields, about)

    def _clarified(self, text: str, dialogue: Dialogue) -> Reply | None:
        """A question back to a first message without a word that has a meaning; later ones have what was said."""
        clarify = self._prompt.clarify
        if len(dialogue.turns) > 1 or len(content_words(text)) > clarify.max_content_words:
            return None
        return Reply("clarify", clarify.text, "ask")


def _last(dialogue: Dialogue) -> Turn | None:
    """The bot's message that the customer's last one follows."""
    if len(dialogue.turns) < 2 or dialogue.turns[-2].role != "assistant":
        return None
    return dialogue.turns[-2]


def _decision(turn: Turn) -> Decision:
    """What the bot did; of a turn that does not say so, whether it asked something."""
    return turn.decision or ("ask" if turn.text.rstrip().endswith("?") else "answer")


def _begun(dialogue: Dialogue) -> bool:
    """Whether something was said before that was read."""
    return any(turn.role == "assistant" and turn.act != "language" for turn in dialogue.turns)
