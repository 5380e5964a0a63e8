"""Which act a message is by itself: by rules, then by the classifier, each of its sentences on its own."""

import re
from collections.abc import Sequence
from pathlib import Path

from bot.answering.classifier import Classifier
from bot.answering.wording import core, from_the_keyboard, has_words, plain, sentences
from bot.models.embedder import Embedder
from bot.prompting.replies import FixedReply
from bot.prompting.template import PromptConfig
from bot.retrieval.courtesies import without_courtesies


class Recogniser:
    """The acts of one prompt; where a message holds several, the one whose reply stands first in it counts.

    A message is an act only if all of it is: "thanks, and how long does it take?" is a question. Replies that are
    given `always` need one sentence.
    """

    def __init__(self, prompt: PromptConfig, embedder: Embedder, home: Path | None = None) -> None:
        self._replies = {reply.name: reply for reply in prompt.replies}
        self._place = {name: place for place, name in enumerate(self._replies)}
        self._patterns = [(reply, re.compile(pattern)) for reply in prompt.replies for pattern in reply.patterns]
        self._examples = {core(text): reply for reply in reversed(prompt.replies) for text in reply.examples}
        self._questions = {core(text) for text in prompt.acts.questions}
        self._part_margin = prompt.acts.part_margin
        learnt = bool(self._examples)
        self._classifier = Classifier(prompt.acts, prompt.replies, embedder, home) if learnt else None

    def recognise(self, text: str) -> FixedReply | None:
        """The act that a message is; None for a question."""
        if not has_words(text) or from_the_keyboard(text):
            return self._by_rule(text) or self._replies.get("nonsense")
        # A fixed phrase is one thing, whatever courtesy stands in it.
        if ruled := self._by_rule(text):
            return ruled
        left = without_courtesies(text)
        rest = sentences(left)
        parts = list(dict.fromkeys([text, *([left] if left else []), *rest]))
        acts = dict(zip(parts, self._each(parts), strict=True))
        if always := [act for act in acts.values() if act and act.always]:
            return self._weightiest(always)
        found = [act for part in rest if (act := acts[part])]
        if len(found) < len(rest):
            return None
        whole = acts[text]
        return self._weightiest([*found, *([whole] if whole else [])]) if found or whole else None

    def _each(self, parts: Sequence[str]) -> list[FixedReply | None]:
        """The act of each part."""
        ruled = [self._by_rule(part) for part in parts]
        left = [part for part, act in zip(parts, ruled, strict=True) if act is None and not self._asked(part)]
        scored = dict(zip(left, self._classifier.scored(left), strict=True)) if self._classifier and left else {}
        acts = []
        for part, act in zip(parts, ruled, strict=True):
            best = scored.get(part)
            if act is None and best and best.sure and _short(part, best.reply):
                # One sentence of many is read without the others.
                alone = best.reply.always and len(parts) > 1 and part != parts[0]
                if not alone or best.margin >= best.reply.min_margin + self._part_margin:
                    act = best.reply
            acts.append(act)
        return acts

    def _by_rule(self, text: str) -> FixedReply | None:
        # Of what is marks alone nothing is left but the marks.
        said = core(text) or plain(text)
        for reply, pattern in self._patterns:
            if pattern.search(said) and _short(text, reply):
                return reply
        return self._examples.get(said)

    def _asked(self, text: str) -> bool:
        return core(text) in self._questions

    def _weightiest(self, acts: Sequence[FixedReply]) -> FixedReply:
        return min(acts, key=lambda act: self._place[act.name])


def _short(text: str, reply: FixedReply) -> bool:
    return len(text.split()) <= reply.max_words
