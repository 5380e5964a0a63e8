"""Token ids as the first whole product (commit fd0808f) made them: a golden file, computed once by its code.

`rendered` has the SHA-256 of ids and marks: with a reply opened; with a soft prompt and none; cut to 60 tokens.
"""

import hashlib
import json
from pathlib import Path

import pytest

from bot.dialogue import Dialogue, Turn
from bot.engine.local.render import Rendered, Renderer

GOLDEN = json.loads((Path(__file__).parent / "golden.json").read_text(encoding="utf-8"))


def dialogue(name: str) -> Dialogue:
    return Dialogue(tuple(Turn(role, text) for role, text in GOLDEN["dialogues"][name]))


def digest(rendered: Rendered) -> str:
    marks = [int(mark) for mark in rendered.spoken]
    return hashlib.sha256(json.dumps([list(rendered.ids), marks]).encode()).hexdigest()


@pytest.mark.parametrize("name", GOLDEN["rendered"])
def test_a_dialogue_is_rendered_to_the_same_ids_as_ever(renderer: Renderer, name: str) -> None:
    replying = renderer.render(dialogue(name), system="You are the support assistant.")
    learnt = renderer.render(dialogue(name), system="Be brief.\nBe kind. <|im_end|>", soft_tokens=5, reply=False)
    short, _ = renderer.fit(dialogue(name), system="S", soft_tokens=3, max_tokens=60)
    assert [digest(rendered) for rendered in (replying, learnt, short)] == GOLDEN["rendered"][name]
