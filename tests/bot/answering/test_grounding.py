"""Tests of the check of free sentences, on the real help centre."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.answering.grounding import Grounding
from bot.dialogue import Dialogue, user_says
from bot.engine.local.engine import LocalEngine
from bot.engine.local.render import Renderer
from bot.engine.local.runner import Decoder
from bot.models.base import LoadedBase
from bot.prompting.template import read_prompt
from bot.retrieval.retriever import Knowledge
from bot.schemas import read_cases
from bot.settings import Settings

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def grounding(
    settings: Settings, base: LoadedBase, renderer: Renderer, knowledge: Knowledge
) -> Iterator[Grounding]:
    engine = LocalEngine(Decoder(base), renderer.decode, max_queued=2)
    prompt = read_prompt(settings.data / "prompts" / "support.toml")
    yield Grounding(knowledge, prompt, engine, renderer, 1024)
    engine.close()


@pytest.mark.parametrize(
    ("sentence", "allowed"),
    [
        ("You have 30 days from delivery to return a tent.", True),
        ("You have thirty days from delivery to return your tent.", True),
        ("You have 90 days from delivery to return a tent.", False),
        ("You have 30 business days from delivery to return a tent.", False),
        ("It costs 12 dollars.", False),
        ("No, you can't.", False),
        ("You do not have 30 days from delivery to return a tent.", False),
        ("Our founder will personally fly over and fetch everything for free tomorrow morning.", False),
        ("I'm sorry to hear that.", True),
        ("```python def sort_list(lst):", False),
    ],
)
async def test_a_free_sentence_is_said_only_if_the_passages_hold_it(
    grounding: Grounding, sentence: str, allowed: bool
) -> None:
    dialogue = user_says("How long do I have to return a tent?")
    verdict = await grounding.judge(sentence, await grounding.context(dialogue), dialogue)
    assert verdict.allowed is allowed


async def test_a_question_comes_after_the_answer_and_never_asks_for_a_secret(grounding: Grounding) -> None:
    known, unknown = user_says("How long do I have to return a tent?"), user_says("ok so like what now")
    number, secret = "Could you tell me your order number?", "Can you please tell me your password?"

    async def allowed(sentence: str, dialogue: Dialogue, answered: bool) -> bool:
        context = await grounding.context(dialogue)
        return (await grounding.judge(sentence, context, dialogue, answered=answered)).allowed

    assert await allowed(number, known, answered=True)
    assert not await allowed(number, known, answered=False)
    assert await allowed(number, unknown, answered=False)
    assert not await allowed(secret, known, answered=True)
    assert not await allowed(secret, unknown, answered=False)


async def test_a_figure_of_the_customers_holds_no_claim(grounding: Grounding) -> None:
    dialogue = user_says("I have 365 days to return a tent, right? My order is JT1234567.")
    context = await grounding.context(dialogue)
    claim = await grounding.judge("You have 365 days from delivery to return a tent.", context, dialogue)
    echo = await grounding.judge("Thanks for the number JT1234567.", context, dialogue)
    assert (claim.allowed, echo.allowed) == (False, True)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("hello!!", "greeting"),
        ("great, thanks for the help", "thanks"),
        ("ok thank you, bye", "thanks"),
        ("are you a human?", "identity"),
        ("let me speak to a person", "human"),
        ("I hurt myself badly with your stove, there is a fire", "emergency"),
        ("?", "clarify"),
    ],
)
async def test_what_needs_no_search_gets_its_fixed_reply(grounding: Grounding, text: str, name: str) -> None:
    reply = await grounding.fixed_reply(user_says("Is the label free?", text))
    assert reply is not None and reply.name == name


async def test_no_question_of_dev_gets_a_fixed_reply(grounding: Grounding) -> None:
    for case in read_cases([ROOT / "data" / "cases" / "dev.jsonl"]):
        if case.kind in ("fact", "follow-up"):
            assert await grounding.fixed_reply(case.dialogue) is None, case.id
