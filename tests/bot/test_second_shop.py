"""An invented nursery, served with the shipped artefacts: no word of the shop they were trained for is said."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
import pytest

from bot.assembly import Assembled, assemble
from bot.backends import BACKENDS
from bot.dialogue import user_says
from bot.prompting.template import read_prompt
from bot.releases.registry import Registry
from bot.retrieval.articles import Passage
from bot.settings import Settings, load_settings
from bot.shop.profile import read_shop
from bot.shop.slots import fill

if TYPE_CHECKING:
    from tests.bot.conftest import StartServer

ROOT = Path(__file__).parents[2]
NURSERY = Path(__file__).parent / "shops" / "fern-and-frond"
CONVERSATIONS: list[list[str]] = json.loads((NURSERY.parent / "questions.json").read_text(encoding="utf-8"))
# The other shop's name, words, domain, contacts, towns and farewell; and how its texts give the time.
OTHER = read_shop(ROOT / "data")
FOREIGN = [
    *OTHER.own_words, *OTHER.contacts.known, "555", "911", "Boulder", "Asheville", "Larkspur", "Enjoy the trail",
    "Mountain time", "outdoor gear",
]  # fmt: skip


def foreign(text: str) -> list[str]:
    return [word for word in FOREIGN if re.search(rf"(?<![\w]){re.escape(word)}(?![\w])", text, re.IGNORECASE)]


def _texts(value: object) -> list[str]:
    """All texts of frames; a count of tokens may well be 911."""
    if isinstance(value, dict):
        return [text for one in value.values() for text in _texts(one)]
    if isinstance(value, list):
        return [text for one in value for text in _texts(one)]
    return [value] if isinstance(value, str) else []


@pytest.fixture(scope="module")
def nursery_settings() -> Settings:
    # Short replies: what is looked for is who speaks, not how long.
    return load_settings({}, home=ROOT / "var", shop=NURSERY, max_new_tokens=16)


@pytest.fixture(scope="module")
def nursery(nursery_settings: Settings) -> Iterator[Assembled]:
    assembled = assemble(nursery_settings)
    yield assembled
    assembled.engine.close()


@pytest.mark.parametrize("backend", BACKENDS)
async def test_thirty_questions_are_answered_without_a_word_of_another_shop(
    start_server: "StartServer", nursery: Assembled, backend: str
) -> None:
    server = start_server(*nursery.backends.values(), engine=nursery.engine, shop=NURSERY)
    said: list[str] = []
    for questions in CONVERSATIONS:
        async with server.chat() as chat:
            await chat.hello(backend=backend)
            said += [(await chat.ask(question, f"m{place}"))["text"] for place, question in enumerate(questions)]
            assert foreign(" ".join(_texts(chat.seen))) == [], (questions, said[-len(questions) :])
    assert len(said) == 30 and all(said)
    everything = " ".join(said)
    for own in ("Moss, the automated assistant of Fern & Frond", "welcome to Fern & Frond", "0117 496 0386", "999",
                "hello@fernfrond.example", "Keep growing!", "Tuesday to Saturday from 9:30 to 17:00"):  # fmt: skip
        assert own in everything
    # It answers from its own articles.
    for fact in ("every 3 weeks", "£6.95", "3 cm wider"):
        assert fact in everything


async def test_what_a_browser_gets_names_the_nursery_alone(
    start_server: "StartServer", nursery: Assembled
) -> None:
    # The pages as they are built from.
    server = start_server(*nursery.backends.values(), shop=NURSERY, widget=ROOT / "frontend")
    async with httpx2.AsyncClient(base_url=f"http://{server.address}") as http:
        facts = (await http.get("/shop.json")).json()
        page = (await http.get("/")).text
        scripts = re.findall(r'(?:src|href)="(/src/[^"]+)"', page)
        texts = [json.dumps(facts), page, *[(await http.get(script)).text for script in scripts]]
        assert (await http.get("/juniper-trail.html")).status_code == 404
    assert (facts["name"], facts["heading"]) == ("Fern & Frond", "Moss")
    assert facts["greeting"] == "Hello from the greenhouse of Fern & Frond!"
    assert len(scripts) == 2
    assert [foreign(text) for text in texts] == [[]] * 4


def test_every_prompt_of_the_nursery_names_it_alone(nursery_settings: Settings) -> None:
    shop = read_shop(NURSERY)
    prompts: dict[str, str] = {}
    places = Registry(nursery_settings).places()
    for backend in BACKENDS:
        folder = places[backend].folder
        if backend == "prompted":
            prompt = read_prompt(folder / "prompt.toml", shop)
            asked = prompt.with_passages(user_says("How?"), [Passage("slug", "title", "heading", "text")])
            texts = [prompt.system_text(), asked.turns[-1].text]
            prompts[backend] = " ".join([*texts, prompt.model_dump_json(exclude={"template": {"system", "user"}})])
        else:
            manifest = json.loads((folder / "artefact.json").read_text(encoding="utf-8"))
            prompts[backend] = fill(manifest["recipe"]["system"], shop.slots)
    for text in prompts.values():
        assert "Fern & Frond, a houseplant nursery." in text
        assert foreign(text) == []
