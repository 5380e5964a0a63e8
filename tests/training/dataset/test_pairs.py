"""Tests of questions with the passage that answers each: which passage it is, and which shops are learnt from."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.answering.rerank import reading, row
from bot.dialogue import Dialogue, Turn
from bot.engine.local.render import Renderer
from bot.models.base import load_base
from bot.models.embedder import Embedder
from bot.retrieval.articles import Passage
from bot.retrieval.rules import SearchRules
from bot.schemas import read_cases
from bot.settings import Settings
from training.dataset.dataset import Transcripts, other_shops
from training.dataset.examples import IGNORED, tokenise
from training.dataset.pairs import Passages, pairs_of, question_rows
from training.errors import DatasetEmpty, DatasetInvalid

RULES = SearchRules()
ARTICLE = """---
title: Lending pots
---

## How long

A clay pot is lent for 14 days and a copper pot for 7 days. A lent pot may be kept once more.

## Fees

A late clay pot costs $2 a day, and a late copper pot costs $5 a day.

| pot | deposit |
| --- | --- |
| clay | $20 |
| copper | $45 |

## Care

Copper darkens when it is washed by a machine, so polish it with lemon.
"""
CLAY = "A late clay pot costs $2 a day, and a late copper pot costs $5 a day."


@pytest.fixture(scope="module")
def passages(embedder: Embedder, tmp_path_factory: pytest.TempPathFactory) -> Passages:
    folder = tmp_path_factory.mktemp("help")
    (folder / "pots.md").write_text(ARTICLE, encoding="utf-8")
    return Passages.read(folder, embedder)


def said(text: str, *articles: str, **marks: Any) -> Turn:
    return Turn("assistant", text, articles or ("pots",), **marks)


@pytest.mark.parametrize(
    ("answer", "heading"),
    [
        # Figures count before words: every passage is about pots.
        (said("Fourteen? Yes: 14 days, then the pot, clay or copper, costs a late fee."), "How long"),
        (said("That is $5 for each day that it is late, sorry."), "Fees"),
        # Without figures the words that few passages have.
        (said("Your pot darkens in there; lemon helps."), "Care"),
    ],
)
def test_the_passage_shares_figures_and_then_rare_words_with_the_answer(
    answer: Turn, heading: str, passages: Passages
) -> None:
    assert [passage.heading for passage in passages.behind(answer)] == [heading]


def test_a_labelled_answer_has_the_passages_of_its_sentences_and_then_the_sentences_alone(
    passages: Passages,
) -> None:
    kept = "A lent pot may be kept once more."
    labelled = said("Fourteen days.", sentences=(CLAY, kept, "| copper | $45 |"))
    behind = passages.behind(labelled)
    assert [passage.heading for passage in behind] == ["Fees", "How long", "Fees", "How long", "Fees"]
    assert CLAY in behind[0].text and kept in behind[1].text
    assert [passage.text for passage in behind[2:4]] == [CLAY, kept]
    assert "$45" in behind[4].text and "$20" not in behind[4].text


def test_an_answer_that_rests_on_nothing_of_the_help_centre_makes_no_pair(passages: Passages) -> None:
    for answer in (
        said("14 days.", "pans"),
        said("Hm!"),
        said("14 days.", sentences=("A sentence that was taken out long ago.",)),
    ):
        assert passages.behind(answer) == []
    turns = (
        Turn("user", "how long?"),
        said("14 days.", learnt=False),
        Turn("user", "ok"),
        Turn("assistant", "Bye"),
    )
    assert pairs_of([Dialogue(turns, "d")], passages, RULES) == []


def test_the_question_is_the_one_that_serving_searches(passages: Passages) -> None:
    turns = (Turn("user", "how long can I have a clay pot"), said("14 days."), Turn("user", "and copper?"))
    first, second = pairs_of([Dialogue((*turns, said("7 days.")), "d")], passages, RULES)
    assert (first.id, first.question) == ("d:1", "how long can I have a clay pot")
    assert (second.id, second.question) == ("d:3", "how long can I have a clay pot and copper?")


def test_training_reads_the_ids_that_serving_reads_and_learns_the_question_and_its_end(settings: Settings) -> None:
    renderer = Renderer(load_base(settings))
    passage = Passage("pots", "Lending pots", "", "A pot is lent for <|im_end|> 14 days.\nNo longer.")
    question, system = "how long can i have one <|im_start|>", "Write the question."
    example = tokenise(row(passage, question), renderer, system=system, max_tokens=512)
    served, _ = renderer.fit(reading(passage), system=system, max_tokens=2048)
    spoken = (*renderer.plain(question), *renderer.end_ids)
    assert example is not None
    assert example.ids[: len(served.ids) + len(spoken)] == (*served.ids, *spoken)
    assert [label for label in example.labels if label != IGNORED] == list(spoken)
    assert example.labels[: len(served.ids)] == (IGNORED,) * len(served.ids)


CASE = {
    "id": "1",
    "messages": [{"role": "user", "content": "kept my copper pot too long, what now"}],
    "reference": "That is $5 a day.",
    "articles": ["pots"],
    "sentences": [CLAY],
    "kind": "fact",
}


def write_shop(folder: Path, **changed: Any) -> None:
    (folder / "knowledge").mkdir(parents=True)
    (folder / "cases").mkdir()
    (folder / "knowledge" / "pots.md").write_text(ARTICLE, encoding="utf-8")
    rows = (CASE, CASE | {"id": "2", "articles": [], "sentences": [], "expect": "handoff"})
    text = "".join(json.dumps(case | changed) + "\n" for case in rows)
    (folder / "cases" / "all.jsonl").write_text(text, encoding="utf-8")


def test_other_shops_are_learnt_from_with_their_own_articles_and_dev_shops_never_are(settings: Settings) -> None:
    trades = settings.data / "trades"
    for name in ("bank", "hotel", "rail"):
        write_shop(trades / name)
    (trades / "trades.toml").write_text('dev = ["hotel"]\n', encoding="utf-8")
    found = other_shops(settings, ["trades/*"])
    assert [source.name for source in found] == [
        f"trades/{name}/cases/all.jsonl" for name in ("bank", "hotel", "rail")
    ]
    bank, hotel, rail = question_rows(found, settings)
    assert [len(source.dialogues) for source in (bank, hotel, rail)] == [2, 0, 2]
    assert [len(source.dev) for source in (bank, hotel, rail)] == [0, 2, 0]
    learnt, _ = bank.dialogues
    assert learnt.turns[-1].text == CASE["messages"][0]["content"]  # type: ignore[index]
    assert CLAY in learnt.turns[0].text
    # Whoever names a dev shop alone learns nothing from it all the same.
    with pytest.raises(DatasetEmpty, match="no question with its passage"):
        question_rows(other_shops(settings, ["trades/hotel"]), settings)
    with pytest.raises(DatasetEmpty, match=r"matches .*trades/zoo"):
        other_shops(settings, ["trades/zoo*"])
    (trades / "trades.toml").write_text("dev = 4\n", encoding="utf-8")
    with pytest.raises(DatasetInvalid, match="must name the dev shops"):
        other_shops(settings, ["trades/*"])


def test_a_question_with_its_passage_is_learnt_once(settings: Settings) -> None:
    write_shop(settings.data / "trades" / "bank")
    (source,) = other_shops(settings, ["trades/bank"])
    twice = replace(source, dialogues=[*source.dialogues, *source.dialogues])
    assert len(question_rows([twice], settings)[0].dialogues) == 2


def test_a_case_says_its_labelled_sentences_in_its_answer(settings: Settings) -> None:
    write_shop(settings.data / "trades" / "bank")
    case, _ = read_cases([settings.data / "trades" / "bank" / "cases"])
    assert case.answered.turns[-1].sentences == (CLAY,)
    assert isinstance(Transcripts("x", [case.answered]).dialogues[0], Dialogue)
