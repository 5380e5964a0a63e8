"""Tests of what goes from around an answer: doubt, and apologies for good news."""

import pytest

from bot.answering.manners import answering, fitting, is_courteous


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (
            "I'm not sure which of these you mean, but I can tell you that a refund takes 3 days.",
            "A refund takes 3 days.",
        ),
        (
            "I'm not sure which of these you mean, but the shuttle is free for guests.",
            "The shuttle is free for guests.",
        ),
        ("I'm not sure which of these you mean.", ""),
        ("We're not sure which of these you mean.", ""),
        ("I'm sorry, the airport shuttle is free for guests.", "The airport shuttle is free for guests."),
        ("I'm afraid that service dogs are welcome at all hotels.", "Service dogs are welcome at all hotels."),
        ("I'm sorry, pets are welcome, without a weight limit.", "Pets are welcome, without a weight limit."),
        ("I'm sorry, no printer is needed for Small parcels.", "No printer is needed for Small parcels."),
        ("I'm sorry, a return costs nothing.", "A return costs nothing."),
        ("I'm afraid there's no fee for that.", "There's no fee for that."),
        ("The deposit is lost if you cancels late.", "The deposit is lost if you cancel late."),
        ("I'm sorry, a chilled parcel has an indicator strip.", "A chilled parcel has an indicator strip."),
        ("I'm sorry, an electronic form needs no posting.", "An electronic form needs no posting."),
        # These stay.
        ("The fee for you needs no card.", None),
        ("I'm sorry, points expire after 20 months without a stay.", None),
        ("I'm sorry, the second refill isn't free.", None),
        ("I'm afraid not: early check-in costs $20.", None),
        ("I'm sorry, no refund is given.", None),
        ("Unfortunately, no cash is needed but the late fee is charged.", None),
        ("I'm sorry to hear that your tent leaked.", None),
        ("Sorry, only the first hour is included.", None),
        ("A refund takes 3 days.", None),
    ],
)
def test_doubt_and_apologies_for_good_news_are_left_out(written: str, said: str | None) -> None:
    assert fitting(written) == (written if said is None else said)


@pytest.mark.parametrize(
    ("sentence", "courteous"),
    [
        ("I'm sorry to hear that.", True),
        ("I am so sorry about the delay.", True),
        ("Thanks for asking!", True),
        ("Thank you.", True),
        ("Have a great weekend.", True),
        ("Let me look that up.", True),
        ("I hope that helps.", True),
        ("Happy to help!", True),
        ("Of course.", True),
        ("It's not harmful.", False),
        ("We do.", False),
        ("We can't!", False),
        ("It's one of them.", False),
        ("I'd say it's one of them.", False),
        ("I'll tell you what's going on.", False),
        ("I can read it for you from a photo.", False),
        ("I'm afraid that's not safe.", False),
        ("I can't help you.", False),
        ("I'm sorry that we lost it.", False),
        ("Thanks, but you must pay first.", False),
        ("That's a longer stay, thanks.", False),
        ("Forbidden.", False),
    ],
)
def test_a_courtesy_says_no_more_than_one(sentence: str, courteous: bool) -> None:
    assert is_courteous(sentence) == courteous


@pytest.mark.parametrize(
    ("written", "asked", "said"),
    [
        ("No, points expire after 18 months.", "do points expire", "Points expire after 18 months."),
        ("No, store pickup is free.", "can i pick up in store", "Store pickup is free."),
        ("I'm afraid not: boxes are fine.", "are old boxes fine", "Boxes are fine."),
        ("Yes, you can't return shoes.", "can i return shoes", "You can't return shoes."),
        ("Yes, returns are free.", "do i have to pay for returns", "Returns are free."),
        ("Yes, returns are free.", "what do returns cost", "Returns are free."),
        ("No, you can't return shoes.", "can't i return shoes", "You can't return shoes."),
        # These stay.
        ("No, gift cards never expire.", "do gift cards expire", None),
        ("Yes, we ship to Canada.", "do you ship to canada?", None),
        ("Yes, you can return them, but not shoes.", "can i return them", None),
        ("No, cash is accepted at lake hotels only.", "is cash accepted", None),
        ("Points expire after 18 months.", "do points expire", None),
    ],
)
def test_a_yes_or_no_is_said_where_the_sentence_bears_it_out(written: str, asked: str, said: str | None) -> None:
    assert answering(written, asked) == (written if said is None else said)
