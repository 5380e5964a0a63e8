"""Tests that what was trained for one shop does not name it where another is served."""

import json
from pathlib import Path

import pytest

from bot.answering.checked import CheckedSpeech
from bot.answering.protocol import Sentence
from bot.answering.speech import Speaker, Speech
from bot.dialogue import user_says
from bot.engine.protocol import Sampling
from bot.engine.scripted import ScriptedEngine
from bot.prompting.constraints import foreign_words
from bot.prompting.template import PromptConfig, read_prompt
from bot.retrieval.context import retrieve
from bot.retrieval.retriever import Knowledge
from bot.settings import Settings
from bot.shop.profile import read_shop

ROOT = Path(__file__).parents[3]
NURSERY = ROOT / "tests" / "bot" / "shops" / "fern-and-frond"


@pytest.fixture
def prompt(settings: Settings) -> PromptConfig:
    return read_prompt(settings.data / "releases" / "prompted" / "prompt.toml", read_shop(settings.shop_dir))


async def reply(
    engine: ScriptedEngine,
    question: str,
    knowledge: Knowledge,
    prompt: PromptConfig,
    speaker: Speaker,
    *,
    free: bool = False,
) -> str:
    speech = Speech(engine, max_prompt_tokens=1024, max_new_tokens=24, sampling=Sampling())
    checked = CheckedSpeech(speech, knowledge.embedder, prompt, free=free)
    dialogue = user_says(question)
    context = retrieve(knowledge, dialogue, prompt.retrieval, passages=3, nearest=4)
    pieces = [piece async for piece in checked.sentences(engine, dialogue, context, speaker)]
    return " ".join(piece.text for piece in pieces if isinstance(piece, Sentence))


@pytest.mark.parametrize("free", [False, True])
@pytest.mark.parametrize("question", ["How long do I have to return a tent?", "Who won the world cup in 2014?"])
async def test_a_sentence_with_the_name_of_the_shop_it_was_trained_for_is_not_said(
    knowledge: Knowledge, prompt: PromptConfig, question: str, free: bool
) -> None:
    engine = ScriptedEngine("Welcome to Fern & Frond!")
    words = ("Fern & Frond", "Leaf Club")
    assert "Fern & Frond" in await reply(engine, question, knowledge, prompt, Speaker("Hi."), free=free)
    without = await reply(engine, question, knowledge, prompt, Speaker("Hi.", foreign_words=words), free=free)
    assert without and "Fern & Frond" not in without


@pytest.mark.parametrize("written", ["", "This sentence was cut off at the longest reply that"])
async def test_who_writes_no_whole_sentence_hands_over_and_is_not_silent(
    knowledge: Knowledge, prompt: PromptConfig, written: str
) -> None:
    engine = ScriptedEngine(written, "length")
    said = await reply(engine, "Who won the world cup in 2014?", knowledge, prompt, Speaker("Hi."))
    assert said == prompt.handoff.text


def test_only_whole_words_that_the_articles_do_not_say_are_foreign() -> None:
    words = ("Juniper Trail", "Juniper", "junipertrail.example")
    assert foreign_words("JUNIPER trail bags last.", words, []) == {"Juniper Trail", "Juniper"}
    assert foreign_words("See junipertrail.example/track.", words, []) == {"junipertrail.example"}
    assert foreign_words("The junipers need sun.", words, []) == set()
    held = ["Our dwarf juniper wants sun."]
    assert foreign_words("A juniper wants sun.", words, held) == set()
    assert foreign_words("Juniper Trail wants sun.", words, held) == {"Juniper Trail"}


def test_the_shipped_artefacts_say_for_which_shop_they_were_trained(settings: Settings) -> None:
    shipped, nursery = read_shop(settings.shop_dir), read_shop(NURSERY)
    for backend in ("finetuned", "prompt-tuned", "prompted"):
        manifest = json.loads((settings.data / "releases" / backend / "artefact.json").read_text(encoding="utf-8"))
        words = manifest["shop"]["own_words"]
        assert tuple(words) == shipped.own_words
        assert shipped.foreign(words) == ()
        assert nursery.foreign(words) == shipped.own_words
