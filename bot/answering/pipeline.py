"""From a customer's message to a reply: the order of the steps, the same for every backend."""

import asyncio
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from dataclasses import dataclass, replace

from bot.answer import Choice, Decision, Delta, Finished, FinishReason, Piece, Source
from bot.answering.acts import Acts, Reply
from bot.answering.asking import about_one, which
from bot.answering.decide import Verdict, is_alone
from bot.answering.foreign import replied
from bot.answering.handover import about_answered, about_found, understood
from bot.answering.judging import in_scope
from bot.answering.leading import without_lead
from bot.answering.lookup import Hook
from bot.answering.otherwise import otherwise
from bot.answering.parts import Decided, Found, decide_all
from bot.answering.protocol import End, Sentence, Strategy
from bot.answering.reader import Reader
from bot.answering.rerank import Reranker
from bot.answering.saying import all_said
from bot.answering.speech import Speech
from bot.answering.status import status
from bot.dialogue import Dialogue
from bot.engine.protocol import Place
from bot.prompting.template import PromptConfig
from bot.retrieval.articles import Passage
from bot.retrieval.context import Context, narrowed, retrieve
from bot.retrieval.help_centre import HelpCentre
from bot.retrieval.questions import Part, named, parts_of
from bot.shop.hours import listed


@dataclass(frozen=True, slots=True)
class Steps:
    """What the backends share: a help centre, a prompt with its fixed replies, an engine, a re-ranker, a reader.

    `hook` says how an order stands, where the shop has one and is served.
    """

    acts: Acts
    help_centre: HelpCentre
    prompt: PromptConfig
    speech: Speech
    reranker: Reranker | None = None
    hook: Hook | None = None
    reader: Reader | None = None

    async def find(
        self, place: Place, dialogue: Dialogue, passages: int | None = None, *, article: str | None = None
    ) -> Context:
        """What the help centre, or one article, has on a conversation; in the re-ranker's order, if any.

        As many passages as the prompt takes, or `passages`; all that were found are its candidates. Of them a
        reader, if any, orders all sentences; else the nearest are kept.
        """
        prompt, reranker = self.prompt, self.reranker
        passages = passages or prompt.context.passages
        nearest = prompt.constraints.nearest
        context = await asyncio.to_thread(
            retrieve,
            self.help_centre.now,
            dialogue,
            prompt.retrieval,
            passages=max(passages, prompt.rerank.candidates),
            nearest=None,
            article=article,
        )
        if reranker is None:
            context = narrowed(context, context.hits, passages=passages, nearest=None)
        else:
            context, nearest = await reranker.best(place, context, passages=passages), prompt.rerank.sentences
        reader = self.reader if self.reader and self.reader.can_read(context) else None
        if reranker and (reader is None or reader.rules.reranked_weight):
            context = await reranker.weighed(place, context)
        if reader:
            return await reader.read(place, context)
        return replace(context, sentences=context.sentences[:nearest])


