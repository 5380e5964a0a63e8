"""The only renderer: a dialogue to token ids, the same for training and for serving.

The base's own chat template is applied to placeholders, so that its control tokens come from it alone;
every text that somebody wrote is encoded without special tokens, so that `<|im_end|>` in it stays text.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from tokenizers import Tokenizer

from bot.dialogue import Dialogue, Turn

# Private-use characters: a template passes them through, and text is never searched for them.
_OPEN, _CLOSE = "\ue000", "\ue001"
_PLACEHOLDER = re.compile(f"{_OPEN}(\\d+){_CLOSE}")
_CHAT_ROLE = {"user": "user", "assistant": "assistant", "agent": "assistant", "system": "system"}


@dataclass(frozen=True, slots=True)
class Rendered:
    """Token ids with, for each, whether it is part of what the assistant says (its end token included).

    What is context only (`Turn.learnt` is False) is not among the spoken ones.
    """

    ids: tuple[int, ...]
    spoken: tuple[bool, ...]


class Renderer:
    """Renders for one base. `soft_id(i)` is the id of soft-prompt row i: beyond every id of the vocabulary."""

    def __init__(self, tokenizer: Any, vocabulary: int) -> None:
        self._tokenizer = tokenizer
        self.vocabulary = vocabulary
        self.end_id: int = tokenizer.eos_token_id
        # Two copies, because the switch is state of the tokenizer, and threads share it.
        serialised = tokenizer.backend_tokenizer.to_str()
        self._control: Tokenizer = Tokenizer.from_str(serialised)
        self._plain: Tokenizer = Tokenizer.from_str(serialised)
        self._plain.encode_special_tokens = True

    def plain(self, text: str) -> list[int]:
        """Ids of somebody's words; never a control token."""
        return list(self._plain.encode(text, add_special_tokens=False).ids)

    def decode(self, ids: Sequence[int]) -> str:
        """Text of what the model said, without control tokens."""
        return str(self._control.decode([i for i in ids if i < self.vocabulary], skip_special_tokens=True))

    def soft_ids(self, count: int) -> tuple[int, ...]:
        """Ids of a soft prompt of `count` rows."""
        return tuple(range(self.vocabulary, self.vocabulary + count))

    def render(self, dialogue: Dialogue, *, system: str, soft_tokens: int = 0, reply: bool = True) -> Rendered:
        """The soft prompt, the system text and the turns; with `reply` the assistant's turn is opened."""
        turns = (Turn("system", system), *dialogue.turns)
        messages = [
            {"role": _CHAT_ROLE[turn.role], "content": f"{_OPEN}{index}{_CLOSE}"}
            for index, turn in enumerate(turns)
        ]
        frame: str = self._tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=reply)
        ids = list(self.soft_ids(soft_tokens))
        spoken = [False] * soft_tokens
        after_reply = False
        for position, part in enumerate(_PLACEHOLDER.split(frame)):
            if position % 2:
                turn = turns[int(part)]
                after_reply = _CHAT_ROLE[turn.role] == "assistant" and turn.learnt
                added = self.plain(turn.text)
                marks = [after_reply] * len(added)
            else:
                added = list(self._control.encode(part, add_special_tokens=False).ids)
                marks = [False] * len(added)
                if after_reply and self.end_id in added:
                    end = added.index(self.end_id) + 1
                    marks[:end] = [True] * end
            ids += added
            spoken += marks
        return Rendered(tuple(ids), tuple(spoken))

    def fit(
        self, dialogue: Dialogue, *, system: str, soft_tokens: int = 0, max_tokens: int
    ) -> tuple[Rendered, Dialogue]:
        """Render with a reply opened, leaving out the oldest turns while it is too long.

        The newest turn always stays, shortened at its end where it alone is too long; returns what was
        rendered and the dialogue that it holds.
        """
        while True:
            rendered = self.render(dialogue, system=system, soft_tokens=soft_tokens)
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
