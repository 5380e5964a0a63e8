"""Tests of the reader: the row that training and serving share, the order of sentences, what "none" decides."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from bot.answering.acts import Acts
from bot.answering.decide import decide, features
from bot.answering.pipeline import Steps
from bot.answering.quoting import quote
from bot.answering.reader import Reader, row
from bot.answering.speech import Speaker, Speech
from bot.dialogue import Dialogue, Turn, user_says
from bot.engine.protocol import Judgements, Sampling
from bot.engine.protocol import Judging as Request
from bot.engine.scripted import ScriptedEngine
from bot.models.embedder import Embedder
from bot.prompting.deciding import Calibration, Calibrations
from bot.prompting.template import PromptConfig, ReaderSection, read_prompt
from bot.retrieval.articles import Passage
from bot.retrieval.context import Context
from bot.retrieval.help_centre import HelpCentre
from bot.settings import Settings
from bot.shop.profile import read_shop

TENT = Passage("tents", "Renting tents", "Prices", "A tent costs $4.\nA late tent costs $9.")
BOOT = Passage("boots", "Mending boots", "", "We mend boots.")
FOUND = [(TENT, ["A tent costs $4.", "A late\ntent costs $9."]), (BOOT, ["We mend boots."])]


def test_a_row_holds_the_question_and_each_sentence_with_a_mark_behind_it() -> None:
    read = row("so " * 70 + "what is\na tent?", FOUND, tokens=len, max_tokens=1000)
    assert "".join(read.pieces) == (
        f"Question: {'so ' * 56}what is a tent?\n\nWhich of these sentences answer it?\n"
        "\nRenting tents - Prices\nA tent costs $4.\nA late tent costs $9.\n"
        "\nMending boots\nWe mend boots.\n"
        "\nNone"
    )
    assert [read.pieces[mark] for mark in read.marks] == ["\n", "\n", "\n", "\nNone"]
    assert [read.pieces[mark - 1] for mark in read.marks[:-1]] == [
        "A tent costs $4.",
        "A late tent costs $9.",
        "We mend boots.",
    ]


def test_sentences_beyond_the_tokens_are_left_out_from_the_last_one_on() -> None:
    whole = row("A tent?", FOUND, tokens=len, max_tokens=1000)
    length = sum(map(len, whole.pieces))
    assert row("A tent?", FOUND, tokens=len, max_tokens=length) == whole
    cut = row("A tent?", FOUND, tokens=len, max_tokens=length - 1)
    assert cut == row("A tent?", FOUND[:1], tokens=len, max_tokens=1000)
    none = row("A tent?", FOUND, tokens=len, max_tokens=10)
    assert none.marks == (len(none.pieces) - 1,) and none.pieces[-1] == "\nNone"


class Judging(ScriptedEngine):
    """Judges by what it was told of each sentence, and of "None"; what it was not told of has -1."""

    def __init__(self, told: Mapping[str, float]) -> None:
        super().__init__("Well.")
        self.told = told
        self.judged: list[Request] = []

    async def judge(self, request: Request) -> Judgements:
        """By the words before each mark, or of the mark itself."""
        self.judged.append(request)
        pieces = request.pieces
        words = [pieces[mark].strip() or pieces[mark - 1] for mark in request.marks]
        return Judgements(tuple(self.told.get(text, -1.0) for text in words), 7)


COST = "How much does a tent cost?"
STOVE = "A stove costs $2."
LATE = "A tent that comes back late costs $9 a day."


@pytest.fixture
def help_centre(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> HelpCentre:
    folder = tmp_path_factory.mktemp("rent") / "knowledge"
    folder.mkdir()
    head = "---\ntitle: {}\ntopic: shop\nupdated: 2026-01-02\n---\n\n"
    rent = f"{head.format('Renting')}A tent costs $4 a day. {STOVE} Poles come with it.\n\n## Late\n\n{LATE}\n"
    (folder / "rent.md").write_text(rent, encoding="utf-8")
    (folder / "mend.md").write_text(f"{head.format('Mending')}We mend a torn tent for $20.\n", encoding="utf-8")
    return HelpCentre(folder, embedder, folder.parent / "home")


@pytest.fixture
def prompt(settings: Settings) -> PromptConfig:
    shipped = read_prompt(settings.data / "prompts" / "support.toml", read_shop(settings.shop_dir))
    return shipped.model_copy(update={"constraints": shipped.constraints.model_copy(update={"nearest": 2})})


def reader_of(engine: ScriptedEngine, **rules: float) -> Reader:
    section = ReaderSection.model_validate(rules)
    return Reader("a" * 64, section, engine.tokens, section.max_tokens)


def steps_of(
    engine: ScriptedEngine,
    help_centre: HelpCentre,
    prompt: PromptConfig,
    settings: Settings,
    reader: Reader | None,
) -> Steps:
    shop = read_shop(settings.shop_dir)
    acts = Acts(prompt, help_centre.now.embedder, shop, settings.home)
    speech = Speech(engine, max_prompt_tokens=512, max_new_tokens=16, sampling=Sampling())
    return Steps(acts, help_centre, prompt, speech, reader=reader)


async def test_all_sentences_of_the_passages_compete_and_the_best_one_comes_first(
    help_centre: HelpCentre, prompt: PromptConfig, settings: Settings
) -> None:
    engine = Judging({STOVE: 3.0, LATE: 2.0, "None": -4.0})
    without = await steps_of(engine, help_centre, prompt, settings, None).find(engine, user_says(COST))
    assert engine.judged == [] and without.none is None
    assert all(hit.judged is None and hit.read is None for hit in without.sentences)
    reading = steps_of(engine, help_centre, prompt, settings, reader_of(engine))
    context = await reading.find(engine, user_says(COST))
    assert context.hits == without.hits and context.cosine == without.cosine
    assert [hit.sentence for hit in context.sentences[:2]] == [STOVE, LATE]
    assert [hit.read for hit in context.sentences[:2]] == [3.0, 2.0]
    assert context.none == -4.0 and context.read_tokens == without.read_tokens + 7
    # Not the nearest alone: each sentence was read, those of the best passage first.
    sentences = [sentence for passage in context.passages for sentence in help_centre.now.sentences_of(passage)]
    assert len(sentences) > len(without.sentences) == 2
    (request,) = engine.judged
    assert [request.pieces[mark - 1] for mark in request.marks[:-1]] == sentences
    assert {hit.sentence for hit in context.sentences} == set(sentences)


async def test_what_does_not_fit_is_not_chosen_and_where_nothing_fits_no_reader_reads(
    help_centre: HelpCentre, prompt: PromptConfig, settings: Settings
) -> None:
    engine = Judging({})
    few = steps_of(engine, help_centre, prompt, settings, reader_of(engine, max_tokens=64))
    asked = user_says(f"{COST} {'please ' * 20}")
    context = await few.find(engine, asked)
    assert context.none == -1.0 and 0 < len(context.sentences) < 5
    long = user_says(f"{COST} {'please tell ' * 40}")
    unread = await few.find(engine, long)
    assert len(engine.judged) == 1
    assert unread == await steps_of(engine, help_centre, prompt, settings, None).find(engine, long)


async def test_the_re_rankers_score_weighs_as_much_as_the_prompt_says(
    help_centre: HelpCentre, prompt: PromptConfig, settings: Settings
) -> None:
    engine = Judging({STOVE: 1.0, LATE: 0.5})
    every = prompt.constraints.model_copy(update={"nearest": 16})
    prompt = prompt.model_copy(update={"constraints": every})
    found = await steps_of(engine, help_centre, prompt, settings, None).find(engine, user_says(COST))
    scored = tuple(replace(hit, reranked={LATE: -1.0, STOVE: -2.0}.get(hit.sentence)) for hit in found.sentences)
    for weight, first, score in ((0.0, STOVE, 1.0), (1.0, LATE, -0.5)):
        reader = reader_of(engine, reranked_weight=weight)
        context = await reader.read(engine, replace(found, sentences=scored))
        assert (context.sentences[0].sentence, context.sentences[0].read) == (first, score)
        assert context.sentences[0].judged == engine.told[first]
        # What the re-ranker was not asked about is as good as its worst.
        assert context.sentences[-1].read == -1.0 - 2.0 * weight


def numbers(prompt: PromptConfig, **right: float) -> PromptConfig:
    """By the reader alone; without one nothing is answered."""
    assert prompt.decide
    never = Calibrations(
        right=Calibration(bias=-50),
        reach=Calibration(bias=-50),
        foreign=Calibration(bias=-50),
        answer=0.5,
        offer=0.5,
        decline=0.5,
    )
    read = never.model_copy(update={"right": Calibration.model_validate({"weights": right})})
    decided = {"read": read, "stock": never, "reranked": never}
    return prompt.model_copy(update={"decide": prompt.decide.model_copy(update=decided)})


@pytest.mark.parametrize(("none", "decision"), [(2.0, "answer"), (4.0, "handoff")])
async def test_what_speaks_for_none_of_them_decides(
    none: float, decision: str, help_centre: HelpCentre, prompt: PromptConfig, settings: Settings
) -> None:
    engine = Judging({STOVE: 3.0, LATE: 1.5, "None": none})
    steps = steps_of(engine, help_centre, prompt, settings, reader_of(engine))
    context = await steps.find(engine, user_says(COST))
    found = features(context)
    assert (found["none_gap"], found["read_margin"]) == (3.0 - none, 1.5)
    assert found["read_share"] < 0
    ruled = numbers(prompt, none_gap=1.0).decide
    assert ruled and decide(context, user_says(COST), ruled).decision == decision
    unread = await steps_of(engine, help_centre, prompt, settings, None).find(engine, user_says(COST))
    assert decide(unread, user_says(COST), ruled).decision == "handoff"


async def quoted(engine: Judging, context: Context, prompt: PromptConfig, dialogue: Dialogue) -> list[str]:
    speech = Speech(engine, max_prompt_tokens=512, max_new_tokens=16, sampling=Sampling())
    quotes = await quote(engine, dialogue, context, speech, Speaker("Hi."), prompt)
    return [hit.sentence for hit in quotes.hits]


async def test_a_second_sentence_is_quoted_within_the_readers_own_margin(
    help_centre: HelpCentre, prompt: PromptConfig, settings: Settings
) -> None:
    engine = Judging({STOVE: 3.0, LATE: 2.2, "We mend a torn tent for $20.": 2.9})
    reading = steps_of(engine, help_centre, prompt, settings, reader_of(engine))
    context = await reading.find(engine, user_says(COST))
    for margin, expected in ((0.7, [STOVE]), (0.9, [STOVE, LATE])):
        near = prompt.model_copy(update={"reader": ReaderSection(margin=margin, picked_margin=0.0)})
        assert await quoted(engine, context, near, user_says(COST)) == expected
        picked = replace(context, article="rent")
        assert await quoted(engine, picked, near, user_says(COST)) == [STOVE]
    # What was said is not said again.
    said = Dialogue((Turn("user", COST), Turn("assistant", STOVE), Turn("user", "and late?")))
    near = prompt.model_copy(update={"reader": ReaderSection(margin=0.0)})
    assert STOVE not in await quoted(engine, context, near, said)