class Pipeline:
    """A backend: the shared steps, with its own strategy for finding sentences."""

    def __init__(
        self, name: str, artefact_sha256: str, release_sha256: str, steps: Steps, strategy: Strategy
    ) -> None:
        self.name, self.artefact_sha256, self.release_sha256 = name, artefact_sha256, release_sha256
        self._steps, self._strategy = steps, strategy

    async def answer(self, dialogue: Dialogue) -> AsyncGenerator[Piece, None]:
        """See Backend.answer."""
        steps = self._steps
        # 1) What is no question gets its reply, unless an article that is surely about it goes before.
        heard = await steps.acts.hear(dialogue)
        # Without [decide] nothing says whether a question would be answered.
        waiting = heard.reply if heard.reply and heard.reply.unless_answered and steps.prompt.decide else None
        if heard.reply and not waiting and not (heard.reply.yields and await self._surely_answered(dialogue)):
            for piece in await self._replied(heard.reply, heard.number, dialogue):
                yield piece
            return
        # 2) What no model but the embedder reads is quoted, or handed over, by what is near to it.
        if not heard.picked and (foreign := await steps.acts.foreign(dialogue)):
            for piece in await replied(foreign, dialogue, steps.help_centre.now, steps.prompt):
                yield piece
            return
        # 3) A place in the model's line, for all that follows: from here on, who came first is served first.
        async with (
            steps.speech.admit() as place,
            aclosing(self._grounded(place, dialogue, heard.picked, waiting)) as pieces,
        ):
            async for piece in pieces:
                yield piece

    async def _replied(self, reply: Reply, number: str | None, dialogue: Dialogue) -> tuple[Piece, Piece]:
        """The reply to an act; what is wanted in other words is said with the sentences around it."""
        steps, text, sources, decision = self._steps, reply.text, tuple[Source, ...](), reply.decision
        if number:
            told = await status(steps.hook, number, reply, dialogue, steps.prompt)
            text, sources, decision = told.text, sources_of(told.passages), told.decision
        elif reply.about and (found := otherwise(reply.about, steps.help_centre.now.passages)):
            text, sources = f"{text} {found[0]}", sources_of([found[1]])
        elif reply.understands:
            about = about_answered(dialogue, steps.help_centre.now)
            text += understood(steps.prompt, about=about, number=steps.acts.numbers.given(dialogue))
        end = Finished(reason_for(decision), sources, decision=decision, choices=reply.choices, act=reply.act)
        return Delta(text), end

    async def _surely_answered(self, dialogue: Dialogue) -> bool:
        """Whether an article is so near that it is about the message."""
        prompt = self._steps.prompt
        context = await asyncio.to_thread(
            retrieve, self._steps.help_centre.now, dialogue, prompt.retrieval, passages=1, nearest=1
        )
        return context.cosine >= prompt.acts.sure_cosine

    async def _grounded(
        self, place: Place, dialogue: Dialogue, picked: Choice | None, waiting: Reply | None
    ) -> AsyncGenerator[Piece, None]:
        """The reply that rests on what is found; `waiting` instead of an offer, a question back or a handover."""
        steps, decided_by = self._steps, self._steps.prompt.decide
        # 4) Retrieve: what the help centre has on each question, or on what was picked.
        whole, *parts = await self._found(place, dialogue, picked)
        read_tokens = sum(found.context.read_tokens for found in (whole, *parts))
        # 5) Decide. What is not answered has a text of its own.
        if decided_by is None:
            made = _all_or_none(whole, answer=self._may_answer(whole.context))
        elif picked:
            made = _all_or_none(whole, answer=bool(whole.context.hits))
        elif is_alone(whole.context):
            # One article competes with nothing, and the numbers are of those that do.
            made = _all_or_none(whole, answer=in_scope(whole.context, steps.prompt.constraints))
        else:
            made = decide_all(whole, parts, dialogue, decided_by)
        verdict, asks = made.verdict, steps.prompt.ask
        number = steps.acts.numbers.given(dialogue)
        if waiting and not made.answered and goes_before(waiting.decision, verdict.decision):
            about = about_found(whole.context, dialogue, steps.prompt)
            yield Delta(waiting.text + understood(steps.prompt, about=about, number=number))
            reason = reason_for(waiting.decision)
            yield Finished(reason, (), read_tokens, 0, waiting.decision, waiting.choices, waiting.act)
            return
        as_one = not made.rest and all(found is whole for found in made.answered)
        if asks and as_one and not picked and (question := which(whole.context, dialogue, verdict, asks)):
            labels = listed(told_apart(choice.label for choice in question.choices), "or")
            yield Delta(steps.prompt.asking(asks, question.text, choices=labels))
            yield Finished("stop", (), read_tokens, 0, "ask", question.choices)
            return
        if not made.answered:
            text = steps.prompt.handoff.text
            if decided_by:
                text = decided_by.text(verdict.decision, times(dialogue, verdict.decision))
            if verdict.decision == "handoff":
                about = about_found(whole.context, dialogue, steps.prompt)
                text += understood(steps.prompt, about=about, number=number)
            yield Delta(text)
            yield Finished(reason_for(verdict.decision), (), read_tokens, 0, verdict.decision, verdict.choices)
            return
        # 6) Say or quote; a sentence comes only after its check, and only once. What is left is named behind.
        answered = made.answered
        if asks:
            answered = tuple(
                replace(one, context=about_one(one.context, dialogue, picked, asks)) for one in answered
            )
        said: list[Sentence] = []
        end = End("stop", 0)
        async with aclosing(
            all_said(
                self._strategy,
                place,
                dialogue,
                answered,
                closed=not made.rest,
                premise=steps.prompt.premise,
            )
        ) as sentences:
            async for sentence in sentences:
                if isinstance(sentence, End):
                    end = sentence
                    continue
                last = said[-1] if said else None
                alike = last is not None and last.passage == sentence.passage
                text = without_lead(sentence.text, last.text) if last and alike else sentence.text
                yield Delta((" " if said else "") + text)
                said.append(sentence)
        if decided_by and made.rest_decision:
            asked = [named(part.asked) for part in made.rest]
            text = steps.prompt.rest_text(decided_by, made.rest_decision, asked)
            if made.rest_decision == "handoff":
                text += understood(steps.prompt, number=number)
            yield Delta((" " if said else "") + text)
        # 7) Sources: each passage that a sentence rests on.
        sources = sources_of(sentence.passage for sentence in said if sentence.passage)
        written_tokens = steps.speech.tokens(" ".join(sentence.text for sentence in said))
        decision = decided(end.finish_reason, verdict.decision)
        reason = end.finish_reason if decision == "answer" else reason_for(decision)
        read_tokens += end.read_tokens
        yield Finished(reason, sources, read_tokens, written_tokens, decision, verdict.choices)

    async def _found(self, place: Place, dialogue: Dialogue, picked: Choice | None) -> list[Found]:
        """What was found for the whole message first, then for each of its questions where it has several."""
        last = dialogue.turns[-1].text if dialogue.turns else ""
        if picked:
            # The label says which; what was asked says what about it.
            *_, asked, label = ["", *dialogue.last_user_texts(2)]
            about = f"{asked} {label}".strip()
            context = await self._steps.find(place, dialogue.asking(about), article=picked.article)
            return [Found(Part(about, about), context)]
        acts = self._steps.acts
        found = [Found(Part(last, last), await self._steps.find(place, dialogue), await acts.margins(last))]
        parts = parts_of(last)
        for part in parts if len(parts) > 1 else ():
            context = await self._steps.find(place, dialogue.asking(part.text))
            found.append(Found(part, context, await acts.margins(part.text)))
        return found

    def _may_answer(self, context: Context) -> bool:
        """As the first prompts decided, which have no [decide]: whether the help centre is about it."""
        return not self._strategy.in_scope_only or in_scope(context, self._steps.prompt.constraints)


