"""Tests of the check of free sentences, on the real help centre."""

import pytest

from bot.answering.judging import Judge
from bot.dialogue import Dialogue, user_says
from bot.prompting.template import PromptConfig, read_prompt
from bot.retrieval.context import Context, retrieve
from bot.retrieval.retriever import Knowledge
from bot.settings import Settings
from bot.shop.profile import read_shop


@pytest.fixture(scope="module")
def prompt(settings: Settings) -> PromptConfig:
    return read_prompt(settings.data / "prompts" / "support.toml", read_shop(settings.shop_dir))


@pytest.fixture(scope="module")
def judge(prompt: PromptConfig) -> Judge:
    return Judge(prompt.constraints)


def context_of(dialogue: Dialogue, prompt: PromptConfig, knowledge: Knowledge) -> Context:
    return retrieve(
        knowledge,
        dialogue,
        prompt.retrieval,
        passages=prompt.context.passages,
        nearest=prompt.constraints.nearest,
    )


@pytest.mark.parametrize(
    ("sentence", "allowed"),
    [
        ("You have 30 days from delivery to return a tent.", True),
        ("You have thirty days from delivery to return your tent.", True),
        ("You have 90 days from delivery to return a tent.", False),
        ("You have 30 business days from delivery to return a tent.", False),
        ("You've got 30 days from delivery to return your tent.", True),
        ("You have at least 30 days from delivery to return a tent.", False),
        ("You have 30 days before delivery to return a tent.", False),
        ("Guests have 30 days from delivery to return a tent to our store in Oslo.", False),
        ("It costs 12 dollars.", False),
        ("No, you can't.", False),
        ("You do not have 30 days from delivery to return a tent.", False),
        ("Our founder will personally fly over and fetch everything for free tomorrow morning.", False),
        ("I'm sorry to hear that.", True),
        ("```python def sort_list(lst):", False),
    ],
)
async def test_a_free_sentence_is_said_only_if_the_passages_hold_it(
    judge: Judge, prompt: PromptConfig, knowledge: Knowledge, sentence: str, allowed: bool
) -> None:
    dialogue = user_says("How long do I have to return a tent?")
    judgement = await judge.judge(sentence, context_of(dialogue, prompt, knowledge), dialogue)
    assert judgement.allowed is allowed


async def test_a_question_comes_after_the_answer_and_never_asks_for_a_secret(
    judge: Judge, prompt: PromptConfig, knowledge: Knowledge
) -> None:
    known, unknown = user_says("How long do I have to return a tent?"), user_says("ok so like what now")
    number, secret = "Could you tell me your order number?", "Can you please tell me your password?"

    async def allowed(sentence: str, dialogue: Dialogue, answered: bool) -> bool:
        context = context_of(dialogue, prompt, knowledge)
        return (await judge.judge(sentence, context, dialogue, answered=answered)).allowed

    assert await allowed(number, known, answered=True)
    assert not await allowed(number, known, answered=False)
    assert await allowed(number, unknown, answered=False)
    assert not await allowed(secret, known, answered=True)
    assert not await allowed(secret, unknown, answered=False)


async def test_a_figure_of_the_customers_holds_no_claim(
    judge: Judge, prompt: PromptConfig, knowledge: Knowledge
) -> None:
    dialogue = user_says("I have 365 days to return a tent, right? My order is JT1234567.")
    context = context_of(dialogue, prompt, knowledge)
    claim = await judge.judge("You have 365 days from delivery to return a tent.", context, dialogue)
    echo = await judge.judge("Thanks for the number JT1234567.", context, dialogue)
    assert (claim.allowed, echo.allowed) == (False, True)


async def test_what_was_not_supported_is_told(judge: Judge, prompt: PromptConfig, knowledge: Knowledge) -> None:
    dialogue = user_says("How long do I have to return a tent?")
    context = context_of(dialogue, prompt, knowledge)
    judgement = await judge.judge("You have 90 days from delivery to return a tent.", context, dialogue)
    assert [(found.kind, found.text) for found in judgement.unsupported] == [("figure", "90 days")]


async def test_a_whole_clause_of_a_passage_may_be_said(
    judge: Judge, prompt: PromptConfig, knowledge: Knowledge
) -> None:
    dialogue = user_says("How long do I have to return a tent?")
    context = context_of(dialogue, prompt, knowledge)
    for passage in context.passages:
        for sentence in passage.sentences:
            assert (await judge.judge(sentence, context, dialogue)).allowed
