"""How a base's own chat template takes a conversation; found by trying, when the base is loaded.

Templates differ in what they allow: some know no system role (Gemma), some one system message in front only
(Mistral), some raise where the two sides don't alternate. What a template does not allow is said in its way:
a system text goes in front of the customer's next words, neighbouring messages of one side become one.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal, get_args

from jinja2 import TemplateError

from bot.errors import BaseUnusable

ChatRole = Literal["user", "assistant", "system"]
SystemPlace = Literal["anywhere", "first", "never"]

# Private-use characters: a template passes them through, and text is never searched for them.
_OPEN, _CLOSE = "\ue000", "\ue001"
_PLACEHOLDER = re.compile(f"{_OPEN}(\\d+){_CLOSE}")
_BETWEEN = "\n\n"

_LETTERS: dict[str, ChatRole] = {"s": "system", "u": "user", "a": "assistant"}
# What every base must be able to render: a reply in training, a follow-up, a conversation whose oldest turns
# were left out, neighbours of one side, a system message in the middle.
_WORDS = ("su", "sua", "suau", "sau", "suuaau", "susu")
_PROBES = tuple(tuple(_LETTERS[letter] for letter in word) for word in _WORDS)


@dataclass(frozen=True, slots=True)
class Habits:
    """Where system messages may stand, and whether neighbouring messages of one side must be joined."""

    system: SystemPlace
    alternates: bool


class ChatTemplate:
    """Lays out turns as the template wants them. Raises BaseUnusable for one that cannot hold a conversation."""

    def __init__(self, tokenizer: Any, name: str) -> None:
        self._tokenizer = tokenizer
        problem = ""
        for system, alternates in product(get_args(SystemPlace), (False, True)):
            self._habits = Habits(system, alternates)
            try:
                if all(self._holds(roles) for roles in _PROBES):
                    return
            except (TemplateError, TypeError) as error:
                problem = f" ({error})"
        raise BaseUnusable(
            f"base model {name}: its chat template leaves out parts of a conversation{problem}; "
            "choose a base that was made for chatting"
        )

    def pieces(self, roles: Sequence[ChatRole], *, reply: bool) -> list[str | int]:
        """The template's own text in pieces, and between them the index of the turn whose words stand there."""
        messages = [
            {"role": role, "content": _BETWEEN.join(f"{_OPEN}{index}{_CLOSE}" for index in indices)}
            for role, indices in self._messages(roles)
        ]
        text = self._tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=reply)
        return [int(part) if place % 2 else part for place, part in enumerate(_PLACEHOLDER.split(text))]

    def _messages(self, roles: Sequence[ChatRole]) -> list[tuple[ChatRole, list[int]]]:
        """The turns of each message, by index."""
        messages: list[tuple[ChatRole, list[int]]] = []
        waiting: list[int] = []

        def add(role: ChatRole, indices: list[int]) -> None:
            if self._habits.alternates and messages and messages[-1][0] == role:
                messages[-1][1].extend(indices)
            else:
                messages.append((role, indices))

        for index, role in enumerate(roles):
            if role == "system":
                if self._habits.system == "anywhere" or (self._habits.system == "first" and index == 0):
                    add(role, [index])
                else:
                    waiting.append(index)
            elif role == "user":
                add(role, [*waiting, index])
                waiting = []
            else:
                # Where turns alternate, the customer's side speaks first, if only in the system text.
                first = all(before != "user" for before, _ in messages)
                if first and (waiting or self._habits.alternates):
                    add("user", waiting)
                    waiting = []
                add(role, [index])
        if waiting:
            add("user", waiting)
        return messages

    def _holds(self, roles: Sequence[ChatRole]) -> bool:
        """Whether every turn's words come out once."""
        return all(
            sorted(piece for piece in self.pieces(roles, reply=reply) if isinstance(piece, int))
            == list(range(len(roles)))
            for reply in (False, roles[-1] != "assistant")
        )
