"""Tests of what is missing: asked for once, then answered with or handed over."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.answer import Delta, Finished
from bot.answering.acts import Acts
from bot.answering.pipeline import Pipeline, Steps, told_apart
from bot.answering.prompted import Prompted
from bot.answering.speech import Speech
from bot.dialogue import Dialogue, Turn
from bot.engine.protocol import Sampling
from bot.engine.scripted import ScriptedEngine
from bot.models.embedder import Embedder
from bot.prompting.deciding import Calibration
from bot.prompting.template import PromptConfig, read_prompt
from bot.retrieval.help_centre import HelpCentre
from bot.settings import Settings
from bot.shop.profile import Contacts, Lookup, Orders, Shop

if TYPE_CHECKING:
    from tests.bot.answering.conftest import Program

PLANS = """---
title: Watering plans
---

| Plan | Monthly fee |
|---|---|
| Willow | £4 |
| Rowan | £9 |
| Great oak | £15 |
"""
POTS = "---\ntitle: Repotting\n---\n\nA monstera is repotted every second spring.\n"
SHOP = Shop(
    name="Fern & Frond",
    contacts=Contacts(email="hello@fernfrond.example"),
    orders=Orders(pattern=r"FF-\d{5}", example="FF-20417"),
)

Open = Callable[..., "Desk"]


class Desk:
    """One conversation with the bot; what it says is remembered as the store does."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline, self.dialogue = pipeline, Dialogue((), "c-1")

    async def say(self, text: str) -> tuple[str, Finished]:
        self.dialogue = self.dialogue.said(Turn("user", text))
        said, end = "", Finished("error")
        async for piece in self._pipeline.answer(self.dialogue):
            if isinstance(piece, Delta):
                said += piece.text
            else:
                end = piece
        articles = tuple(dict.fromkeys(source.article for source in end.sources))
        turn = Turn("assistant", said, articles, decision=end.decision, choices=end.choices, act=end.act)
        self.dialogue = self.dialogue.said(turn)
        return said, end


@pytest.fixture
def open_desk(settings: Settings, embedder: Embedder, tmp_path: Path) -> Open:
    """A desk of the nursery: `program` says how orders stand, `articles` are its help centre."""

    def opened(
        program: "Program | None" = None,
        articles: tuple[str, ...] = (PLANS,),
        **decide: float | Calibration | None,
    ) -> Desk:
        shop = SHOP
        if program:
            shop = shop.model_copy(update={"lookup": Lookup(url=program.url)})
        folder = tmp_path / "knowledge"
        folder.mkdir(exist_ok=True)
        for number, article in enumerate(articles):
            (folder / f"article-{number}.md").write_text(article, encoding="utf-8")
        prompt = read_prompt(settings.data / "prompts" / "support.toml", shop)
        prompt = bounded(prompt, **decide)
        speech = Speech(ScriptedEngine("Well."), max_prompt_tokens=512, max_new_tokens=16, sampling=Sampling())
        steps = Steps(
            Acts(prompt, embedder, shop, settings.home),
            HelpCentre(folder, embedder, tmp_path / "home"),
            prompt,
            speech,
            hook=program.hook() if program else None,
        )
        return Desk(Pipeline("prompted", "a" * 64, "b" * 64, steps, Prompted(speech, embedder, prompt)))

    return opened


def bounded(prompt: PromptConfig, **bounds: float | Calibration | None) -> PromptConfig:
    """With other numbers of the decision without a re-ranker."""
    assert prompt.decide
    decide = prompt.decide.model_copy(update={"stock": prompt.decide.stock.model_copy(update=bounds)})
    return prompt.model_copy(update={"decide": decide})


async def test_how_an_order_stands_is_asked_of_the_shops_program(open_desk: Open, program: "Program") -> None:
    desk = open_desk(program)
    said, end = await desk.say("where is my order")
    assert said == "What is your order number (it looks like FF-20417)? Then I'll look it up."
    assert end.decision == "ask"
    said, end = await desk.say("it's ff-20417")
    assert said == "It was sent on 3 March. It should be with you by 6 March."
    assert (end.decision, end.finish_reason, end.act) == ("answer", "stop", "order-status")
    assert [(source.article, source.title) for source in end.sources] == [("lookup", "Order FF-20417")]
    assert b'"FF-20417"' in program.asked[0][2] and b'"c-1"' in program.asked[0][2]
    # The number is known from now on.
    _, end = await desk.say("and where is my order now?")
    assert (end.decision, len(program.asked)) == ("answer", 2)


async def test_a_program_that_fails_leads_to_a_person_who_needs_the_number(
    open_desk: Open, program: "Program", caplog: pytest.LogCaptureFixture
) -> None:
    program.status = 500
    said, end = await open_desk(program).say("where is my order FF-20417?")
    assert (end.decision, end.finish_reason, end.sources) == ("handoff", "handoff", ())
    assert "FF-20417" in said and "hello@fernfrond.example" in said
    assert "status 500" in caplog.text and "FF-20417" not in caplog.text


