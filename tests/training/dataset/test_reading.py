"""Tests of answers that are learnt behind passages: what stands in a row, and that serving reads the same."""

import json
import shutil
from typing import Any

import pytest

from bot.answering.checked import CheckedSpeech
from bot.answering.learned import Learned
from bot.answering.speech import Speaker, Speech
from bot.dialogue import Dialogue, user_says
from bot.engine.local.render import Renderer
from bot.engine.protocol import Sampling
from bot.engine.scripted import ScriptedEngine
from bot.errors import RecipeInvalid
from bot.models.base import load_base
from bot.models.embedder import Embedder
from bot.prompting.constraints import figures
from bot.prompting.template import read_prompt
from bot.retrieval.context import retrieve
from bot.retrieval.index import open_knowledge
from bot.settings import Settings
from bot.shop.profile import read_shop
from tests.conftest import ROOT
from training.dataset.dataset import Transcripts, other_shops, read_transcripts
from training.dataset.examples import IGNORED, tokenise
from training.dataset.reading import copied, reading_rows
from training.dataset.reading_options import ReadingOptions
from training.errors import DatasetEmpty

POTS = """# Lending pots

## How long

A clay pot is lent for 14 days and a copper pot for 7 days. A lent pot may be kept once more.

## Fees

A late clay pot costs $2 a day, and a late copper pot costs $5 a day.
"""
PANS = """# Lending pans

A pan is lent for 21 days.

## Fees

A late pan costs $4 a day at Potterhouse.
"""
COPPER = "A late clay pot costs $2 a day, and a late copper pot costs $5 a day."
SHOP = 'name = "Potterhouse"\nbrand_words = ["Potterhouse"]\n[contacts]\nemail = "a@potterhouse.example"\n'
SYSTEM = "You help customers of {{ shop.name }}."
PLAIN = ReadingOptions(vary=0.0, beside=0.0)


def case(name: str, asked: str, said: str, *sentences: str, **keys: Any) -> dict[str, Any]:
    return {
        "id": name,
        "messages": [{"role": "user", "content": asked}],
        "reference": said,
        "articles": ["pots"] if sentences else [],
        "sentences": list(sentences),
        "kind": "fact",
    } | keys


CLAY, KEPT = POTS.split("\n")[4].split(". ")
LATE = "kept my copper pot at Potterhouse too long, what now"
LONG = "how long can i have a clay one"
CASES = [
    case("late", LATE, "Sorry to hear that. That is $5 a day.", COPPER),
    case("long", LONG, "You may have it for 14 days.", KEPT, f"{CLAY}."),
    case("bowl", "do you lend bowls too", "A colleague will find out.", expect="handoff"),
]


@pytest.fixture
def pottery(settings: Settings) -> Settings:
    """A trade beside the shop, and the prompt that serves."""
    shop = settings.data / "trades" / "pottery"
    (shop / "knowledge").mkdir(parents=True)
    (shop / "cases").mkdir()
    (shop / "shop.toml").write_text(SHOP, encoding="utf-8")
    (shop / "knowledge" / "pots.md").write_text(POTS, encoding="utf-8")
    (shop / "knowledge" / "pans.md").write_text(PANS, encoding="utf-8")
    rows = "".join(json.dumps(one) + "\n" for one in CASES)
    (shop / "cases" / "all.jsonl").write_text(rows, encoding="utf-8")
    shutil.copytree(ROOT / "data" / "releases" / "prompted", settings.data / "releases" / "prompted")
    return settings


def rows_of(settings: Settings, options: ReadingOptions, *sources: Transcripts) -> list[Dialogue]:
    made = reading_rows(sources or other_shops(settings, ["trades/*"]), options, SYSTEM, 0, settings, measured=9)
    return [dialogue for source in made for dialogue in source.dialogues]


def test_a_row_is_an_answer_in_an_agents_words_behind_the_sentences_that_it_rests_on(pottery: Settings) -> None:
    late, long = sorted(rows_of(pottery, PLAIN), key=lambda row: row.id)
    assert [turn.role for turn in late.turns] == ["system", "user", "assistant"]
    assert late.turns[0].text == "You help customers of Potterhouse."
    assert late.turns[1].text == f"Help centre:\nLending pots › Fees: {COPPER}\n\n{LATE}".replace(" › Fees", "")
    assert late.turns[-1].text == "Sorry to hear that. That is $5 a day."
    # Two sentences stand in the order of their article, whatever the label's is; what has no answer is no row.
    assert f"{CLAY}. {KEPT}" in long.turns[1].text and COPPER not in long.turns[1].text


def test_some_rows_have_a_sentence_beside_that_does_not_answer(pottery: Settings) -> None:
    (pottery.data / "trades" / "pottery" / "knowledge" / "pots.md").write_text(
        f"# Pots\n\n{CLAY}. {KEPT} Pots are made by hand.\n", encoding="utf-8"
    )
    (long,) = (row for row in rows_of(pottery, PLAIN) if row.id.startswith("long"))
    (wide,) = (row for row in rows_of(pottery, ReadingOptions(vary=0.0, beside=1.0)) if row.id.startswith("long"))
    assert "made by hand" not in long.turns[1].text and "made by hand" in wide.turns[1].text


@pytest.mark.parametrize("copies", [12])
def test_a_changed_row_is_changed_alike_in_system_text_passages_question_and_answer(
    copies: int, pottery: Settings
) -> None:
    rows = rows_of(pottery, ReadingOptions(vary=1.0, copies=copies))
    late = [row for row in rows if row.id.startswith("late")]
    assert len(late) == copies and len({row.turns[-1].text for row in late}) > 1
    for row in late:
        system, asked, said = (turn.text for turn in row.turns)
        name = system.removeprefix("You help customers of ").rstrip(".")
        assert name != "Potterhouse" and "Potterhouse" not in asked and name in asked
        assert figures(said) and figures(said) <= figures(asked) | {one.split()[0] for one in figures(asked)}


