"""Free speech checked against the passages: what they don't support is not said; they are quoted instead."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace

from bot.answer import FinishReason
from bot.answering.judging import Judge, Judgement, in_scope
from bot.answering.manners import answering, fitting
from bot.answering.picking import stems
from bot.answering.protocol import End, Sentence
from bot.answering.quoting import Quotes, quote, shared
from bot.answering.references import dangles
from bot.answering.spans import span
from bot.answering.speech import Speaker, Speech
from bot.answering.woven import Closeness, follows
from bot.dialogue import Dialogue
from bot.engine.protocol import Place, Reading, Stopped
from bot.models.embedder import Embedder
from bot.prompting.constraints import figures, foreign_words
from bot.prompting.template import ConstraintsSection, PromptConfig
from bot.retrieval.articles import Passage
from bot.retrieval.context import Context
from bot.retrieval.retriever import SentenceHit


class CheckedSpeech:
    """What a speaker writes, sentence by sentence; with `free` nothing is checked.

    The name of another shop, which the speaker was trained for, is never said.
    """

    def __init__(self, speech: Speech, embedder: Embedder, prompt: PromptConfig, *, free: bool = False) -> None:
        self._speech, self._prompt, self._free = speech, prompt, free
        self._judge = Judge(prompt.constraints)
        self._embedder = embedder

    async def sentences(
        self,
        place: Place,
        dialogue: Dialogue,
        context: Context,
        speaker: Speaker,
        *,
        passages: Sequence[Passage] = (),
        quotes: Quotes | None = None,
        closeness: Closeness | None = None,
    ) -> AsyncGenerator[Sentence | End, None]:
        """The speaker's sentences while they may be said; quotes, or the handoff, where no passage supports one.

        `passages` are what the speaker reads with the question. Where it reads nothing but `quotes`, those of them
        that its own sentences leave out are said behind them, and of each the part that it wrote about.
        `closeness` is how near a sentence must be to one of its passage.
        """
        rules = self._prompt.constraints
        passages = self._with_room(dialogue, speaker, passages)
        asked = self._prompt.with_passages(dialogue, passages)
        read_tokens, shown = 0, dialogue
        reason: FinishReason = "stop"
        said: list[str] = []
        draft: list[str] = []
        supported = refused = False
        evidence = [text for passage in context.passages for text in (passage.title, passage.text)]
        # A model that reads a sentence likes to repeat it; one that begins otherwise says it in its own words.
        copied = [text for hit in quotes.hits for text in (hit.sentence, hit.passage.title)] if quotes else []
        async with aclosing(self._speech.write(place, asked, speaker, unlike=copied)) as written:
            async for sentence in written:
                if isinstance(sentence, Reading):
                    # What the customer said of what is read: a passage is not theirs.
                    read_tokens, shown = sentence.tokens, sentence.dialogue
                    if passages:
                        shown = replace(dialogue, turns=dialogue.turns[-len(shown.turns) :])
                    continue
                if isinstance(sentence, Stopped):
                    reason = sentence.reason
                    break
                if quotes is not None:
                    sentence = answering(fitting(untitled(sentence, passages)), context.question)
                    draft.append(sentence)
                    if not sentence or says_again(sentence, said, rules):
                        continue
                judgement = Judgement(True)
                if foreign_words(sentence, speaker.foreign_words, evidence):
                    judgement = Judgement(False)
                elif not self._free:
                    judgement = await self._judge.judge(sentence, context, shown, answered=supported)
                if not self._free and not supported and dangles(sentence, context.question):
                    judgement = Judgement(False)
                if quotes is not None and judgement.passage and blurs(sentence, judgement.passage, quotes):
                    judgement = Judgement(False)
                first = quotes is not None and judgement.passage is not None and not supported
                if quotes is not None and first and evades(sentence, context.question, quotes):
                    judgement = Judgement(False)
                if closeness and judgement.passage:
                    known = context.knowledge.sentences_of(judgement.passage)
                    if not follows(sentence, known, closeness):
                        judgement = Judgement(False)
                if not judgement.allowed:
                    refused = True
                    break
                said.append(sentence)
                supported = supported or judgement.passage is not None
                yield Sentence(sentence, judgement.passage)
        if quotes is not None and quotes.hits:
            whole = supported and not refused and reason != "length"
            for hit in await self._unsaid(left_out(quotes, said, whole=whole, asked=context.question), said):
                reason = "stop"
                yield Sentence(span(hit.sentence, " ".join(draft), context.question), hit.passage)
        elif not supported and (not self._free or not said):
            if in_scope(context, rules):
                reason = "stop"
                quotes = await quote(place, dialogue, context, self._speech, speaker, self._prompt)
                read_tokens += quotes.read_tokens
                for hit in await self._unsaid(quotes.hits, said):
                    yield Sentence(hit.sentence, hit.passage)
            elif refused or not said:
                reason = "handoff"
                yield Sentence(self._prompt.handoff.text)
        yield End(reason, read_tokens)

    def _with_room(self, dialogue: Dialogue, speaker: Speaker, passages: Sequence[Passage]) -> Sequence[Passage]:
        """As many of the passages, the best first, as leave the question whole."""
        for count in range(len(passages), 0, -1):
            asked = self._prompt.with_passages(dialogue, passages[:count])
            if self._speech.has_room(asked.turns[-1].text, speaker):
                return passages[:count]
        return ()

    async def _unsaid(self, hits: Sequence[SentenceHit], said: list[str]) -> list[SentenceHit]:
        """The quotes that the reply has not said already in its own words: one with another figure says more."""
        if not said:
            return list(hits)
        told = {figure for sentence in said for figure in figures(sentence)}
        vectors = await asyncio.to_thread(
            self._embedder.encode_documents, [*said, *(hit.sentence for hit in hits)]
        )
        known, new = vectors[: len(said)], vectors[len(said) :]
        same = self._prompt.constraints.same_sentence_cosine
        return [
            hit
            for hit, vector in zip(hits, new, strict=True)
            if float((known @ vector).max()) <= same or not figures(hit.sentence) <= told
        ]


def left_out(quotes: Quotes, said: Sequence[str], *, whole: bool, asked: str) -> list[SentenceHit]:
    """The quotes that what was said does not hold.

    Of a `whole` reply, in which nothing was refused or cut off, all that counts is whether it names a figure of
    the best one, and where it leaves others out, all that the question names of it: it says as much of the rest
    as the question asks for.
    """
    told = {figure for sentence in said for figure in figures(sentence)}
    if whole:
        best = quotes.best
        wanted = figures(best.sentence) if best else frozenset()
        if best is None or wanted <= told:
            return []
        named = stems(asked) & stems(best.sentence)
        return [] if wanted & told and named <= stems(" ".join(said)) else [best]
    return [hit for hit in quotes.hits if not figures(hit.sentence) or not figures(hit.sentence) <= told]


def blurs(sentence: str, passage: Passage, quotes: Quotes) -> bool:
    """Whether a sentence has no figure where each quote of its passage has one: it says too little of them."""
    own = [hit.sentence for hit in quotes.hits if hit.passage == passage]
    return bool(own) and sentence not in own and not figures(sentence) and all(map(figures, own))


def evades(sentence: str, asked: str, quotes: Quotes) -> bool:
    """Whether a sentence lacks most of what the question names of the best quote, which has it: it tells the rest.

    "Snowshoes are the only snow gear we rent." of "We sell skis, but snowshoes are …", where skis were asked for.
    """
    if quotes.best is None or any(sentence == hit.sentence for hit in quotes.hits):
        return False
    named = stems(asked) & stems(quotes.best.sentence)
    return len(named & stems(sentence)) * 2 < len(named)


def says_again(sentence: str, said: Sequence[str], rules: ConstraintsSection) -> bool:
    """Whether an earlier sentence has all figures of one and most of its words: it says the same otherwise."""
    own = figures(sentence)
    return bool(own) and any(
        own <= figures(earlier) and shared(sentence, earlier) > rules.alike_share for earlier in said
    )


def untitled(sentence: str, passages: Sequence[Passage]) -> str:
    """A sentence without the title that it was read under."""
    for passage in passages:
        if sentence.startswith(f"{passage.title}: "):
            return sentence[len(passage.title) + 2 :]
    return sentence
