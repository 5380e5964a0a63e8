"""Answers that quote: the sentences of the help centre that the model and the search choose together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bot.answering.decide import is_read
from bot.answering.leading import forms
from bot.answering.references import with_antecedents
from bot.answering.speech import Speaker, Speech
from bot.answering.wording import core
from bot.dialogue import Dialogue
from bot.engine.protocol import Place
from bot.prompting.template import ConstraintsSection, PromptConfig
from bot.retrieval.articles import Passage
from bot.retrieval.context import Context
from bot.retrieval.retriever import Knowledge, SentenceHit
from bot.retrieval.sentences import content_words


@dataclass(frozen=True, slots=True)
class Quotes:
    """Sentences to say, in the order of their article, the best of them, and the tokens read to choose them."""

    hits: tuple[SentenceHit, ...] = ()
    best: SentenceHit | None = None
    read_tokens: int = 0


async def quote(
    place: Place,
    dialogue: Dialogue,
    context: Context,
    speech: Speech,
    speaker: Speaker,
    prompt: PromptConfig,
) -> Quotes:
    """The sentences that answer best, by the speaker's own score and the search's; none that was said before.

    Of an article that the customer picked more is said. Where the reader chose, no speaker has a say.
    """
    rules = prompt.constraints.in_picked() if context.article else prompt.constraints
    found = unsaid(context.sentences, dialogue)
    if is_read(context):
        margin = prompt.reader.picked_margin if context.article else prompt.reader.margin
        chosen = select(found, [0.0] * len(found), rules, read_margin=margin)
        return Quotes(in_context(in_order(chosen, context), context), next(iter(chosen), None))
    found = found[: rules.nearest]
    if not found:
        return Quotes()
    sentences = [hit.sentence for hit in found]
    gains = await speech.gains(place, context.question, sentences, speaker)
    chosen = select(found, gains.values, rules)
    return Quotes(in_context(in_order(chosen, context), context), chosen[0], gains.read_tokens)


def nearest(dialogue: Dialogue, context: Context, rules: ConstraintsSection) -> Quotes:
    """The sentences that the search alone finds to answer best; none that was said before."""
    found = unsaid(context.sentences, dialogue)[: rules.nearest]
    chosen = select(found, [0.0] * len(found), rules)
    return Quotes(in_order(chosen, context), next(iter(chosen), None))


def unsaid(found: Sequence[SentenceHit], dialogue: Dialogue) -> list[SentenceHit]:
    """Those that the bot has not said yet in this conversation; all of them where it has said each."""
    said = " ".join(core(turn.text) for turn in dialogue.turns if turn.role == "assistant")
    return [hit for hit in found if not is_said(hit.sentence, said)] or list(found)


def is_said(sentence: str, said: str) -> bool:
    """Whether a sentence stands in what was said (as `core` has it), with what leads in to it or without."""
    return any(core(form) in said for form in forms(sentence))


def select(
    found: Sequence[SentenceHit],
    gains: Sequence[float],
    rules: ConstraintsSection,
    *,
    read_margin: float = 0.0,
) -> tuple[SentenceHit, ...]:
    """The best sentence, and others of its article that the search finds nearly as good, best first.

    One that says much the same as a better one is left out: it is the rule for a neighbouring thing.
    Where the reader chose, its score alone puts them in order, and `read_margin` is how near to the best one is
    nearly as good.
    """
    if not found:
        return ()
    scores = [_score(hit, gain, rules) for gain, hit in zip(gains, found, strict=True)]
    order = sorted(range(len(found)), key=lambda i: -scores[i])
    best, *others = (found[i] for i in order)
    chosen = [best]
    for hit in others:
        # "3. Confirm." beside the best sentence says nothing more.
        if len([word for word in content_words(hit.sentence) if not word.isdigit()]) < 2:
            continue
        same = hit.passage.article == best.passage.article and _near(hit, best, rules, read_margin)
        if same and all(shared(hit.sentence, one.sentence) <= rules.alike_share for one in chosen):
            chosen.append(hit)
    return tuple(chosen[: rules.sentences])


def in_order(chosen: Sequence[SentenceHit], context: Context) -> tuple[SentenceHit, ...]:
    """As they stand in the article: a condition before what follows from it, steps one after the other."""
    passages = list(dict.fromkeys(hit.passage for hit in chosen))
    order = {passage: place for place, passage in enumerate(context.knowledge.passages) if passage in passages}
    sentences = {passage: list(context.knowledge.sentences_of(passage)) for passage in passages}
    return tuple(sorted(chosen, key=lambda hit: (order[hit.passage], sentences[hit.passage].index(hit.sentence))))


def in_context(chosen: Sequence[SentenceHit], context: Context) -> tuple[SentenceHit, ...]:
    """The same, each behind the sentences that it points back to: "Without either, …" alone says nothing."""
    whole: dict[tuple[Passage, str], SentenceHit] = {}
    for hit in chosen:
        sentences = context.knowledge.sentences_of(hit.passage)
        for sentence in with_antecedents(hit.sentence, sentences, hit.passage.text):
            whole.setdefault((hit.passage, sentence), replace(hit, sentence=sentence))
    return tuple(whole.values())


def _score(hit: SentenceHit, gain: float, rules: ConstraintsSection) -> float:
    if hit.read is not None:
        return hit.read
    if hit.reranked is not None:
        return hit.reranked + rules.gain_weight * gain
    return gain + rules.cosine_weight * hit.cosine


def shared(sentence: str, other: str) -> float:
    """The share of the words with a meaning that two sentences have in common, of the one with fewer."""
    own, others = set(content_words(sentence)), set(content_words(other))
    return len(own & others) / max(1, min(len(own), len(others)))


def _near(hit: SentenceHit, best: SentenceHit, rules: ConstraintsSection, read_margin: float) -> bool:
    if hit.read is not None and best.read is not None:
        return hit.read >= best.read - read_margin
    if hit.reranked is not None and best.reranked is not None:
        return hit.reranked >= best.reranked - rules.reranked_margin
    return hit.cosine >= best.cosine - rules.second_margin


def alone(knowledge: Knowledge, said: Iterable[tuple[Passage, str]]) -> tuple[Passage, ...]:
    """The passages of some sentences with nothing else in them, all in the order of their articles."""
    chosen: dict[Passage, set[str]] = {}
    for passage, sentence in said:
        chosen.setdefault(passage, set()).add(sentence)
    return tuple(
        replace(passage, text=" ".join(one for one in knowledge.sentences_of(passage) if one in chosen[passage]))
        for passage in knowledge.passages
        if passage in chosen
    )
