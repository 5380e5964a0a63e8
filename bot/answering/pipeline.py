"""From a customer's message to a reply: the order of the steps, the same for every backend."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import aclosing
from dataclasses import dataclass, replace

from bot.answer import Choice, Decision, Delta, Finished, FinishReason, Piece, Source
from bot.answering.acts import Acts, Reply
from bot.answering.decide import Verdict, decide, is_alone
from bot.answering.judging import in_scope
from bot.answering.otherwise import otherwise
from bot.answering.protocol import End, Sentence, Strategy
from bot.answering.rerank import Reranker
from bot.answering.speech import Speech
from bot.dialogue import Dialogue
from bot.engine.protocol import Place
from bot.prompting.deciding import DecideSection
from bot.prompting.template import PromptConfig
from bot.retrieval.articles import Passage
from bot.retrieval.context import Context, narrowed, retrieve
from bot.retrieval.help_centre import HelpCentre
from bot.retrieval.questions import parts_of


@dataclass(frozen=True, slots=True)
class Steps:
    """What the backends share: one help centre, one prompt with its fixed replies, one engine, one re-ranker."""

    acts: Acts
    help_centre: HelpCentre
    prompt: PromptConfig
    speech: Speech
    reranker: Reranker | None = None

    async def find(
        self, place: Place, dialogue: Dialogue, passages: int | None = None, *, article: str | None = None
    ) -> Context:
        """What the help centre, or one article, has on a conversation; in the re-ranker's order, if any.

        As many passages as the prompt takes, or `passages`; all that were found are its candidates.
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
            return narrowed(context, context.hits, passages=passages, nearest=nearest)
        return await reranker.ordered(place, context, passages=passages)


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
        if heard.reply and not (heard.reply.yields and await self._surely_answered(dialogue)):
            for piece in self._replied(heard.reply):
                yield piece
            return
        # 2) A place in the model's line, for all that follows: from here on, who came first is served first.
        async with (
            steps.speech.admit() as place,
            aclosing(self._grounded(place, dialogue, heard.picked)) as pieces,
        ):
            async for piece in pieces:
                yield piece

    def _replied(self, reply: Reply) -> Iterator[Piece]:
        """The reply to an act; what is wanted in other words is said with the sentences around it."""
        text, sources = reply.text, tuple[Source, ...]()
        if reply.about and (found := otherwise(reply.about, self._steps.help_centre.now.passages)):
            text, sources = f"{text} {found[0]}", sources_of([found[1]])
        yield Delta(text)
        reason: FinishReason = "handoff" if reply.decision == "handoff" else "stop"
        yield Finished(reason, sources, decision=reply.decision, choices=reply.choices, act=reply.act)

    async def _surely_answered(self, dialogue: Dialogue) -> bool:
        """Whether an article is so near that it is about the message."""
        prompt = self._steps.prompt
        context = await asyncio.to_thread(
            retrieve, self._steps.help_centre.now, dialogue, prompt.retrieval, passages=1, nearest=1
        )
        return context.cosine >= prompt.acts.sure_cosine

    async def _grounded(
        self, place: Place, dialogue: Dialogue, picked: Choice | None
    ) -> AsyncGenerator[Piece, None]:
        steps, decided_by = self._steps, self._steps.prompt.decide
        # 3) Retrieve: what the help centre has on each question, or on what was picked.
        found = await self._found(place, dialogue, picked)
        read_tokens = sum(context.read_tokens for context in found)
        # 4) Decide. What is not answered has a text of its own.
        if decided_by is None:
            verdict = Verdict("answer" if self._may_answer(found[0]) else "handoff", 1.0)
        elif picked:
            verdict = Verdict("answer" if found[0].hits else "handoff", 1.0)
        elif is_alone(found[0]):
            # One article competes with nothing, and the numbers are of those that do.
            near = in_scope(found[0], steps.prompt.constraints)
            found, verdict = found[:1], Verdict("answer" if near else "handoff", 1.0)
        else:
            found, verdict = decide_all(found, dialogue, decided_by)
        if verdict.decision != "answer":
            text = steps.prompt.handoff.text
            if decided_by:
                text = decided_by.text(verdict.decision, times(dialogue, verdict.decision))
            yield Delta(text)
            reason: FinishReason = "handoff" if verdict.decision == "handoff" else "stop"
            yield Finished(reason, (), read_tokens, 0, verdict.decision, verdict.choices)
            return
        # 5) Say or quote; a sentence comes only after its check, and only once.
        said: list[Sentence] = []
        end = End("stop", 0)
        for context in found:
            async with aclosing(self._strategy.sentences(place, dialogue, context)) as sentences:
                async for sentence in sentences:
                    if isinstance(sentence, End):
                        end = End(sentence.finish_reason, end.read_tokens + sentence.read_tokens)
                    elif sentence not in said:
                        yield Delta((" " if said else "") + sentence.text)
                        said.append(sentence)
        # 6) Sources: each passage that a sentence rests on.
        sources = sources_of(sentence.passage for sentence in said if sentence.passage)
        written_tokens = steps.speech.tokens(" ".join(sentence.text for sentence in said))
        decision = decided(end.finish_reason, "answer")
        yield Finished(end.finish_reason, sources, read_tokens + end.read_tokens, written_tokens, decision)

    async def _found(self, place: Place, dialogue: Dialogue, picked: Choice | None) -> list[Context]:
        """What was found for the whole message first, then for each of its questions where it has several."""
        if picked:
            # The label says which; what was asked says what about it.
            *_, asked, label = ["", *dialogue.last_user_texts(2)]
            turn = replace(dialogue.turns[-1], text=f"{asked} {label}".strip())
            whole = replace(dialogue, turns=(*dialogue.turns[:-1], turn))
            return [await self._steps.find(place, whole, article=picked.article)]
        found = [await self._steps.find(place, dialogue)]
        parts = parts_of(dialogue.turns[-1].text) if dialogue.turns else ()
        for part in parts if len(parts) > 1 else ():
            turn = replace(dialogue.turns[-1], text=part)
            one = replace(dialogue, turns=(*dialogue.turns[:-1], turn))
            found.append(await self._steps.find(place, one))
        return found

    def _may_answer(self, context: Context) -> bool:
        """As the first prompts decided, which have no [decide]: whether the help centre is about it."""
        return not self._strategy.in_scope_only or in_scope(context, self._steps.prompt.constraints)


def decide_all(found: list[Context], dialogue: Dialogue, rules: DecideSection) -> tuple[list[Context], Verdict]:
    """What is answered, and the decision: each question by itself where all of them can be answered."""
    whole, *parts = found
    verdicts = [decide(part, dialogue, rules) for part in parts]
    if parts and all(verdict.decision == "answer" for verdict in verdicts):
        return parts, min(verdicts, key=lambda verdict: verdict.probability)
    return [whole], decide(whole, dialogue, rules)


def times(dialogue: Dialogue, decision: Decision) -> int:
    """How often the bot has decided so in this conversation."""
    return sum(turn.decision == decision for turn in dialogue.turns if turn.role == "assistant")


def decided(reason: FinishReason, otherwise: Decision) -> Decision:
    """A reply that ends with a handover is one, whatever began it."""
    return "handoff" if reason == "handoff" else otherwise


def sources_of(passages: Iterable[Passage]) -> tuple[Source, ...]:
    """Each passage once, in order."""
    return tuple(Source(p.article, p.title, p.heading, p.text) for p in dict.fromkeys(passages))
