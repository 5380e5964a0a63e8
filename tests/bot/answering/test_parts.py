"""Tests of several questions in one message: each is decided by itself, what is left is offered or handed over."""

from collections.abc import AsyncGenerator, Mapping, Sequence

import pytest

from bot.answer import Decision
from bot.answering.parts import Found, decide_all
from bot.answering.protocol import End, Sentence
from bot.answering.saying import all_said
from bot.dialogue import Dialogue, Turn, user_says
from bot.engine.protocol import Place
from bot.models.embedder import Embedder
from bot.prompting.deciding import Calibration, Calibrations, DecideSection
from bot.prompting.template import PremiseSection
from bot.retrieval.articles import Article, Passage
from bot.retrieval.context import Context
from bot.retrieval.index import index_articles
from bot.retrieval.questions import Part
from bot.retrieval.retriever import Hit, Knowledge
from bot.settings import Settings

# The cosine says what is decided: above 0.5 it is answered, below 0 it is foreign, below 0.25 nothing is offered.
NUMBERS = Calibrations(
    right=Calibration(bias=-50, weights={"cosine": 100}),
    foreign=Calibration(weights={"cosine": -100}),
    reach=Calibration(bias=-25, weights={"cosine": 100}),
    answer=0.5,
    offer=0.5,
    decline=0.9,
)
RULES = DecideSection(
    offer_text=("?",), decline_text=("no",), handoff_text=("us",), reranked=NUMBERS, stock=NUMBERS
)
COSINES: Mapping[Decision, float] = {"answer": 0.9, "offer": 0.4, "handoff": 0.1, "decline": -0.5}
ASKED = user_says("How much? And when?")


@pytest.fixture(scope="module")
def knowledge(embedder: Embedder, settings: Settings) -> Knowledge:
    return index_articles([Article("returns", "Returns", "A tent may be returned.")], embedder, settings.home)


def found(knowledge: Knowledge, name: str, decision: Decision) -> Found:
    """A question for which that is decided."""
    hit = Hit(Passage(name, name, "", f"All about {name}."), 0.5, COSINES[decision])
    return Found(Part(name, name), Context(name, (hit,), (), knowledge, nearest=0.0))


def decided(knowledge: Knowledge, whole: Decision, *parts: Decision) -> tuple[list[str], Decision, list[str]]:
    """The questions that are answered, the decision, and those that are left."""
    each = [found(knowledge, f"part {number}", decision) for number, decision in enumerate(parts, start=1)]
    made = decide_all(found(knowledge, "whole", whole), each, ASKED, RULES)
    return [one.part.asked for one in made.answered], made.verdict.decision, [part.asked for part in made.rest]


def test_all_questions_that_can_be_answered_are_in_their_order(knowledge: Knowledge) -> None:
    assert decided(knowledge, "handoff", "answer", "answer") == (["part 1", "part 2"], "answer", [])


@pytest.mark.parametrize(("left", "open_"), [("offer", "offer"), ("handoff", "handoff"), ("decline", "answer")])
def test_what_is_left_of_an_answered_message_decides_what_is_still_open(
    knowledge: Knowledge, left: Decision, open_: Decision
) -> None:
    assert decided(knowledge, "handoff", "answer", left) == (["part 1"], open_, ["part 2"])
    assert decided(knowledge, "handoff", left, "answer") == (["part 2"], open_, ["part 1"])


def test_what_is_left_is_offered_with_its_own_choices(knowledge: Knowledge) -> None:
    parts = [found(knowledge, "price", "answer"), found(knowledge, "hours", "offer")]
    made = decide_all(found(knowledge, "whole", "answer"), parts, ASKED, RULES)
    assert [choice.article for choice in made.verdict.choices] == ["hours"]
    assert made.rest_decision == "offer"


def test_two_that_are_left_go_to_a_person_together(knowledge: Knowledge) -> None:
    assert decided(knowledge, "answer", "offer", "answer", "offer") == (
        ["part 2"],
        "handoff",
        ["part 1", "part 3"],
    )
    assert decided(knowledge, "answer", "decline", "answer", "decline")[1] == "answer"


@pytest.mark.parametrize("whole", ["answer", "offer", "handoff", "decline"])
def test_where_no_question_can_be_answered_the_message_is_decided_as_one(
    knowledge: Knowledge, whole: Decision
) -> None:
    answered, decision, rest = decided(knowledge, whole, "offer", "handoff")
    assert (answered, decision, rest) == (["whole"] if whole == "answer" else [], whole, [])
    assert decided(knowledge, whole)[1] == whole


class Framed:
    """Quotes what was found between an opening and a closing."""

    in_scope_only = True

    async def sentences(
        self,
        place: Place,  # noqa: ARG002
        dialogue: Dialogue,  # noqa: ARG002
        context: Context,
    ) -> AsyncGenerator[Sentence | End, None]:
        """The opening, the passages, the closing."""
        yield Sentence("Here you are.")
        for hit in context.hits:
            yield Sentence(hit.passage.text, hit.passage)
        yield Sentence("Anything else?")
        yield End("stop", 7)


async def said(answered: Sequence[Found], place: Place, *, closed: bool) -> list[str]:
    texts = []
    async for sentence in all_said(Framed(), place, ASKED, answered, closed=closed):
        texts.append(sentence.text if isinstance(sentence, Sentence) else str(sentence.read_tokens))
    return texts


class Nowhere:
    """A place that nothing is asked of."""


async def test_answers_are_framed_once_and_closed_only_where_nothing_is_left(knowledge: Knowledge) -> None:
    answered = [found(knowledge, name, "answer") for name in ("prices", "hours", "prices")]
    place: Place = Nowhere()  # type: ignore[assignment]
    texts = ["Here you are.", "All about prices.", "All about hours."]
    assert await said(answered, place, closed=True) == [*texts, "Anything else?", "21"]
    assert await said(answered, place, closed=False) == [*texts, "21"]


PREMISE = PremiseSection(texts=("Not quite:", "Well, no:"))


async def corrected(knowledge: Knowledge, asked: str, quote: str, dialogue: Dialogue = ASKED) -> list[str]:
    hit = Hit(Passage("rules", "Rules", "", quote), 0.5, 0.5)
    answered = Found(Part(asked, asked), Context(asked, (hit,), (), knowledge))
    place: Place = Nowhere()  # type: ignore[assignment]
    said = all_said(Framed(), place, dialogue, [answered], closed=True, premise=PREMISE)
    return [one.text async for one in said if isinstance(one, Sentence)]


async def test_a_false_premise_is_corrected_in_place_of_the_opening(knowledge: Knowledge) -> None:
    asked, quote = "where do I use your 90-day trial of the app?", "The trial of the app lasts 7 days."
    assert await corrected(knowledge, asked, quote) == ["Not quite:", quote, "Anything else?"]
    before = Dialogue((Turn("user", "a"), Turn("assistant", "Not quite: it is $4."), *ASKED.turns))
    assert (await corrected(knowledge, asked, quote, before))[0] == "Well, no:"


@pytest.mark.parametrize(
    "asked", ["where is your 7-day trial of the app?", "I used the trial of the app for 9 days"]
)
async def test_without_one_a_reply_opens_as_ever(knowledge: Knowledge, asked: str) -> None:
    assert (await corrected(knowledge, asked, "The trial of the app lasts 7 days."))[0] == "Here you are."
