"""The only renderer: a dialogue to token ids, the same for training and for serving.

The base's own chat template is applied to placeholders, so that its control tokens come from it alone;
every text that somebody wrote is encoded without special tokens, so that `<|im_end|>` in it stays text.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from tokenizers import Tokenizer

from bot.dialogue import Dialogue, Turn
from bot.engine.local.chat_template import ChatRole, ChatTemplate
from bot.errors import BaseUnusable
from bot.models.base import LoadedBase

_CHAT_ROLE: dict[str, ChatRole] = {
    "user": "user",
    "assistant": "assistant",
    "agent": "assistant",
    "system": "system",
}


@dataclass(frozen=True, slots=True)
class Rendered:
    """Token ids with, for each, whether it is part of what the assistant says (its end token included).

    What is context only (`Turn.learnt` is False) is not among the spoken ones.
    """

    ids: tuple[int, ...]
    spoken: tuple[bool, ...]


class Renderer:
    """Renders for one base. The ids of soft prompts, given by who holds them, are beyond its vocabulary.

    Raises BaseUnusable for a base whose chat template cannot hold a conversation.
    """

    def __init__(self, base: LoadedBase) -> None:
        self.vocabulary: int = base.model.get_input_embeddings().weight.shape[0]
        # Two tokenizers, because what they do with control tokens is their state, and threads share it.
        written = json.loads(base.tokenizer.backend_tokenizer.to_str())
        self._control: Tokenizer = Tokenizer.from_str(json.dumps(written))
        # Some bases don't flag their control tokens as special, and only flagged ones can be switched off.
        # Runs of spaces that a vocabulary adds (GPT-NeoX) control nothing.
        added = [token for token in written["added_tokens"] if token["content"].strip()]
        for token in added:
            token["special"] = True
        self._controls = frozenset(token["id"] for token in added)
        self._plain: Tokenizer = Tokenizer.from_str(json.dumps(written))
        self._plain.encode_special_tokens = True
        self._template = ChatTemplate(base.tokenizer, base.folder.id)
        self.end_ids = self._find_ends(base)

    def plain(self, text: str) -> list[int]:
        """Ids of somebody's words; never a control token."""
        ids = list(self._plain.encode(text, add_special_tokens=False).ids)
        if self._controls.isdisjoint(ids):
            return ids
        # A unigram vocabulary has its control tokens among the ordinary pieces; no single character is one.
        single = [self._plain.encode(character, add_special_tokens=False).ids for character in text]
        return [token for tokens in single for token in tokens if token not in self._controls]

    def joined(self, pieces: Sequence[str], marks: Sequence[int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Ids of somebody's texts one after another, and the place of the last id of each of the `marks`.

        Raises ValueError for a mark that no id stands for.
        """
        ids: list[int] = []
        ends = []
        for piece in pieces:
            added = self.plain(piece)
            ids += added
            ends.append(len(ids) - 1 if added else -1)
        places = tuple(ends[mark] for mark in marks)
        if any(place < 0 for place in places):
            raise ValueError("this vocabulary has no token for one of the marks")
        return tuple(ids), places

    def told_apart(self, one: str, other: str) -> tuple[int, int]:
        """The first ids in which two texts differ: mostly their first, and behind a space of its own their second.

        Raises ValueError for texts of which one begins with the other.
        """
        for pair in zip(self.plain(one), self.plain(other), strict=False):
            if pair[0] != pair[1]:
                return pair
        raise ValueError(f"this vocabulary does not tell {one!r} from {other!r}")

    def decode(self, ids: Sequence[int]) -> str:
        """Text of what the model said, without control tokens."""
        words = [token for token in ids if token < self.vocabulary and token not in self._controls]
        return str(self._control.decode(words, skip_special_tokens=True))

    def render(
        self, dialogue: Dialogue, *, system: str | None, soft: Sequence[int] = (), reply: bool = True
    ) -> Rendered:
        """The ids of a soft prompt, the system text and the turns; with `reply` the assistant's turn is opened.

        With no `system` the dialogue's own first turn says it.
        """
        turns = dialogue.turns if system is None else (Turn("system", system), *dialogue.turns)
        roles = [_CHAT_ROLE[turn.role] for turn in turns]
        ids = list(soft)
        spoken = [False] * len(soft)
        after_reply = False
        for piece in self._template.pieces(roles, reply=reply):
            if isinstance(piece, int):
                after_reply = roles[piece] == "assistant" and turns[piece].learnt
                added = self.plain(turns[piece].text)
                marks = [after_reply] * len(added)
            else:
                added = self._framing(piece)
                marks = [False] * len(added)
                end = next((place for place, token in enumerate(added) if token in self.end_ids), None)
                if after_reply and end is not None:
                    marks[: end + 1] = [True] * (end + 1)
            ids += added
            spoken += marks
        return Rendered(tuple(ids), tuple(spoken))

    def fit(
        self, dialogue: Dialogue, *, system: str, soft: Sequence[int] = (), max_tokens: int
    ) -> tuple[Rendered, Dialogue]:
        """Render with a reply opened, leaving out the oldest turns while it is too long.

        The newest turn always stays, shortened at its end where it alone is too long; returns what was
        rendered and the dialogue that it holds.
        """
        while True:
            rendered = self.render(dialogue, system=system, soft=soft)
            beyond = len(rendered.ids) - max_tokens
            if beyond <= 0:
                return rendered, dialogue
            turns = dialogue.turns[1:]
            if not turns:
                last = dialogue.turns[0]
                kept = self.plain(last.text)[:-beyond]
                if not kept:
                    return rendered, dialogue
                turns = (replace(last, text=self.decode(kept).rstrip("\ufffd")),)
            dialogue = replace(dialogue, turns=turns)

    def _framing(self, text: str) -> list[int]:
        """Ids of a piece of the template's own text."""
        return list(self._control.encode(text, add_special_tokens=False).ids)

    def _find_ends(self, base: LoadedBase) -> frozenset[int]:
        """The tokens that end a reply: what the template puts after one, and what the base names itself."""
        named = getattr(base.model.generation_config, "eos_token_id", None)
        ends = {*(named if isinstance(named, list) else [named]), base.tokenizer.eos_token_id} - {None}
        exchange: tuple[ChatRole, ...] = ("system", "user", "assistant")
        for roles in (exchange, (*exchange, "user")):
            pieces = self._template.pieces(roles, reply=False)
            after = self._framing(str(pieces[pieces.index(2) + 1]))
            if controls := [token for token in after if token in self._controls]:
                ends.add(controls[0])
                break
        if not ends:
            raise BaseUnusable(f"base model {base.folder.id}: neither its template nor its settings end a reply")
        return frozenset(ends)
