"""Tests of what learnt to say things: it reads what would be quoted, and what its words don't hold is quoted."""

from dataclasses import replace

import pytest

from bot.answering.checked import CheckedSpeech, left_out, says_again
from bot.answering.learned import Learned
from bot.answering.protocol import Sentence
from bot.answering.quoting import Quotes
from bot.answering.speech import Speaker, Speech
from bot.dialogue import Turn, user_says
from bot.engine.protocol import Sampling
from bot.engine.scripted import ScriptedEngine
from bot.models.embedder import Embedder
from bot.prompting.template import PromptConfig, read_prompt
from bot.retrieval.articles import Article
from bot.retrieval.context import Context, retrieve
from bot.retrieval.index import index_articles
from bot.retrieval.retriever import Knowledge, SentenceHit
from bot.settings import Settings
from bot.shop.profile import read_shop

ASKED = "How long do I have to return a tent?"
TENT = user_says("Hello!").said(Turn("assistant", "Hi.")).said(Turn("user", ASKED))


@pytest.fixture
def prompt(settings: Settings) -> PromptConfig:
    return read_prompt(settings.data / "releases" / "prompted" / "prompt.toml", read_shop(settings.shop_dir))


@pytest.fixture
def context(knowledge: Knowledge, prompt: PromptConfig) -> Context:
    """What was found, as a re-ranker hands it on: no sentence is better than another."""
    found = retrieve(knowledge, TENT, prompt.retrieval, passages=3, nearest=4)
    return replace(found, sentences=tuple(replace(hit, reranked=1.0) for hit in found.sentences))


async def reply(
    engine: ScriptedEngine, context: Context, prompt: PromptConfig, *, reads: bool = True, sentences: int = 1
) -> list[str]:
    rules = prompt.constraints.model_copy(update={"sentences": sentences})
    prompt = prompt.model_copy(update={"constraints": rules})
    speech = Speech(engine, max_prompt_tokens=2048, max_new_tokens=48, sampling=Sampling())
    checked = CheckedSpeech(speech, context.knowledge.embedder, prompt)
    learned = Learned(speech, checked, Speaker("Hi.", "a" * 64), prompt, reads=reads)
    pieces = [piece async for piece in learned.sentences(engine, TENT, context)]
    return [piece.text for piece in pieces if isinstance(piece, Sentence)]


@pytest.mark.parametrize("reads", [True, False])
async def test_it_reads_what_would_be_quoted_and_nothing_else_of_its_passage(
    reads: bool, context: Context, prompt: PromptConfig
) -> None:
    engine = ScriptedEngine("Thanks for asking!")
    await reply(engine, context, prompt, reads=reads)
    (asked,) = engine.asked
    best = context.sentences[0]
    read = [replace(best.passage, text=best.sentence)] if reads else []
    assert asked.prompt.dialogue == prompt.with_passages(TENT, read)
    assert (asked.prompt.system, asked.prompt.adapter) == ("Hi.", "a" * 64)


async def test_it_may_begin_neither_as_what_it_reads_nor_as_its_title(
    context: Context, prompt: PromptConfig
) -> None:
    engine = ScriptedEngine("Thanks for asking!")
    await reply(engine, context, prompt)
    best = context.sentences[0]
    assert engine.asked[0].unlike == (best.sentence, best.passage.title)
    # What reads nothing repeats nothing.
    await reply(engine, context, prompt, reads=False)
    assert engine.asked[1].unlike == ()


async def test_its_own_words_are_said_where_the_passage_holds_them(context: Context, prompt: PromptConfig) -> None:
    words = "You have 30 days from delivery to return a tent."
    assert await reply(ScriptedEngine(words), context, prompt) == [words]


