"""Tests of asking which one it is: where rows, items or sections say the same of several things."""

from dataclasses import replace

import pytest

from bot.answer import Choice, Decision
from bot.answering.asking import only_named, only_picked, which
from bot.answering.decide import Verdict
from bot.dialogue import Dialogue, Turn, user_says
from bot.models.embedder import Embedder
from bot.prompting.asking import AskSection
from bot.prompting.template import read_prompt
from bot.retrieval.articles import Article
from bot.retrieval.context import Context
from bot.retrieval.index import index_articles
from bot.retrieval.retriever import Hit, Knowledge, SentenceHit
from bot.settings import Settings
from bot.shop.profile import read_shop

PLANS = """
## What each plan costs

| Plan | Monthly fee | Cash abroad |
|---|---|---|
| Willow | $4 | 1.5% |
| Rowan | $9 | 1.5% |
| Great oak | $15 | 1.5% |

You can change your plan in the app.

## How fast a transfer is

- Within the country: one working day.
- To the neighbours: two working days.
- Overseas: five working days.

## What packing costs

| Item | Price |
|---|---|
| Small box | $1 |
| Large box | $3 |
| Roll of tape | $2 |

## Ways to reach us

- Online: use the form of your account.
- Branch: come in between nine and noon.
- Letter: write to the head office.

## Closing › Savings

### A child's account

A parent closes the account in a branch and needs both passports.

### A joint account

Both holders close the account in a branch and need their passports.

### What happens to the card

It is cut in two.
"""
FEES = [
    f"Plan: {name} – Monthly fee: {fee}; Cash abroad: 1.5%."
    for name, fee in (("Willow", "$4"), ("Rowan", "$9"), ("Great oak", "$15"))
]
ANSWER, OFFER = Verdict("answer", 0.8), Verdict("offer", 0.6)


@pytest.fixture(scope="module")
def rules(settings: Settings) -> AskSection:
    prompt = read_prompt(settings.data / "prompts" / "support.toml", read_shop(settings.shop_dir))
    assert prompt.ask
    return prompt.ask


@pytest.fixture(scope="module")
def bank(embedder: Embedder, settings: Settings) -> Knowledge:
    others = Article("branches", "Branches", "They open at nine.")
    return index_articles([Article("plans", "Plans", PLANS), others], embedder, settings.home)


def found(bank: Knowledge, question: str, scored: dict[str, float], *, lead: float = 1.0) -> Context:
    """The sentences with a re-ranker's scores, best first; the article is ahead of another one by `lead`."""
    passages = {sentence: passage for passage in bank.passages for sentence in bank.sentences_of(passage)}
    said = tuple(SentenceHit(text, passages[text], 0.5, score) for text, score in scored.items())
    best, other = passages[next(iter(scored))], next(one for one in bank.passages if one.article == "branches")
    hits = (Hit(best, 0.8, 0.7, -2.0, -3.0), Hit(other, 0.3, 0.2, -2.0 - lead, -4.0))
    return Context(question, hits[:1], said, bank, candidates=hits)


def asked(context: Context, rules: AskSection, *, verdict: Verdict = ANSWER) -> list[str]:
    question = which(context, user_says(context.question), verdict, rules)
    return [choice.label for choice in question.choices] if question else []


def level(*sentences: str) -> dict[str, float]:
    """As good as one another, nearly."""
    return {sentence: -2.0 - number / 100 for number, sentence in enumerate(sentences)}


def test_rows_of_a_table_that_are_as_near_are_asked_about(bank: Knowledge, rules: AskSection) -> None:
    context = found(bank, "what's the monthly fee", level(*reversed(FEES)))
    question = which(context, user_says(context.question), ANSWER, rules)
    assert question and question.text == "which_text"
    # In the order of the table.
    assert question.choices == tuple(
        Choice(str(number), label, "plans", "What each plan costs")
        for number, label in enumerate(["Willow", "Rowan", "Great oak"], start=1)
    )


@pytest.mark.parametrize(
    "said",
    [
        "what's the monthly fee of rowan",
        "monthly fee for an oak",
        "which plan has what monthly fee",
        "what's the lowest monthly fee",
        "what's the fee for 2 accounts",
        "my brother opened an account with you last winter, says the monthly fee went up twice since, true?",
        # The same for all.
        "what does cash abroad cost",
    ],
)
def test_a_message_that_tells_or_needs_no_telling_is_answered(
    bank: Knowledge, rules: AskSection, said: str
) -> None:
    assert asked(found(bank, said, level(*FEES)), rules) == []