async def test_serving_and_training_read_the_same_ids_and_the_answer_alone_is_learnt(
    pottery: Settings, embedder: Embedder
) -> None:
    row = next(row for row in rows_of(pottery, PLAIN) if row.id.startswith("long"))
    base = load_base(pottery)
    renderer = Renderer(base)
    example = tokenise(row, renderer, system=None, max_tokens=2048)
    # The same question, asked as a customer does.
    shop = read_shop(pottery.data / "trades" / "pottery")
    prompt = read_prompt(pottery.data / "releases" / "prompted" / "prompt.toml", shop)
    knowledge = open_knowledge(pottery.data / "trades" / "pottery" / "knowledge", embedder, pottery.home)
    engine = ScriptedEngine("Thanks!")
    speech = Speech(engine, max_prompt_tokens=2048, max_new_tokens=8, sampling=Sampling())
    speaker = Speaker("You help customers of Potterhouse.")
    # What is chosen here are the two sentences that the row is labelled with.
    rules = prompt.constraints.model_copy(update={"sentences": 2, "second_margin": 1.0, "alike_share": 1.0})
    prompt = prompt.model_copy(update={"constraints": rules})
    learned = Learned(speech, CheckedSpeech(speech, embedder, prompt), speaker, prompt, reads=True)
    context = retrieve(knowledge, user_says(LONG), prompt.retrieval, passages=1, nearest=4)
    assert [hit.sentence for hit in context.sentences] == [f"{CLAY}.", KEPT]
    async for _ in learned.sentences(engine, user_says(LONG), context):
        pass
    asked = engine.asked[0].prompt
    served, _ = renderer.fit(asked.dialogue, system=asked.system, max_tokens=asked.max_tokens)
    spoken = (*renderer.plain(row.turns[-1].text), *renderer.end_ids)
    assert example is not None and CLAY in asked.dialogue.turns[-1].text
    assert example.ids[: len(served.ids) + len(spoken)] == (*served.ids, *spoken)
    assert [label for label in example.labels if label != IGNORED] == list(spoken)


def test_transcripts_are_learnt_only_where_a_passage_holds_them_and_never_as_they_were(pottery: Settings) -> None:
    (pottery.data / "knowledge").mkdir()
    (pottery.data / "knowledge" / "pots.md").write_text(POTS, encoding="utf-8")

    def said(name: str, text: str, *articles: str) -> dict[str, Any]:
        asked = {"role": "user", "content": "How long may I keep my clay pot?"}
        return {
            "id": name,
            "messages": [asked, {"role": "assistant", "content": text, "articles": list(articles)}],
        }

    rows = [
        said("held", "A clay pot is lent for 14 days, so you may keep it.", "pots"),
        said("more", "A clay pot is lent for 14 days, and I have added 3 more.", "pots"),
        said("free", "I booked a courier and he rings tomorrow morning, clay or copper.", "pots"),
        said("none", "A clay pot is lent for 14 days."),
    ]
    file = pottery.data / "transcripts" / "more.jsonl"
    file.write_text("".join(json.dumps(one) + "\n" for one in rows), encoding="utf-8")
    made = rows_of(pottery, ReadingOptions(vary=0.01), read_transcripts(file, "more"))
    assert [row.id for row in made] == ["held:1#0"]
    assert "14 days" not in made[0].turns[-1].text


@pytest.mark.parametrize(
    ("answer", "share"),
    [
        ("You may keep a lent pot once more, for 7 days.", 0.0),
        ("Sure, a copper pot costs $5 a day.", 0.6),
        (COPPER, 1.0),
        ("$5.", 0.0),
    ],
)
def test_what_is_copied_is_told_by_runs_of_words(answer: str, share: float) -> None:
    assert copied(answer, [COPPER, KEPT]) == pytest.approx(share)


def test_an_answer_that_copies_its_sentences_teaches_nothing(pottery: Settings) -> None:
    file = pottery.data / "trades" / "pottery" / "cases" / "all.jsonl"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("You may have it for 14 days.", f"{CLAY}."), encoding="utf-8")
    all_ = {row.id for row in rows_of(pottery, PLAIN)}
    own = {row.id for row in rows_of(pottery, PLAIN.model_copy(update={"copied": 0.5}))}
    assert {name.partition(":")[0] for name in all_ - own} == {"long"} and own


def test_only_as_many_rows_are_drawn_as_the_recipe_takes(pottery: Settings) -> None:
    assert len(rows_of(pottery, PLAIN)) == 2
    assert len(rows_of(pottery, PLAIN.model_copy(update={"rows": 1}))) == 1
    assert rows_of(pottery, PLAIN) == rows_of(pottery, PLAIN)


def test_without_a_prompt_or_without_a_readable_answer_there_is_a_way_out(
    pottery: Settings,
) -> None:
    (source,) = other_shops(pottery, ["trades/*"])
    unanswered = Transcripts(source.name, (), (), source.knowledge)
    with pytest.raises(DatasetEmpty, match="nothing to read it from"):
        rows_of(pottery, PLAIN, unanswered)
    shutil.rmtree(pottery.data / "releases")
    with pytest.raises(RecipeInvalid, match="trilane-train fit prompt"):
        rows_of(pottery, PLAIN, source)
