"""Tests of the shipped texts: for the shipped shop what they were, to the letter; for another shop its own."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from bot.dialogue import user_says
from bot.errors import ArtefactInvalid
from bot.prompting.template import PromptConfig, read_prompt
from bot.retrieval.articles import Passage
from bot.settings import Settings
from bot.shop.profile import Shop, read_shop
from bot.shop.slots import fill

ROOT = Path(__file__).parents[3]
KEPT = json.loads((ROOT / "tests" / "kept" / "fd0808f" / "texts.json").read_text(encoding="utf-8"))
PASSAGE = Passage("slug", "Returns", "How long", "You have 30 days.")
# The least that a profile may have, and more.
BARE = 'name = "Fern & Frond"\n[contacts]\npage = "https://fernfrond.example/contact"\n'
FULL = """
name = "Fern & Frond"
about = "a houseplant nursery"
[assistant]
name = "Moss"
farewell = "Keep growing!"
[contacts]
telephone = "+49 30 5550 142"
email = "hi@fernfrond.example"
"""


@pytest.fixture
def shops(tmp_path: Path) -> list[Shop]:
    for name, text in (("bare", BARE), ("full", FULL)):
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
    return [read_shop(tmp_path / "bare.toml"), read_shop(tmp_path / "full.toml")]


def said(prompt: PromptConfig) -> dict[str, Any]:
    return {
        "template": {"opening": prompt.template.opening, "closing": prompt.template.closing},
        "system": prompt.system_text(),
        "question": prompt.with_passages(user_says("How long?"), [PASSAGE]).turns[0].text,
        "handoff": prompt.handoff.text,
        "clarify": prompt.clarify.text,
        "replies": {reply.name: reply.text for reply in prompt.replies},
    }


@pytest.mark.parametrize("kept", ["prompted", "support"])
def test_every_text_of_the_prompt_is_what_it_was(settings: Settings, kept: str) -> None:
    files = {
        "prompted": settings.data / "releases" / "prompted" / "prompt.toml",
        "support": settings.data / "prompts" / "support.toml",
    }
    texts = said(read_prompt(files[kept], read_shop(settings.shop_dir)))
    # Passages went from the system text into the customer's last turn.
    del texts["question"], KEPT[kept]["system with a passage"]
    # Acts that the first product did not know have replies of their own.
    texts["replies"] = {name: texts["replies"][name] for name in KEPT[kept]["replies"]}
    assert texts == KEPT[kept]


@pytest.mark.parametrize("backend", ["finetuned", "prompt-tuned"])
def test_the_system_text_of_a_learned_artefact_is_what_it_was_trained_under(
    settings: Settings, backend: str
) -> None:
    manifest = json.loads((settings.data / "releases" / backend / "artefact.json").read_text(encoding="utf-8"))
    system = fill(manifest["recipe"]["system"], read_shop(settings.shop_dir).slots)
    assert system == KEPT[backend]["system"]
    assert "Juniper" not in manifest["recipe"]["system"]


@pytest.mark.parametrize("file", ["prompts/support.toml", "releases/prompted/prompt.toml"])
def test_another_shop_says_its_own_name_and_leaves_no_hole(
    settings: Settings, shops: list[Shop], file: str
) -> None:
    for shop in shops:
        prompt = read_prompt(settings.data / file, shop)
        more = [text for reply in prompt.replies for one in (reply, *reply.after.values()) for text in one.again]
        more += [one.text for reply in prompt.replies for one in reply.after.values()]
        more += [prompt.acts.handover, *(reply.numbered or "" for reply in prompt.replies)]
        more += [one.text for one in prompt.languages]
        texts = json.dumps([said(prompt), more], ensure_ascii=False)
        assert shop.name in texts and all(contact in texts for contact in shop.contacts.known)
        assert not re.search(r"Juniper|trail|303|None|\{\{|  | [.,]|, ,| at [,.]", texts)


def test_what_a_profile_leaves_out_is_not_missed(settings: Settings, shops: list[Shop]) -> None:
    bare, full = (said(read_prompt(settings.data / "prompts" / "support.toml", shop)) for shop in shops)
    assert bare["replies"]["thanks"] == "You're welcome."
    assert full["replies"]["thanks"] == "You're welcome. Keep growing!"
    assert full["replies"]["identity"].startswith("I'm Moss, the automated assistant of Fern & Frond, a computer")
    assert bare["replies"]["human"].endswith("You can reach a person at https://fernfrond.example/contact.")
    assert bare["system"].startswith("You are the support assistant of Fern & Frond.\n")


def test_an_unknown_slot_of_a_prompt_is_named(settings: Settings, shops: list[Shop], tmp_path: Path) -> None:
    text = (settings.data / "prompts" / "support.toml").read_text(encoding="utf-8")
    file = tmp_path / "prompt.toml"
    for right, wrong, key in (
        ("{{ shop.contacts.ways }}", "{{ shop.contact }}", r"decide\.ask_text: there is no slot 'contact'"),
        ("{{ passage.title }}", "{{ passage.titel }}", r"template\.user: .*titel"),
    ):
        file.write_text(text.replace(right, wrong, 1), encoding="utf-8")
        with pytest.raises(ArtefactInvalid, match=key):
            read_prompt(file, shops[0])
