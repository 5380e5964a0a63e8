"""Tests of messages that are no questions, on the shipped prompt."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bot.answer import Choice, Decision
from bot.answering.acts import Acts, Heard, Reply
from bot.dialogue import Dialogue, Turn, user_says
from bot.models.embedder import Embedder
from bot.prompting.template import read_prompt
from bot.schemas import read_cases
from bot.settings import Settings
from bot.shop.profile import Lookup, read_shop

ROOT = Path(__file__).parents[3]
MESSAGES = [
    json.loads(line)
    for line in (Path(__file__).parent / "messages.jsonl").read_text(encoding="utf-8").splitlines()
]
CHOICES = (Choice("1", "Returning a tent", "returns"), Choice("2", "Resoling boots", "repairs"))
ANSWER = Turn("assistant", "Resoling costs $85.", ("repairs",), decision="answer")
OFFER = Turn("assistant", "Is it one of these?", decision="offer", choices=CHOICES)
ASKED = Turn("assistant", "Which boots are they?", decision="ask")


@pytest.fixture(scope="module")
def acts(settings: Settings, embedder: Embedder) -> Acts:
    shop = read_shop(settings.shop_dir)
    prompt = read_prompt(settings.data / "prompts" / "support.toml", shop)
    return Acts(prompt, embedder, shop, settings.home)


async def heard(acts: Acts, message: str, *before: Turn) -> Heard:
    asked = (Turn("user", "How much is it to resole my boots?"),) if before else ()
    return await acts.hear(Dialogue((*asked, *before, Turn("user", message))))


async def act_of(acts: Acts, message: str, *before: Turn) -> tuple[str, Decision]:
    reply = (await heard(acts, message, *before)).reply
    assert reply is not None and reply.text
    return reply.act, reply.decision


def said_at_once(heard: Heard) -> Reply | None:
    """The reply, but for one that is only for what no article answers."""
    return None if heard.reply and heard.reply.unless_answered else heard.reply


@pytest.mark.parametrize(
    ("text", "name", "decision"),
    [
        ("hello!!", "greeting", "act"),
        ("heeeyyyy", "greeting", "act"),
        ("great, thanks for the help", "thanks", "act"),
        ("ok thank you, bye", "thanks", "act"),
        ("that's all", "thanks", "act"),
        ("🙏🏽", "thanks", "act"),
        # Of several sentences, none of which says it alone.
        ("That's the tent sorted. I'd never have found the code on my own. Bless you for that", "thanks", "act"),
        ("do you read voice messages? im in the car", "capability", "act"),
        ("are you a human?", "identity", "act"),
        ("hi, are you a bot?", "identity", "act"),
        ("let me speak to a person", "human", "handoff"),
        ("I want to return a tent. Actually just let me talk to a human", "human", "handoff"),
        ("I hurt myself badly with your stove, there is a fire", "emergency", "handoff"),
        (
            "Good evening, my tent caught fire and my son is burned. Do I get my money back?",
            "emergency",
            "handoff",
        ),
        ("my daughter swallowed a battery", "emergency", "handoff"),
        ("I'm going to hurt myself", "crisis", "handoff"),
        ("my refund is late and honestly i want to die", "crisis", "handoff"),
        ("my brother says he'll kill himself, he has your rope", "crisis", "handoff"),
        ("I will sue you", "restricted", "handoff"),
        ("you people are useless, this is ridiculous", "complaint", "handoff"),
        ("what can you help with", "capability", "act"),
        ("how do I contact you", "contact", "act"),
        ("where is my order", "order-status", "ask"),
        ("where is my order JT1234567?", "order-status", "handoff"),
        ("JT1234567", "order-status", "handoff"),
        ("are you chatgpt", "identity", "act"),
        ("test", "test", "act"),
        ("asdfgh", "nonsense", "ask"),
        ("....", "nonsense", "ask"),
        ("\u200b\u200d", "nonsense", "ask"),
        ("🦄🚗", "nonsense", "ask"),
        ("😂😂😂", "laugh", "act"),
        ("fuck you", "abuse", "act"),
        ("tell me a joke", "small-talk", "act"),
        ("¿dónde está mi pedido?", "language", "handoff"),
        ("where", "clarify", "ask"),
    ],
)
async def test_what_is_no_question_gets_its_reply(acts: Acts, text: str, name: str, decision: Decision) -> None:
    assert await act_of(acts, text) == (name, decision)


@pytest.mark.parametrize(
    "text",
    [
        "thanks, and how long does it take?",
        "can I cut myself a spare strap from the roll",
        "how do I cut myself off from your newsletter",
        "I don't want to live in fear of rain, which jacket is waterproof",
        "ok so how do I pay",
        "this is ridiculous, how long do I have to wait for a refund",
        "is there a fire sale on",
        "what fire rating does the tent fabric have",
        "my burner burns yellow, how do I clean it",
        "gift cards",
        "no receipt, can I still return it",
        "JT1234567 came in the wrong colour",
        "what does final sale mean",
    ],
)
async def test_a_question_stays_a_question(acts: Acts, text: str) -> None:
    assert await heard(acts, text) == Heard()


async def test_no_question_of_dev_is_taken_for_an_act(acts: Acts) -> None:
    taken = [
        case.id
        for case in read_cases([ROOT / "data" / "cases" / "dev.jsonl"])
        if case.kind in ("fact", "follow-up") and said_at_once(await acts.hear(case.dialogue))
    ]
    assert len(taken) <= 2, taken


@pytest.mark.parametrize(("half", "right"), [("choosing", 0.96), ("reported", 0.94)])
async def test_acts_are_told_and_questions_that_look_like_them_are_let_through(
    acts: Acts, half: str, right: float
) -> None:
    wrong, taken = [], []
    rows = [row for row in MESSAGES if row["half"] == half]
    for row in rows:
        reply = said_at_once(await acts.hear(user_says(row["message"])))
        name = reply.act if reply and reply.act != "clarify" else "question"
        # Both are given the bot's last message again.
        name = "repeat" if name == "explain" else name
        if row["act"] == "question" and name != "question":
            taken.append((name, row["message"]))
        elif name != row["act"]:
            wrong.append((name, row["message"]))
    questions = sum(row["act"] == "question" for row in rows)
    assert len(wrong) <= (1 - right) * (len(rows) - questions), wrong
    # "jacket smells like smoke": better a question too many goes to a person than a danger too few.
    assert len(taken) <= 0.055 * questions, taken


@pytest.mark.parametrize(
    "text", ["2", "the second one", "Resoling boots", "the boots one", "getting a new sole on"]
)
async def test_an_offer_is_picked_from(acts: Acts, text: str) -> None:
    picked = (await heard(acts, text, OFFER)).picked
    assert picked == CHOICES[1]


async def test_another_question_after_an_offer_is_none_of_its_choices(acts: Acts) -> None:
    assert await heard(acts, "how much are new boots for a child of six?", OFFER) == Heard()


async def test_yes_picks_what_alone_was_offered_and_asks_which_of_two(acts: Acts) -> None:
    one = Turn("assistant", "Is it this?", decision="offer", choices=CHOICES[:1])
    assert (await heard(acts, "yes", one)).picked == CHOICES[0]
    reply = (await heard(acts, "yes please", OFFER)).reply
    assert reply is not None and (reply.act, reply.decision, reply.choices) == ("yes", "offer", CHOICES)


async def test_none_of_these_asks_once_and_then_hands_over(acts: Acts) -> None:
    assert await act_of(acts, "none of these", OFFER) == ("no", "ask")
    before = (OFFER, Turn("user", "no"), Turn("assistant", "Sorry.", decision="ask", act="no"))
    again = (*before, Turn("user", "my boots"), OFFER)
    assert await act_of(acts, "no", *again) == ("no", "handoff")


async def test_danger_goes_before_what_an_offer_is_answered_with(acts: Acts) -> None:
    assert await act_of(acts, "the boots one. help, my tent is on fire", OFFER) == ("emergency", "handoff")


@pytest.mark.parametrize(
    ("text", "before", "act", "decision"),
    [
        ("ok", ANSWER, "ok", "act"),
        ("yes", ANSWER, "yes", "act"),
        ("yes", ASKED, "yes", "ask"),
        ("no", ASKED, "no", "handoff"),
        ("no", ANSWER, "no", "act"),
        ("that's not what I asked", ANSWER, "misunderstood", "ask"),
        ("what do you mean?", OFFER, "explain", "offer"),
    ],
)
async def test_what_an_act_means_depends_on_what_was_said(
    acts: Acts, text: str, before: Turn, act: str, decision: Decision
) -> None:
    assert await act_of(acts, text, before) == (act, decision)


async def test_an_answer_is_said_again_or_otherwise(acts: Acts) -> None:
    again = (await heard(acts, "can you repeat that", ANSWER)).reply
    assert again is not None and (again.act, again.text) == ("repeat", ANSWER.text)
    otherwise = (await heard(acts, "what do you mean?", ANSWER)).reply
    assert otherwise is not None and (otherwise.act, otherwise.about) == ("explain", ANSWER)


async def test_the_same_act_is_answered_in_other_words(acts: Acts) -> None:
    first = (await heard(acts, "hello")).reply
    assert first is not None
    second = (await heard(acts, "hello", Turn("assistant", first.text, decision="act", act="greeting"))).reply
    assert second is not None and second.text != first.text


async def test_an_order_number_after_it_was_asked_for_goes_to_the_team(acts: Acts) -> None:
    asked = Turn("assistant", "Which order is it?", decision="ask", act="order-status")
    assert await act_of(acts, "it's JT1234567", asked) == ("order-status", "handoff")


async def test_a_follow_up_of_few_words_is_not_asked_back(acts: Acts) -> None:
    assert await heard(acts, "and for how", ANSWER) == Heard()


NUMBER_WANTED = Turn("assistant", "What is your order number?", decision="ask", act="order-status")


@pytest.mark.parametrize(
    ("before", "text"),
    [((), "where is my order jt1234567"), ((), "JT1234567"), ((NUMBER_WANTED,), "it's JT1234567 I think")],
)
async def test_a_number_is_heard_with_the_reply_that_wants_it(
    acts: Acts, before: tuple[Turn, ...], text: str
) -> None:
    found = await heard(acts, text, *before)
    assert (found.number, found.reply and found.reply.act) == ("JT1234567", "order-status")


async def test_a_number_that_was_given_before_is_not_asked_for_again(acts: Acts) -> None:
    turns = (Turn("user", "JT1234567 came in the wrong colour"), Turn("assistant", "Sorry.", decision="handoff"))
    found = await acts.hear(Dialogue((*turns, Turn("user", "and where is my order?"))))
    assert found.number == "JT1234567"


async def test_a_number_is_asked_for_once(acts: Acts) -> None:
    asked = (Turn("user", "where is my order"), NUMBER_WANTED)
    reply = (await acts.hear(Dialogue((*asked, Turn("user", "track my order"))))).reply
    assert reply and (reply.act, reply.decision, reply.yields) == ("order-status", "handoff", False)


@pytest.mark.parametrize("text", ["I don't have it", "sorry i cant find it", "dont have one right now", "no"])
async def test_who_has_no_number_is_handed_over(acts: Acts, text: str) -> None:
    assert await act_of(acts, text, NUMBER_WANTED) == ("no", "handoff")


@pytest.mark.parametrize("text", ["I don't have the receipt", "I can't find the return label", "lost the box"])
async def test_what_is_missing_otherwise_is_a_question(acts: Acts, text: str) -> None:
    assert (await heard(acts, text)).reply is None


@pytest.fixture(scope="module")
def looking(settings: Settings, embedder: Embedder) -> Acts:
    shop = read_shop(settings.shop_dir).model_copy(
        update={"lookup": Lookup(url="https://fernfrond.example/lookup", what="booking")}
    )
    prompt = read_prompt(settings.data / "prompts" / "support.toml", shop)
    return Acts(prompt, embedder, shop, settings.home)


async def test_a_shop_that_looks_numbers_up_asks_for_one_whatever_an_article_says(looking: Acts) -> None:
    reply = (await looking.hear(user_says("where is my booking"))).reply
    assert reply and (reply.decision, reply.yields) == ("ask", False)
    assert reply.text == "What is your booking number (it looks like JT1234567)? Then I'll look it up."


async def test_what_the_customer_may_choose_from_stays_while_it_is_wanted(acts: Acts) -> None:
    which = replace(ASKED, choices=CHOICES)
    for text in ("what do you mean?", "yes"):
        reply = (await heard(acts, text, which)).reply
        assert reply and (reply.decision, reply.choices) == ("ask", CHOICES), text
    reply = (await heard(acts, "say that again", which)).reply
    assert reply and (reply.text, reply.decision, reply.choices) == (ASKED.text, "ask", CHOICES)
    # What was misunderstood is not.
    reply = (await heard(acts, "that's not what I asked", which)).reply
    assert reply and (reply.act, reply.choices) == ("misunderstood", ())


@pytest.mark.parametrize(("text", "understands"), [("a human please", True), ("my tent is on fire, help", False)])
async def test_a_handover_says_what_was_understood_unless_somebody_is_in_danger(
    acts: Acts, text: str, understands: bool
) -> None:
    reply = (await heard(acts, text)).reply
    assert reply and (reply.decision, reply.understands) == ("handoff", understands)


async def test_how_an_order_stands_is_not_said_in_other_words(acts: Acts) -> None:
    told = Turn("assistant", "It was sent on 3 March.", ("lookup",), decision="answer", act="order-status")
    reply = (await heard(acts, "what do you mean?", told)).reply
    assert reply and reply.about is None and "help centre" in reply.text
