"""Tests of what only somebody with the customer's account can settle, and of questions about the same things."""

import pytest

from bot.answering.acts import Acts, Reply
from bot.dialogue import user_says
from bot.models.embedder import Embedder
from bot.prompting.template import read_prompt
from bot.settings import Settings
from bot.shop.profile import read_shop

OWN_CASES = [
    "the same payment for my season pass left my account twice",
    "You debited the nursery fee two times in May. Please send one back.",
    "your accountant wrote that 70 euros would come back to me by the 10th, it's the 28th and there's nothing",
    "my refund for the broken blender was agreed a month ago and hasn't reached my bank",
    "every one of my air miles has gone since the update, give them back please",
    "I had 45 pounds on my travel card this morning and now it's empty without a single trip",
    "somebody changed the phone number in my account and it wasn't me",
    "there are two purchases on my bill that I never made",
    "my account's been suspended for no reason, please open it again",
    "I have two customer accounts by mistake, please merge them",
    "the name on my contract is wrong, it must read Sørensen, please correct it",
    "why did you reject my application for the credit card, no reason was given",
    "you refused my claim although I sent all the photos, who decided that",
    "I handed in the form for the grant five weeks ago and nobody has replied",
    "your engineer was booked for this morning and never came, where is he",
    "the man on the phone promised me the joining fee would be dropped and now it's on my bill",
    "your shop assistant shouted at my mother in front of the whole queue",
    "the removal men scratched my dining table yesterday, who pays for it",
    "my grandfather has died and you still send him invoices, please stop his contract",
    "I missed the cancellation date because I was in hospital, please make an exception",
    "we've lost our income, could you let us pay this bill in three parts",
    "my test result still isn't there after six weeks, what is holding it up",
    "please look up how much water we used in 2021, I need it for a court",
    "none of your emails reach me, I've checked everything on my side",
]
QUESTIONS = [
    "how long does a refund take to arrive",
    "what happens if I am charged twice by mistake",
    "can I cancel after 24 hours",
    "how do I change my address",
    "how do I merge two accounts",
    "when do my points expire",
    "how do I get my points for last week's order",
    "what do I do when my account is locked",
    "how long does it take to decide about an application",
    "why would a claim be refused",
    "how do I appeal against a decision",
    "can the name on a ticket be changed",
    "what do you need from me when a customer has died",
    "do you make exceptions for people in hospital",
    "can I pay my bill in parts",
    "what does it cost to cancel late",
    "is there compensation if the engineer doesn't come",
    "how do I complain about a member of staff",
    "who pays when your movers break something",
    "where do I see how much water I used",
    "why don't I get the newsletter",
    "how much is the discount for groups of forty",
    "I cancelled nine days ago, how long until the money is back",
    "I was double charged a fee last year, how far back can I claim",
    "my mother died, how long may we keep the flat",
    "I sent my papers on Monday, when will I hear",
    "my card was stolen, how much do I have to pay myself",
    "the engineer didn't come, what am I owed",
    "gift card from last year, is it still good",
    "I forgot my password and I'm locked out",
]


@pytest.fixture(scope="module")
def acts(settings: Settings, embedder: Embedder) -> Acts:
    shop = read_shop(settings.shop_dir)
    prompt = read_prompt(settings.data / "prompts" / "support.toml", shop)
    return Acts(prompt, embedder, shop, settings.home)


async def reply_to(acts: Acts, message: str) -> Reply | None:
    return (await acts.hear(user_says(message))).reply


async def test_the_customers_own_case_is_handed_over(acts: Acts) -> None:
    replies = [(message, await reply_to(acts, message)) for message in OWN_CASES]
    missed = [message for message, reply in replies if reply is None or reply.decision != "handoff"]
    assert len(missed) <= 0.25 * len(OWN_CASES), missed


async def test_a_question_about_the_same_things_stays_one(acts: Acts) -> None:
    heard = [(message, reply) for message in QUESTIONS if (reply := await reply_to(acts, message))]
    assert len(heard) <= 1, heard
    # What an article answers goes before it.
    assert all(reply.unless_answered for _, reply in heard)


@pytest.mark.parametrize(
    ("message", "name"),
    [
        ("you took 89 euros twice for one pair of shoes", "own-case"),
        ("Why was I billed two times? I bought one ticket.", "own-case"),
        ("Our firm acts for Mr Lund. Whom may we serve?", "restricted"),
    ],
)
async def test_a_fixed_phrase_is_enough(acts: Acts, message: str, name: str) -> None:
    reply = await reply_to(acts, message)
    assert reply and (reply.act, reply.decision, reply.unless_answered) == (name, "handoff", False)


async def test_a_question_at_the_end_of_what_happened_does_not_hide_it(acts: Acts) -> None:
    told = "You took 60 euros for the course again this month. I left in June and have your letter about it."
    reply = await reply_to(acts, f"{told} What is going on?")
    assert reply and reply.act == "own-case"


async def test_what_asks_for_a_rule_is_told_of_ones_own_case_too(acts: Acts) -> None:
    told = "your courier dropped my vase and nobody has written to me since"
    reply = await reply_to(acts, told)
    assert reply and reply.act == "own-case"
    assert await reply_to(acts, f"{told}, how many days do I have to claim") is None