def test_of_few_rows_none_is_asked_for(bank: Knowledge, rules: AskSection) -> None:
    context = found(bank, "monthly fee", level(*FEES[:2]))
    assert asked(context, rules) == ["Willow", "Rowan", "Great oak"]
    assert asked(context, rules.model_copy(update={"rows": 4})) == []
    assert asked(context, rules.model_copy(update={"near": 3})) == []


def test_a_word_that_several_have_leaves_those_to_ask_about(bank: Knowledge, rules: AskSection) -> None:
    boxes = [f"Item: {size} box – Price: {price}." for size, price in (("Small", "$1"), ("Large", "$3"))]
    tape = "Item: Roll of tape – Price: $2."
    context = found(bank, "how much is a box", level(*boxes, tape))
    assert asked(context, rules) == ["Small box", "Large box"]
    assert asked(found(bank, "how much is a small box", level(*boxes, tape)), rules) == []
    assert asked(found(bank, "how much is it", level(*boxes, tape)), rules) == [
        "Small box",
        "Large box",
        "Roll of tape",
    ]


def test_what_was_said_before_tells_too(bank: Knowledge, rules: AskSection) -> None:
    context = found(bank, "and the monthly fee?", level(*FEES))
    assert asked(context, rules)
    earlier = (Turn("user", "I have the rowan plan"), Turn("assistant", "Good.", decision="act"))
    dialogue = Dialogue((*earlier, Turn("user", context.question)))
    assert which(context, dialogue, ANSWER, rules) is None


def test_one_row_that_is_clearly_best_is_answered_with(bank: Knowledge, rules: AskSection) -> None:
    first, second, third = FEES
    apart = {first: -2.0, second: -2.0 - rules.reranked_margin * 1.1, third: -3.0}
    assert asked(found(bank, "monthly fee", apart), rules) == []
    running_text = {"You can change your plan in the app.": -1.9, **level(*FEES)}
    assert asked(found(bank, "monthly fee", running_text), rules) == []


def test_where_a_reader_read_its_score_tells_what_is_near(bank: Knowledge, rules: AskSection) -> None:
    context = found(bank, "monthly fee", level(*FEES))
    read = tuple(replace(hit, read=1.0) for hit in context.sentences)
    assert asked(replace(context, sentences=read), rules)
    # The re-ranker finds them all alike.
    far = (read[0], *(replace(hit, read=1.0 - rules.read_margin * 1.1) for hit in read[1:]))
    assert not asked(replace(context, sentences=far), rules)


def test_without_a_re_ranker_nearness_counts(bank: Knowledge, rules: AskSection) -> None:
    context = found(bank, "monthly fee", level(*FEES))
    stock = tuple(replace(hit, reranked=None) for hit in context.sentences)
    assert asked(replace(context, sentences=stock), rules)
    far = (stock[0], *(replace(hit, cosine=0.5 - rules.cosine_margin * 1.1) for hit in stock[1:]))
    assert not asked(replace(context, sentences=far), rules)


@pytest.mark.parametrize(
    ("verdict", "lead", "asks"),
    [
        (ANSWER, 0.0, True),
        (OFFER, 1.0, True),
        (OFFER, 0.1, False),
        (Verdict("handoff", 0.5), 1.0, False),
        (Verdict("decline", 0.5), 1.0, False),
    ],
)
def test_other_articles_are_offered_unless_one_is_far_ahead(
    bank: Knowledge, rules: AskSection, verdict: Verdict, lead: float, asks: bool
) -> None:
    context = found(bank, "monthly fee", level(*FEES), lead=lead)
    assert bool(asked(context, rules, verdict=verdict)) == asks


def test_items_that_say_things_alike_are_asked_about_and_a_list_of_ways_is_not(
    bank: Knowledge, rules: AskSection
) -> None:
    times = [
        "Within the country: one working day.",
        "To the neighbours: two working days.",
        "Overseas: five working days.",
    ]
    assert asked(found(bank, "how long is a transfer", level(*times)), rules) == [
        "Within the country",
        "To the neighbours",
        "Overseas",
    ]
    ways = [
        "Online: use the form of your account.",
        "Branch: come in between nine and noon.",
        "Letter: write to the head office.",
    ]
    assert asked(found(bank, "how do I reach you", level(*ways)), rules) == []


