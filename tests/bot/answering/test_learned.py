"""Tests of what learnt to read passages: it is served as trained, and chooses quotes by its own score."""

from dataclasses import replace

import pytest

from bot.answering.checked import CheckedSpeech
from bot.answering.learned import Learned
from bot.answering.not_found import NOT_FOUND
from bot.answering.protocol import Sentence
from bot.answering.speech import Speaker, Speech
from bot.dialogue import Turn, user_says
from bot.engine.protocol import Sampling, Scores, Scoring
from bot.engine.scripted import ScriptedEngine
from bot.prompting.template import PromptConfig, read_prompt
from bot.retrieval.context import Context, retrieve
from bot.retrieval.retriever import Knowledge
from bot.settings import Settings
from bot.shop.profile import read_shop

ASKED = "How long do I have to return a tent?"
TENT = user_says("Hello!").said(Turn("assistant", "Hi.")).said(Turn("user", ASKED))


class Judging(ScriptedEngine):
    """Finds one text more probable with the question than without it, and keeps what it was asked to score."""

    def __init__(self, text: str, likely: str = "") -> None:
        super().__init__(text)
        self.likely = likely
        self.scored: list[Scoring] = []

    async def score(self, request: Scoring) -> Scores:
        """One nat for the likely text behind the first prompt."""
        self.scored.append(request)
        asked = tuple(float(text == self.likely) for text in request.texts)
        return Scores((asked, *((0.0,) * len(asked) for _ in request.prompts[1:])), 1)


@pytest.fixture
def prompt(settings: Settings) -> PromptConfig:
    return read_prompt(settings.data / "releases" / "prompted" / "prompt.toml", read_shop(settings.shop_dir))


@pytest.fixture
def context(knowledge: Knowledge, prompt: PromptConfig) -> Context:
    """What was found, as a re-ranker hands it on: no sentence is better than another."""
    found = retrieve(knowledge, TENT, prompt.retrieval, passages=3, nearest=4)
    return replace(found, sentences=tuple(replace(hit, reranked=1.0) for hit in found.sentences))


async def reply(
    engine: ScriptedEngine, context: Context, prompt: PromptConfig, *, passages: int, weight: float = 0.3
) -> list[str]:
    rules = prompt.constraints.model_copy(update={"own_weight": weight, "sentences": 1})
    prompt = prompt.model_copy(update={"constraints": rules})
    speech = Speech(engine, max_prompt_tokens=2048, max_new_tokens=24, sampling=Sampling())
    checked = CheckedSpeech(speech, context.knowledge.embedder, prompt)
    learned = Learned(checked, Speaker("Hi.", "a" * 64), passages=passages)
    pieces = [piece async for piece in learned.sentences(engine, TENT, context)]
    return [piece.text for piece in pieces if isinstance(piece, Sentence)]


@pytest.mark.parametrize("count", [0, 1, 2])
async def test_it_reads_as_many_passages_as_it_was_trained_with_in_the_last_turn(
    count: int, context: Context, prompt: PromptConfig
) -> None:
    engine = ScriptedEngine("Thanks for asking!")
    await reply(engine, context, prompt, passages=count)
    (asked,) = engine.asked
    assert asked.prompt.dialogue == prompt.with_passages(TENT, context.passages[:count])
    assert [passage.text in asked.prompt.dialogue.turns[-1].text for passage in context.passages] == [
        place < count for place in range(len(context.passages))
    ]
    assert (asked.prompt.system, asked.prompt.adapter) == ("Hi.", "a" * 64)


async def test_what_may_not_be_said_is_replaced_by_the_quote_that_it_finds_most_probable_itself(
    context: Context, prompt: PromptConfig
) -> None:
    sentences = [hit.sentence for hit in context.sentences]
    for likely in sentences:
        engine = Judging("You have 999 days to return a tent.", likely)
        assert await reply(engine, context, prompt, passages=2) == [likely]
        (scored,) = engine.scored
        asked, unasked = (one.dialogue for one in scored.prompts)
        # Both hold the passages, so that the question alone makes the difference.
        assert asked == prompt.with_passages(TENT, context.passages[:2]) == engine.asked[0].prompt.dialogue
        assert asked.turns[-1].text.removesuffix(ASKED).rstrip() == unasked.turns[-1].text.rstrip()
        assert asked.turns[:-1] == unasked.turns[:-1]
    engine = Judging("You have 999 days to return a tent.", sentences[-1])
    assert await reply(engine, context, prompt, passages=2, weight=0.0) == [sentences[0]]


async def test_a_courtesy_of_its_own_is_said_before_the_quote(context: Context, prompt: PromptConfig) -> None:
    likely = context.sentences[1].sentence
    engine = Judging("I'm sorry to hear that. You have 999 days.", likely)
    assert await reply(engine, context, prompt, passages=2) == ["I'm sorry to hear that.", likely]


async def test_what_it_does_not_find_in_what_it_read_is_handed_over_and_not_quoted(
    context: Context, prompt: PromptConfig
) -> None:
    for words in NOT_FOUND:
        assert await reply(ScriptedEngine(words), context, prompt, passages=2) == [prompt.handoff.text]
    # Who reads nothing has found nothing either.
    assert prompt.handoff.text not in await reply(ScriptedEngine(NOT_FOUND[0]), context, prompt, passages=0)


async def test_one_that_was_trained_without_passages_scores_as_before(
    context: Context, prompt: PromptConfig
) -> None:
    engine = Judging("You have 999 days to return a tent.", context.sentences[2].sentence)
    assert await reply(engine, context, prompt, passages=0, weight=9.0) == [context.sentences[2].sentence]
    (scored,) = engine.scored
    assert [one.dialogue for one in scored.prompts] == [user_says(context.question), user_says("")]