def _all_or_none(whole: Found, *, answer: bool) -> Decided:
    """The message as one: answered, or handed over."""
    return Decided((whole,), Verdict("answer", 1.0)) if answer else Decided((), Verdict("handoff", 1.0))


def goes_before(waiting: Decision, decision: Decision) -> bool:
    """Whether an act's reply is given instead of what the search led to; declining goes not before an offer."""
    return decision in (("ask", "handoff") if waiting == "decline" else ("offer", "ask", "handoff"))


def reason_for(decision: Decision) -> FinishReason:
    """How a reply ends that took a decision."""
    return "handoff" if decision == "handoff" else "stop"


def times(dialogue: Dialogue, decision: Decision) -> int:
    """How often the bot has decided so in this conversation."""
    return sum(turn.decision == decision for turn in dialogue.turns if turn.role == "assistant")


def decided(reason: FinishReason, otherwise: Decision) -> Decision:
    """A reply that ends with a handover is one, whatever began it."""
    return "handoff" if reason == "handoff" else otherwise


def told_apart(labels: Iterable[str]) -> list[str]:
    """Labels as they stand in a list: in quotation marks where one of them has a comma itself."""
    labels = list(labels)
    return [f"“{label}”" for label in labels] if any("," in label for label in labels) else labels


def sources_of(passages: Iterable[Passage]) -> tuple[Source, ...]:
    """Each passage once, in order."""
    return tuple(Source(p.article, p.title, p.heading, p.text) for p in dict.fromkeys(passages))
