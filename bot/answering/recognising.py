"""Which act a message is by itself: by rules, then by the classifier, each of its sentences on its own."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.answering.classifier import Classifier, Scored
from bot.answering.wording import core, from_the_keyboard, has_words, plain, sentences
from bot.models.embedder import Embedder
from bot.prompting.replies import FixedReply
from bot.prompting.template import PromptConfig
from bot.retrieval.courtesies import without_courtesies


@dataclass(frozen=True, slots=True)
class Recognised:
    """The act that a message is; not `sure` where it may be a question that an article answers."""

    reply: FixedReply
    sure: bool = True


class Recogniser:
    """The acts of one prompt; where a message holds several, the one whose reply stands first in it counts.

    A message is an act only if all of it is: "thanks, and how long does it take?" is a question. Replies that are
    given `always` need one sentence.
    """

    def __init__(self, prompt: PromptConfig, embedder: Embedder, home: Path | None = None) -> None:
        self._replies = {reply.name: reply for reply in prompt.replies}
        self._place = {name: place for place, name in enumerate(self._replies)}
        self._patterns = [(reply, re.compile(pattern)) for reply in prompt.replies for pattern in reply.patterns]
        self._unlike = {
            reply.name: [re.compile(pattern) for pattern in reply.unlike]
            for reply in prompt.replies
            if reply.unlike
        }
        self._examples = {core(text): reply for reply in reversed(prompt.replies) for text in reply.examples}
        self._questions = {core(text) for text in prompt.acts.questions}
        self._part_margin = prompt.acts.part_margin
        learnt = bool(self._examples)
        self._embedder = embedder
        known = prompt.probes is not None and prompt.probes.embedding == embedder.identity
        self._probes = prompt.probes if known else None
        told = (prompt.acts, prompt.replies, embedder, home, prompt.learnt_acts)
        self._classifier = Classifier(*told) if learnt else None

    def recognise(self, text: str) -> Recognised | None:
        """The act that a message is; None for a question."""
        if not has_words(text) or from_the_keyboard(text):
            nonsense = self._replies.get("nonsense")
            return self._by_rule(text) or (Recognised(nonsense) if nonsense else None)
        # A fixed phrase is one thing, whatever courtesy stands in it.
        if ruled := self._by_rule(text):
            return ruled
        left = without_courtesies(text)
        rest = sentences(left)
        parts = list(dict.fromkeys([text, *([left] if left else []), *rest]))
        acts = dict(zip(parts, self._each(parts), strict=True))
        if always := [act for act in acts.values() if act and act.reply.always]:
            return self._weightiest(always)
        found, whole = [act for part in rest if (act := acts[part])], acts[text]
        if len(found) < len(rest):
            whole = whole or acts.get(left)
            return whole if whole and whole.reply.whole else None
        return self._weightiest([*found, *([whole] if whole else [])]) if found or whole else None

    def margins(self, text: str) -> dict[str, float]:
        """How far above questions each act scores for a text, and what the probes score; empty without either."""
        if not self._classifier and not self._probes:
            return {}
        text = plain(text)
        vectors = self._embedder.encode_queries([text])
        scores = self._probes.scores(vectors[0]) if self._probes else {}
        return scores | (self._classifier.margins(text, vectors) if self._classifier else {})

    def _each(self, parts: Sequence[str]) -> list[Recognised | None]:
        """The act of each part."""
        ruled = [self._by_rule(part) for part in parts]
        left = [part for part, act in zip(parts, ruled, strict=True) if act is None and not self._asked(part)]
        scored = dict(zip(left, self._classifier.scored(left), strict=True)) if self._classifier and left else {}
        acts = []
        for part, act in zip(parts, ruled, strict=True):
            if act is None and (best := scored.get(part)):
                # One sentence of many is read without the others.
                alone = best.reply.always and len(parts) > 1 and part != parts[0]
                act = self._classified(part, best, self._part_margin if alone else 0.0)
            acts.append(act)
        return acts

    def _classified(self, text: str, best: Scored, above: float) -> Recognised | None:
        """The act that fits best, where it keeps its own bounds; the margin must be so much `above` its least."""
        reply, margin = best.reply, best.margin
        if any(pattern.search(plain(text)) for pattern in self._unlike.get(reply.name, ())):
            margin -= reply.unlike_margin
        if margin < reply.min_margin + above or best.cosine < reply.min_cosine or not _short(text, reply):
            return None
        return Recognised(reply, reply.sure_margin is None or margin >= reply.sure_margin)

    def _by_rule(self, text: str) -> Recognised | None:
        # Of what is marks alone nothing is left but the marks.
        said = core(text) or plain(text)
        for reply, pattern in self._patterns:
            if pattern.search(said) and _short(text, reply):
                return Recognised(reply)
        exact = self._examples.get(said)
        return Recognised(exact) if exact else None

    def _asked(self, text: str) -> bool:
        return core(text) in self._questions

    def _weightiest(self, acts: Sequence[Recognised]) -> Recognised:
        return min(acts, key=lambda act: self._place[act.reply.name])


def _short(text: str, reply: FixedReply) -> bool:
    return len(text.split()) <= reply.max_words
