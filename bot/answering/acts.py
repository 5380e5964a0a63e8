"""What a message is before anything is searched: an act with its reply, a choice that is picked, or a question."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from bot.answer import Choice, Decision
from bot.answering.languages import Foreign, Languages
from bot.answering.numbers import Numbers
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
    `understands`: it is a handover that says what was understood. `unless_answered`: whatever an article would be
    quoted for goes before.
    """

    act: str
    text: str
    decision: Decision
    choices: tuple[Choice, ...] = ()
    yields: bool = False
    about: Turn | None = None
    understands: bool = False
    unless_answered: bool = False


@dataclass(frozen=True, slots=True)
class Heard:
    """A reply, or the choice that is picked; a question where there is neither.

    `number` is that of an order that the customer wants to hear about; the reply is for where none is looked up.
    """

    reply: Reply | None = None
    picked: Choice | None = None
    number: str | None = None


class Acts:
    """The acts of one prompt, as one shop answers them; their examples are embedded once, and kept in `home`."""

    def __init__(self, prompt: PromptConfig, embedder: Embedder, shop: Shop, home: Path | None = None) -> None:
        self._prompt = prompt
        self._recogniser = Recogniser(prompt, embedder, home)
        self._languages = Languages(prompt.language, prompt.languages, shop.languages, embedder)
        self._picker = Picker(prompt.acts, embedder)
        self._looks_up = shop.lookup is not None
        self.numbers = Numbers(shop, asking=(reply.name for reply in prompt.replies if reply.numbered))

    async def hear(self, dialogue: Dialogue) -> Heard:
        """What the customer's last message is: danger first, then what is picked, then all else."""
        if not dialogue.turns:
            return Heard()
        text, choices = dialogue.turns[-1].text, offered(dialogue)
        unnumbered = self.numbers.without(text)
        found = await asyncio.to_thread(self._recogniser.recognise, unnumbered) if unnumbered else None
        act = found.reply if found else None
        if act and act.always:
            return Heard(self._reply(act, dialogue))
        if picked := picked_by_words(text, choices):
            return Heard(picked=picked)
        if foreign := await asyncio.to_thread(self._languages.text_for, text, begun=_begun(dialogue)):
            return Heard(Reply("language", foreign, "handoff"))
        if numbered := self._numbered(act, text, unnumbered, dialogue):
            reply, number = numbered
            return Heard(Reply(reply.name, reply.numbered or reply.text, "handoff"), number=number)
        if act and act.agrees and len(choices) == 1:
            return Heard(picked=choices[0])
        if act is None and (near := await self._picker.by_meaning(text, choices)):
            return Heard(picked=near)
        if found:
            return Heard(replace(self._reply(found.reply, dialogue), unless_answered=not found.sure))
        return Heard(self._clarified(text, dialogue))

    async def margins(self, text: str) -> Mapping[str, float]:
        """How far above questions each act scores for a question: what the decision goes by beside the search."""
        return await asyncio.to_thread(self._recogniser.margins, text)

    async def foreign(self, dialogue: Dialogue) -> Foreign | None:
        """What is said to the last message, where it is in another language that is read."""
        if not dialogue.turns:
            return None
        return await asyncio.to_thread(self._languages.foreign, dialogue.turns[-1].text, begun=_begun(dialogue))

    def _numbered(
        self, act: FixedReply | None, text: str, unnumbered: str, dialogue: Dialogue
    ) -> tuple[FixedReply, str] | None:
        """The reply that asks for an order's number, with the number: of the message, or given before."""
        number = self.numbers.first(text)
        if number is None:
            given = self.numbers.given(dialogue) if act and act.numbered else None
            return (act, given) if act and given else None
        if act and act.numbered:
            return act, number
        asked = [reply for reply in self._prompt.replies if reply.numbered]
        words, last = len(content_words(unnumbered)), _last(dialogue)
        # A number and hardly a word beside it says that the order is what this is about.
        if words <= 3 and last and self.numbers.asked_by(last):
            return next(reply for reply in asked if reply.name == last.act), number
        return (asked[0], number) if asked and words == 0 else None

    def _reply(self, act: FixedReply, dialogue: Dialogue) -> Reply:
        last = _last(dialogue)
        before = _decision(last) if last else None
        if last and before == "answer" and self.numbers.asked_by(last):
            # How an order stands is nothing that an article says in other words.
            before = None
        said: Said = act.after.get(before, act) if before else act
        times = sum(turn.act == act.name for turn in dialogue.turns if turn.role == "assistant")
        if said.hand_over_at and times + 1 >= said.hand_over_at:
            return Reply(act.name, self._prompt.acts.handover, "handoff", understands=act.understands)
        text = (said.text, *said.again)[min(times, len(said.again))]
        # What was asked for is still wanted where the reply asks for it once more.
        asks_on = before == "ask" and said.decision == "ask" and said is not act
        choices = last.choices if last and (said.decision == "offer" or asks_on) else ()
        if last and act.repeats == "same":
            kept = (last.decision or "offer") if last.choices else "act"
            return Reply(act.name, last.text, kept, last.choices)
        about = last if last and before == "answer" and act.repeats == "otherwise" else None
        # A number that is looked up is asked for, whatever an article says of orders.
        yields = act.yields and not (self._looks_up and act.numbered)
        understands = act.understands and said.decision == "handoff"
        return Reply(act.name, text, said.decision, choices, yields, about, understands)

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
