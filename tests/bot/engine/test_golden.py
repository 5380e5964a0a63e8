"""Token ids as the first whole product (commit fd0808f) made them: a golden file, computed once by its code.

`rendered` has the SHA-256 of ids and marks: with a reply opened; with a soft prompt and none; cut to 60 tokens.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.dialogue import Dialogue, Turn
from bot.engine.local.engine import LocalEngine
from bot.engine.local.render import Rendered, Renderer
from bot.engine.protocol import Generation, Prompt, Sampling, Scoring, Stopped, Text
from bot.models.base import load_base
from bot.releases.part import open_artefact
from bot.settings import Settings
from tests.conftest import ROOT

KEPT = ROOT / "tests" / "kept" / "fd0808f" / "artefacts"
GOLDEN = json.loads((Path(__file__).parent / "golden.json").read_text(encoding="utf-8"))


def dialogue(name: str) -> Dialogue:
    return Dialogue(tuple(Turn(role, text) for role, text in GOLDEN["dialogues"][name]))


def digest(rendered: Rendered) -> str:
    marks = [int(mark) for mark in rendered.spoken]
    return hashlib.sha256(json.dumps([list(rendered.ids), marks]).encode()).hexdigest()


@pytest.mark.parametrize("name", GOLDEN["rendered"])
def test_a_dialogue_is_rendered_to_the_same_ids_as_ever(renderer: Renderer, name: str) -> None:
    soft = range(renderer.vocabulary, renderer.vocabulary + 5)
    replying = renderer.render(dialogue(name), system="You are the support assistant.")
    learnt = renderer.render(dialogue(name), system="Be brief.\nBe kind. <|im_end|>", soft=soft, reply=False)
    short, _ = renderer.fit(dialogue(name), system="S", soft=soft[:3], max_tokens=60)
    assert [digest(rendered) for rendered in (replying, learnt, short)] == GOLDEN["rendered"][name]


@pytest.fixture(scope="module")
def engine(shop_settings: Settings) -> Iterator[LocalEngine]:
    """In fp32, where rounding decides nothing: the ids stand up to the first close call (0.02 in logits)."""
    base = load_base(shop_settings.model_copy(update={"dtype": "float32", "device": "cpu"}))
    made = LocalEngine(base)
    # The adapters of that product, which are kept: those that are shipped learn anew.
    for slot in ("finetuned", "prompt-tuned"):
        made.load(open_artefact(KEPT / slot, base_sha256=base.folder.sha256))
    yield made
    made.close()


def prompt(engine: LocalEngine, case: str) -> Prompt:
    """What the first product would have read for this backend and dialogue."""
    backend, name = case.split("/")
    lora, soft = engine.capabilities().adapters
    system, adapter = {
        "finetuned": (GOLDEN["systems"]["finetuned"], lora),
        "prompt-tuned": (GOLDEN["systems"]["prompt-tuned"], soft),
        "prompted": (GOLDEN["systems"]["prompted"], None),
    }[backend]
    return Prompt(dialogue(name), system, adapter)


@pytest.mark.parametrize("case", GOLDEN["generated"])
async def test_each_backend_says_the_same_ids_as_ever(engine: LocalEngine, renderer: Renderer, case: str) -> None:
    golden = GOLDEN["generated"][case]
    room = len(golden["ids"]) + golden["whole"]
    async with engine.admit() as place:
        request = Generation(prompt(engine, case), Sampling(repetition_penalty=1.1), min(room, 24))
        pieces = [piece async for piece in place.stream(request)]
    assert "".join(piece.text for piece in pieces if isinstance(piece, Text)) == renderer.decode(golden["ids"])
    last = pieces[-1]
    assert isinstance(last, Stopped) and last.completion_tokens == len(golden["ids"])


async def test_each_backend_gives_texts_the_same_probability_as_ever(engine: LocalEngine) -> None:
    cases = list(GOLDEN["scored"])
    texts = ("You have 30 days.", "We ship to Canada.", "No")
    async with engine.admit() as place:
        scores = await place.score(Scoring(tuple(prompt(engine, case) for case in cases), texts))
    for case, values in zip(cases, scores.values, strict=True):
        assert values == pytest.approx(GOLDEN["scored"][case], abs=1e-3), case