async def test_what_may_not_be_said_is_replaced_by_what_it_read(context: Context, prompt: PromptConfig) -> None:
    quote = context.sentences[0].sentence
    assert await reply(ScriptedEngine("You have 999 days to return a tent."), context, prompt) == [quote]
    # A courtesy of its own stays before it.
    engine = ScriptedEngine("I'm sorry to hear that. You have 999 days.")
    assert await reply(engine, context, prompt) == ["I'm sorry to hear that.", quote]


async def test_a_quote_whose_figures_it_leaves_out_is_said_behind_its_words(
    context: Context, prompt: PromptConfig
) -> None:
    quote = context.sentences[0].sentence
    assert "30 days" in quote
    assert await reply(ScriptedEngine("Happy to help!"), context, prompt) == ["Happy to help!", quote]


LATE, CLAY, LENT = "A late pan costs $4 a day.", "A late pot costs $5 a day.", "Pans are lent."


@pytest.mark.parametrize(
    ("said", "whole", "left"),
    [
        (["It is $4 a day."], True, []),
        (["It is $4 a day."], False, [CLAY, LENT]),
        # The others may be left out, the best may not.
        (["It is $5 a day."], True, [LATE]),
        (["Yes, a pan is lent."], True, [LATE]),
        ([], False, [LATE, CLAY, LENT]),
    ],
)
def test_what_is_left_out_is_told_by_its_figures(
    said: list[str], whole: bool, left: list[str], context: Context
) -> None:
    hits = tuple(SentenceHit(text, context.passages[0], 0.5) for text in (LATE, CLAY, LENT))
    quotes = Quotes(hits, hits[0])
    assert [hit.sentence for hit in left_out(quotes, said, whole=whole, asked="a late pan?")] == left


POINTS = "A free night costs 6,000 points from Sunday to Thursday and 8,500 points on Friday and Saturday."
SOME = "A free night costs 6,000 points from Sunday to Thursday."


@pytest.mark.parametrize(
    ("asked", "words", "said"),
    [
        ("how many points for a Sunday night?", SOME, [SOME]),
        ("Saturday night on points, how many?", SOME, [SOME, POINTS]),
        ("Saturday night on points, how many?", POINTS, [POINTS]),
    ],
)
async def test_of_several_figures_the_one_that_the_question_names_is_not_left_out(
    asked: str, words: str, said: list[str], embedder: Embedder, settings: Settings, prompt: PromptConfig
) -> None:
    knowledge = index_articles([Article("points", "Points", POINTS)], embedder, settings.home)
    dialogue = user_says(asked)
    found = retrieve(knowledge, dialogue, prompt.retrieval, passages=1, nearest=1)
    speech = Speech(ScriptedEngine(words), max_prompt_tokens=2048, max_new_tokens=48, sampling=Sampling())
    learned = Learned(
        speech, CheckedSpeech(speech, embedder, prompt), Speaker("Hi.", "a" * 64), prompt, reads=True
    )
    pieces = [piece async for piece in learned.sentences(ScriptedEngine(words), dialogue, found)]
    assert [piece.text for piece in pieces if isinstance(piece, Sentence)] == said


async def test_a_sentence_without_a_figure_does_not_stand_for_a_quote_with_one(
    context: Context, prompt: PromptConfig
) -> None:
    quote = context.sentences[0].sentence
    engine = ScriptedEngine("You can return a tent after delivery.")
    assert await reply(engine, context, prompt) == [quote]


def test_the_same_figure_of_another_thing_is_not_said_again(prompt: PromptConfig) -> None:
    rules, pot = prompt.constraints, "A late copper pot costs $5 a day."
    assert says_again("The late copper pot is $5.", [pot], rules)
    assert not says_again("Delivery to your door adds $5.", [pot], rules)


async def test_neither_the_title_nor_the_same_figures_again_are_said(
    context: Context, prompt: PromptConfig
) -> None:
    words = "You have 30 days from delivery to return a tent."
    title = context.sentences[0].passage.title
    engine = ScriptedEngine(f"{title}: {words} A tent can be returned within 30 days.")
    assert await reply(engine, context, prompt) == [words]