def test_sections_that_say_things_alike_are_asked_about(bank: Knowledge, rules: AskSection) -> None:
    child, joint, card = (
        "A parent closes the account in a branch and needs both passports.",
        "Both holders close the account in a branch and need their passports.",
        "It is cut in two.",
    )
    assert asked(found(bank, "how do I close an account", level(child, joint, card)), rules) == [
        "A child's account",
        "A joint account",
    ]
    assert asked(found(bank, "how do I close an account", level(child, card)), rules) == []
    assert asked(found(bank, "how do I close a joint account", level(child, joint)), rules) == []


def test_of_many_things_the_nearest_are_examples(bank: Knowledge, rules: AskSection) -> None:
    few = rules.model_copy(update={"most": 2})
    context = found(bank, "monthly fee", level(FEES[2], FEES[0], FEES[1]))
    question = which(context, user_says("monthly fee"), ANSWER, few)
    assert question and (question.text, len(question.choices)) == ("example_text", 2)


def test_it_is_asked_once(bank: Knowledge, rules: AskSection) -> None:
    context = found(bank, "monthly fee", level(*FEES))
    question = which(context, user_says("monthly fee"), ANSWER, rules)
    assert question
    before = (Turn("user", "fees"), Turn("assistant", "Which?", decision="ask", choices=question.choices))
    said = (Turn("user", "no idea"), Turn("assistant", "Hm.", decision="act"), Turn("user", "monthly fee"))
    assert which(context, Dialogue((*before, *said)), ANSWER, rules) is None


def after_asking(label: str, decision: Decision = "ask") -> tuple[Choice, Dialogue]:
    picked = Choice("1", label, "plans", "What each plan costs")
    turn = Turn("assistant", "Which one is it?", decision=decision, choices=(picked,))
    return picked, Dialogue((Turn("user", "monthly fee"), turn, Turn("user", label)))


def test_what_was_picked_is_answered_with_and_nothing_of_the_others(bank: Knowledge, rules: AskSection) -> None:
    change = "You can change your plan in the app."
    context = found(bank, "monthly fee Great oak", level(*FEES, change))
    picked, dialogue = after_asking("Great oak")
    only = only_picked(context, picked, dialogue, rules)
    assert [hit.sentence for hit in only.sentences] == [FEES[2], change]
    # A row that was not among the nearest sentences comes first all the same.
    only = only_picked(replace(context, sentences=context.sentences[:2]), picked, dialogue, rules)
    assert [hit.sentence for hit in only.sentences] == [FEES[2]]
    # What was offered and not asked for is not in the rows.
    picked, dialogue = after_asking("Great oak", "offer")
    assert only_picked(context, picked, dialogue, rules) == context


def test_a_section_that_was_picked_is_answered_with(bank: Knowledge, rules: AskSection) -> None:
    joint = "Both holders close the account in a branch and need their passports."
    child = "A parent closes the account in a branch and needs both passports."
    context = found(bank, "how do I close an account", level(child, joint))
    question = which(context, user_says(context.question), ANSWER, rules)
    assert question
    dialogue = Dialogue(
        (
            Turn("user", context.question),
            Turn("assistant", "Which?", decision="ask", choices=question.choices),
            Turn("user", "the second one"),
        )
    )
    only = only_picked(context, question.choices[1], dialogue, rules)
    assert [hit.sentence for hit in only.sentences] == [joint]


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("the monthly fee of rowan", [FEES[1]]),
        ("monthly fee: willow or rowan", FEES[:2]),
        ("what's the monthly fee", FEES),
        # A part of a name may be something else: an oak, say.
        ("monthly fee of the great one", FEES),
    ],
)
def test_rows_of_others_than_the_named_ones_are_not_said(
    bank: Knowledge, rules: AskSection, said: str, left: list[str]
) -> None:
    context = found(bank, said, level(*FEES))
    assert [hit.sentence for hit in only_named(context, user_says(said), rules).sentences] == left


def test_what_was_named_before_names_nothing_now(bank: Knowledge, rules: AskSection) -> None:
    context = found(bank, "the rowan plan and the next one up", level(*FEES))
    dialogue = user_says("the rowan plan", "and the next one up")
    assert only_named(context, dialogue, rules) == context


def test_nothing_found_asks_nothing(bank: Knowledge, rules: AskSection) -> None:
    nothing = Context("fee", (), (), bank)
    assert which(nothing, user_says("fee"), ANSWER, rules) is None
    assert only_named(nothing, user_says("fee"), rules) == nothing
