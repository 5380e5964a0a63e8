"""Tests of the three backends as shipped: one base, real artefacts, real answers."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from bot.answer import Delta, Finished
from bot.assembly import Assembled, assemble
from bot.backends import BACKENDS
from bot.dialogue import Dialogue, Turn, user_says
from bot.errors import ArtefactInvalid
from bot.models.base import LoadedBase
from bot.models.bundled import BUNDLED_SHA256
from bot.prompting.constraints import unsupported_figures
from bot.releases.part import open_artefact
from bot.settings import Settings

TENT = "How long do I have to return a tent?"


@pytest.fixture(scope="module")
def assembled(settings: Settings) -> Iterator[Assembled]:
    opened = assemble(settings)
    yield opened
    opened.engine.close()


async def answer(assembled: Assembled, backend: str, dialogue: Dialogue) -> tuple[str, Finished]:
    text, end = "", Finished("error")
    async for piece in assembled.backends[backend].answer(dialogue):
        if isinstance(piece, Delta):
            text += piece.text
        else:
            end = piece
    return text, end


@pytest.mark.parametrize("backend", BACKENDS)
async def test_every_backend_answers_the_tent_question_with_its_source(assembled: Assembled, backend: str) -> None:
    text, end = await answer(assembled, backend, user_says(TENT))
    assert "30 days" in text
    assert end.finish_reason == "stop"
    assert "returns" in [source.article for source in end.sources]
    assert end.prompt_tokens > 0 and end.completion_tokens > 0


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    "question",
    [
        "What does a return label cost?",
        "how much is late fee on rental tent??",
        "Do you ship to Canada and what is it?",
    ],
)
async def test_no_backend_says_a_figure_that_its_sources_do_not_hold(
    assembled: Assembled, backend: str, question: str
) -> None:
    text, end = await answer(assembled, backend, user_says(question))
    evidence = [f"{source.title} {source.text}" for source in end.sources]
    assert unsupported_figures(text, [*evidence, question]) == set() or end.finish_reason == "handoff"


@pytest.mark.parametrize(
    ("text", "decision"), [(TENT, "answer"), ("thanks a lot", "act"), ("human", "handoff"), ("??", "act")]
)
async def test_a_reply_says_what_was_decided(assembled: Assembled, text: str, decision: str) -> None:
    _, end = await answer(assembled, "prompted", user_says(text))
    assert end.decision == decision


@pytest.mark.parametrize("backend", BACKENDS)
async def test_a_wish_for_a_human_is_a_handoff_with_every_backend(assembled: Assembled, backend: str) -> None:
    text, end = await answer(assembled, backend, user_says("I want to talk to a human being, please"))
    assert end.finish_reason == "handoff"
    assert "(303) 555-0142" in text


@pytest.mark.parametrize("backend", BACKENDS)
async def test_no_backend_answers_what_is_not_the_shops_business(assembled: Assembled, backend: str) -> None:
    text, end = await answer(assembled, backend, user_says("Who won the world cup in 1998?"))
    assert (end.finish_reason, end.decision, end.sources) == ("stop", "decline", ())
    assert "Juniper Trail Outfitters" in text


async def test_what_is_offered_is_answered_once_it_is_picked(assembled: Assembled) -> None:
    asked = user_says("can i bring my dog")
    text, offer = await answer(assembled, "prompted", asked)
    assert offer.decision == "offer" and len(offer.choices) == 3 and offer.sources == ()
    second = offer.choices[1]
    offered = asked.said(Turn("assistant", text, decision="offer", choices=offer.choices))
    for pick in (second.label, "2", "the second one"):
        text_picked, end = await answer(assembled, "prompted", offered.said(Turn("user", pick)))
        assert (end.decision, {source.article for source in end.sources}) == ("answer", {second.article})
        knowledge = assembled.help_centre.now
        own = [s for p in knowledge.passages if p.article == second.article for s in knowledge.sentences_of(p)]
        said = [sentence for sentence in own if sentence in text_picked]
        assert 2 <= len(said) <= assembled.steps.prompt.constraints.picked_sentences, (
            "of what was picked more is said"
        )


async def test_two_questions_are_answered_each_by_itself(assembled: Assembled) -> None:
    asked = f"{TENT} And do gift cards expire?"
    text, end = await answer(assembled, "prompted", user_says(asked))
    assert end.decision == "answer"
    assert "30 days" in text and "never expire" in text
    assert list(dict.fromkeys(source.article for source in end.sources)) == ["returns", "gift-cards"]


async def test_what_cannot_be_answered_of_a_message_is_offered_behind_the_answer(assembled: Assembled) -> None:
    text, end = await answer(assembled, "prompted", user_says(f"{TENT} And can i bring my dog?"))
    said, _, rest = text.partition(" As for “can i bring my dog”")
    assert "30 days" in said and "Let me know" not in said
    # Offered or handed over, as the search is sure of it.
    assert end.decision in ("offer", "handoff")
    assert rest.endswith("is it one of these?") == bool(end.choices) == (end.decision == "offer")
    assert {source.article for source in end.sources} == {"returns"}


async def test_a_short_follow_up_is_searched_with_what_was_said_before(assembled: Assembled) -> None:
    dialogue = Dialogue(
        (Turn("user", "Can I return bear spray?"), Turn("assistant", "No."), Turn("user", "and if unopened?"))
    )
    _, end = await answer(assembled, "prompted", dialogue)
    assert "returns" in [source.article for source in end.sources]


def test_the_base_is_in_memory_once(assembled: Assembled) -> None:
    learned = {assembled.backends[name].artefact_sha256 for name in ("finetuned", "prompt-tuned")}
    shared = {assembled.serving.places[slot].sha256 for slot in ("reranker", "reader")}
    assert set(assembled.engine.capabilities().adapters) == learned | shared


async def test_the_served_lora_and_soft_prompt_compute_what_peft_computes(
    base: LoadedBase, settings: Settings
) -> None:
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    from bot.engine.local.adapters import Adapters
    from bot.engine.local.peft_files import read_lora, read_soft_prompt

    ids = torch.tensor([[1, 9690, 198, 2683, 359, 2, 198]])
    for name in ("finetuned", "prompt-tuned"):
        artefact = open_artefact(settings.shipped_part(name))
        # In fp32, so that rounding hides no difference.
        model = AutoModelForCausalLM.from_pretrained(base.folder.path, dtype=torch.float32)
        adapters = Adapters(model)
        with torch.inference_mode():
            if name == "finetuned":
                adapters.add(name, read_lora(artefact, model))
                with adapters.using([(name, ids.shape[1])]):
                    ours = model(inputs_embeds=adapters.embed(ids)).logits
            else:
                adapters.add(name, read_soft_prompt(artefact, model))
                soft = torch.tensor([adapters.soft_ids(name)])
                ours = model(inputs_embeds=adapters.embed(torch.cat([soft, ids], dim=1))).logits
            plain = model(ids).logits
            theirs = PeftModel.from_pretrained(model, str(artefact.folder)).eval()(input_ids=ids).logits
        torch.testing.assert_close(ours[0, -1], theirs[0, -1], atol=1e-3, rtol=1e-3)
        assert not torch.allclose(ours[0, -1], plain[0, -1], atol=0.1)


@pytest.mark.parametrize("backend", BACKENDS)
def test_shipped_artefacts_are_small_and_fit_the_bundled_base(settings: Settings, backend: str) -> None:
    folder = settings.shipped_part(backend)
    size = sum(file.stat().st_size for file in folder.iterdir())
    assert size < 12_000_000
    manifest = json.loads((folder / "artefact.json").read_text(encoding="utf-8"))
    assert manifest["base"]["sha256"] == BUNDLED_SHA256
    assert not [file for file in folder.iterdir() if file.suffix in {".bin", ".pt", ".pkl"}]


def test_a_damaged_foreign_or_missing_artefact_is_refused_in_a_sentence(
    settings: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "artefact"
    with pytest.raises(ArtefactInvalid, match="trilane-train fit"):
        open_artefact(folder, base_sha256=BUNDLED_SHA256, kinds=("prompt",))
    shutil.copytree(settings.shipped_part("prompted"), folder)
    with pytest.raises(ArtefactInvalid, match="made for base"):
        open_artefact(folder, base_sha256="0" * 64, kinds=("prompt",))
    with pytest.raises(ArtefactInvalid, match="'prompt'"):
        open_artefact(folder, base_sha256=BUNDLED_SHA256, kinds=("lora",))
    (folder / "prompt.toml").write_text("format = 2\n", encoding="utf-8")
    with pytest.raises(ArtefactInvalid, match=r"prompt\.toml is damaged"):
        open_artefact(folder, base_sha256=BUNDLED_SHA256, kinds=("prompt",))
