"""What the bot does with a question: answer, offer, ask, decline, hand over. Pure, and the same for every backend.

The numbers are the prompt's: probabilities, each a logistic regression on what the search found, fitted on
dev cases of several shops. A wide margin between the best article and the second says most about being right.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.answer import Choice, Decision
from bot.dialogue import Dialogue
from bot.prompting.deciding import Calibration, Calibrations, DecideSection, Feature
from bot.prompting.probes import PROBES
from bot.retrieval.context import Context
from bot.retrieval.retriever import Hit, SentenceHit
from bot.retrieval.sentences import content_words

# What may be no question for the help centre, and is nothing to be sure of.
ACTS: Mapping[Feature, str] = {"off_topic": "off-topic", "manipulation": "manipulation", "own_case": "own-case"}
# What its words alone say of it goes beside them: feature and score have one name.
TOLD: Mapping[Feature, str] = {**ACTS, **{name: name for name in PROBES}}
NO_ACTS: Mapping[str, float] = {}


@dataclass(frozen=True, slots=True)
class Verdict:
    """A decision with the probability that it was taken by, and what is offered."""

    decision: Decision
    probability: float
    choices: tuple[Choice, ...] = ()


def decide(
    context: Context, dialogue: Dialogue, rules: DecideSection, acts: Mapping[str, float] = NO_ACTS
) -> Verdict:
    """The decision on what was found for the customer's last message.

    `acts` is how far above questions each act scores for it, by the act's name, and what each probe scores.
    """
    if not context.hits:
        return Verdict("handoff", 1.0)
    numbers = rules.reranked if is_reranked(context) else rules.stock
    if is_read(context) and rules.read:
        numbers = rules.read
    found = features(context, acts)
    right = probability(numbers.right, found)
    if right >= numbers.answer:
        return Verdict("answer", right)
    foreign = probability(numbers.foreign, found)
    if foreign >= numbers.decline:
        return Verdict("decline", foreign)
    return _offered(context, dialogue, rules, numbers, found)


def _offered(
    context: Context,
    dialogue: Dialogue,
    rules: DecideSection,
    numbers: Calibrations,
    found: Mapping[Feature, float],
) -> Verdict:
    reach, failed = probability(numbers.reach, found), in_vain(dialogue)
    # Of one or two words nobody knows what is wanted; what they may be about is more help than a telephone number.
    vague = not failed and len(content_words(context.question)) <= rules.vague_words
    if (reach >= numbers.offer or vague) and failed < rules.offers_in_a_row:
        return Verdict("offer", reach, choices_of(context, rules.choices))
    beyond = probability(numbers.beyond, found) if numbers.beyond else 1 - reach
    if numbers.beyond and beyond < numbers.handoff and failed < rules.asks_in_a_row:
        return Verdict("ask", 1 - beyond)
    return Verdict("handoff", beyond)


def in_vain(dialogue: Dialogue) -> int:
    """How many of the bot's latest messages were offers or questions back, none of which was taken up."""
    count = 0
    for turn in reversed(dialogue.turns):
        if turn.role != "assistant":
            continue
        # An offer behind an answer was not in vain.
        if turn.decision not in ("offer", "ask") or turn.articles:
            break
        count += 1
    return count


def choices_of(context: Context, count: int) -> tuple[Choice, ...]:
    """The best articles, each once, by the part that was found of it."""
    best: dict[str, Hit] = {}
    for hit in ranked(context):
        best.setdefault(hit.passage.article, hit)
    chosen = list(best.values())[:count]
    return tuple(
        Choice(str(number), label(hit), hit.passage.article, hit.passage.heading)
        for number, hit in enumerate(chosen, start=1)
    )


def label(hit: Hit) -> str:
    """An article, and the part of it, as a customer reads it."""
    # Of a path of headings the last one says it.
    heading = hit.passage.heading.rpartition(" › ")[2]
    return f"{hit.passage.title}: {heading}" if heading and heading != hit.passage.title else hit.passage.title


def ranked(context: Context) -> Sequence[Hit]:
    """All that was found, best first."""
    return context.candidates or context.hits


def is_alone(context: Context) -> bool:
    """Whether one article is all that was found."""
    return len({hit.passage.article for hit in ranked(context)}) == 1


def is_reranked(context: Context) -> bool:
    """Whether a re-ranker ordered what was found."""
    return ranked(context)[0].reranked is not None


def is_read(context: Context) -> bool:
    """Whether a reader read the sentences."""
    return context.none is not None


def probability(calibration: Calibration, found: Mapping[Feature, float]) -> float:
    """The logistic function of the weighted features; one that was not computed counts as 0."""
    score = calibration.bias + sum(weight * found.get(name, 0.0) for name, weight in calibration.weights.items())
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, score))))


def features(context: Context, acts: Mapping[str, float] = NO_ACTS) -> dict[Feature, float]:
    """What the decision is taken by; `context` has a hit at least. Units: nats per token, cosines, log words.

    `margin` is between the best passages of the best article and of the next one, `lift` how much more likely the
    question is after the best passage than after the candidates on average, which takes out how usual it is.
    The acts' features are how far above questions a message that may be one of them scores, and none is sure.
    Of the sentence that a reader puts first `none_gap` is its lead before none, `read_margin` that before the next
    one, and `read_share` the log of its share among all.
    """
    hits = ranked(context)
    best = hits[0]
    found: dict[Feature, float] = {
        "cosine": best.cosine,
        "nearest": context.cosine,
        "search_margin": _margin([(hit.score, hit.passage.article) for hit in hits]),
        "words": math.log1p(len(content_words(context.question))),
    }
    likely = [hit.likelihood for hit in hits if hit.likelihood is not None]
    scores = [(hit.reranked, hit.passage.article) for hit in hits if hit.reranked is not None]
    if likely and scores:
        found |= {
            "margin": _margin(scores),
            "likelihood": likely[0],
            "lift": likely[0] - sum(likely) / len(likely),
            "agreement": float(best.passage.article == max(hits, key=lambda hit: hit.score).passage.article),
        }
    if context.sentences and context.sentences[0].reranked is not None:
        values = sorted((hit.reranked for hit in context.sentences if hit.reranked is not None), reverse=True)
        found["sentence_margin"] = values[0] - values[1] if len(values) > 1 else 0.0
    if context.none is not None:
        found |= _read(context.sentences, context.none)
    return found | {feature: acts[name] for feature, name in TOLD.items() if name in acts}


def _read(sentences: Sequence[SentenceHit], none: float) -> dict[Feature, float]:
    judged = [hit.judged for hit in sentences if hit.judged is not None]
    order = [hit.read for hit in sentences if hit.read is not None]
    if not judged:
        return {}
    most = max(*judged, none)
    whole = most + math.log(sum(math.exp(value - most) for value in (*judged, none)))
    return {
        "none_gap": judged[0] - none,
        "read_margin": order[0] - order[1] if len(order) > 1 else 0.0,
        "read_share": judged[0] - whole,
    }


def _margin(scored: Sequence[tuple[float, str]]) -> float:
    """Between the best score and the best of another article; 0 where there is no other."""
    best, article = max(scored)
    others = [score for score, other in scored if other != article]
    return best - max(others) if others else 0.0