async def test_an_unknown_number_can_be_put_right_a_few_times(open_desk: Open, program: "Program") -> None:
    program.body = b'{"found": false}'
    desk = open_desk(program)
    for number in ("FF-20417", "FF-20418", "FF-20419"):
        said, end = await desk.say(number)
        assert f"anything under {number}" in said and end.decision == "handoff"
    said, end = await desk.say("FF-20420")
    assert (end.decision, len(program.asked)) == ("handoff", 3) and "FF-20420" in said


async def test_without_a_program_the_number_goes_into_the_handover(open_desk: Open) -> None:
    said, end = await open_desk().say("where is my order FF-20417?")
    assert end.decision == "handoff"
    assert said.endswith("by e-mail at hello@fernfrond.example. Please have your order number at hand: FF-20417.")


async def test_which_one_it_is_is_asked_and_then_answered(open_desk: Open) -> None:
    desk = open_desk()
    said, end = await desk.say("what's the monthly fee")
    assert (said, end.decision) == ("Which one is it: Willow, Rowan or Great oak?", "ask")
    assert [choice.label for choice in end.choices] == ["Willow", "Rowan", "Great oak"]
    said, end = await desk.say("the second one")
    assert end.decision == "answer"
    assert "£9" in said and "£4" not in said and "£15" not in said


async def test_what_is_named_is_answered_at_once_and_alone(open_desk: Open) -> None:
    said, end = await open_desk().say("what's the monthly fee of great oak")
    assert end.decision == "answer" and "£15" in said and "£4" not in said and "£9" not in said


async def test_a_handover_says_what_was_understood_where_that_is_near(open_desk: Open) -> None:
    undecided = {"answer": 1.0, "offer": 1.0, "decline": 1.0}
    desk = open_desk(articles=(PLANS, POTS), **undecided)
    said, end = await desk.say("when is a monstera repotted, I have FF-20417")
    assert end.decision == "handoff"
    assert said.endswith(
        " As far as I understand, it is about “Repotting”. Please have your order number at hand: FF-20417."
    )
    said, _ = await open_desk(articles=(PLANS, POTS), **undecided).say("do you stock chairs for offices")
    assert "As far as" not in said and "number" not in said


@pytest.mark.parametrize(("bound", "decision", "act"), [(0.0, "answer", None), (1.0, "handoff", "own-case")])
async def test_what_may_be_ones_own_case_is_answered_first_where_an_article_does(
    open_desk: Open, bound: float, decision: str, act: str | None
) -> None:
    desk = open_desk(articles=(PLANS, POTS), answer=bound, offer=0.0, decline=1.0)
    said, end = await desk.say("you sent my monstera back without having it repotted, I paid for that")
    assert (end.decision, end.act) == (decision, act)
    assert ("every second spring" in said) == (decision == "answer")
    if act:
        assert "your own case" in said and said.endswith(" As far as I understand, it is about “Repotting”.")


async def test_who_wants_a_person_is_told_what_it_was_about(open_desk: Open) -> None:
    desk = open_desk(articles=(POTS,))
    _, end = await desk.say("when is a monstera repotted")
    assert end.decision == "answer"
    said, _ = await desk.say("I want to talk to a human")
    assert said.endswith(" As far as I understand, it is about “Repotting”.")
    said, _ = await open_desk(articles=(POTS,)).say("I want to talk to a human")
    assert "As far as" not in said


MONSTERA = "what do scientists say about talking to a monstera"


async def test_how_near_a_message_is_to_an_act_weighs_in_the_decision(open_desk: Open) -> None:
    near = Calibration(bias=30.0, weights={"off_topic": 100.0})
    desk = open_desk(articles=(PLANS, POTS), answer=1.0, offer=1.0, decline=0.5, foreign=near, beyond=None)
    _, end = await desk.say("whats the weather in boulder tomorrow")
    assert (end.decision, end.act) == ("decline", None)
    _, end = await desk.say("what does a plan cost a month")
    assert end.decision == "handoff"


@pytest.mark.parametrize(("offer", "decision", "act"), [(0.0, "offer", None), (1.0, "decline", "off-topic")])
async def test_what_may_be_nobodys_business_is_declined_only_where_nothing_is_offered(
    open_desk: Open, offer: float, decision: str, act: str | None
) -> None:
    desk = open_desk(articles=(PLANS, POTS), answer=1.0, offer=offer, decline=1.0)
    _, end = await desk.say(MONSTERA)
    assert (end.decision, end.act) == (decision, act)


async def test_an_offer_that_was_refused_is_not_what_a_handover_is_about(open_desk: Open) -> None:
    desk = open_desk(articles=(PLANS, POTS), answer=1.0, offer=0.0, decline=1.0)
    _, end = await desk.say("when is a monstera repotted")
    assert end.decision == "offer"
    _, end = await desk.say("how is a monstera repotted in spring?")
    said, end = await desk.say("how do I get a monstera repotted?")
    assert end.decision == "handoff" and "As far as" not in said


def test_things_with_commas_in_their_names_are_told_apart() -> None:
    assert told_apart(["Willow", "Rowan"]) == ["Willow", "Rowan"]
    assert told_apart(["Private, paper", "NHS"]) == ["\u201cPrivate, paper\u201d", "\u201cNHS\u201d"]
