"""Tests of data/: articles, transcripts and cases are what data/README.md says they are."""

import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from bot.dialogue import Dialogue
from bot.models.embedder import Embedder, Vectors
from bot.retrieval.articles import read_articles
from bot.retrieval.cutting import cut
from bot.retrieval.labels import sentences_for
from bot.schemas import Case, read_cases, read_dialogues
from training.evaluation.spelling import says, says_any

DATA = Path(__file__).parents[2] / "data"
ARTICLES = {article.slug: article for article in read_articles(DATA / "knowledge")}
CASES = {name: read_cases([DATA / f"cases/{name}.jsonl"]) for name in ("dev", "test")}
# Typed plainly, as most customers do: for choosing, beside the situations of dev.
EVERYDAY = read_cases([DATA / "cases/everyday.jsonl"])
EVERY_CASE = CASES["dev"] + CASES["test"] + EVERYDAY
# Written as one would look for it.
PLAIN = {slug: " ".join(article.body.split()).casefold() for slug, article in ARTICLES.items()}
# Of a message that leaves open what is meant, there is no sentence to name.
LABELLED = [case for case in EVERY_CASE if case.articles and case.expect != "offer"]
PASSAGES = {slug: cut(article, fits=lambda _: True) for slug, article in ARTICLES.items()}


@pytest.fixture(scope="module")
def written() -> list[Dialogue]:
    return read_dialogues([DATA / "transcripts"])


@pytest.fixture(scope="module")
def whole(written: list[Dialogue], embedder: Embedder) -> Vectors:
    """Of each transcript as one text."""
    return embedder.encode_documents([text_of(dialogue) for dialogue in written])


@pytest.fixture(scope="module")
def asked(written: list[Dialogue], embedder: Embedder) -> Vectors:
    """Of each customer's message."""
    turns = [turn for dialogue in written for turn in dialogue.turns]
    return embedder.encode_documents([turn.text for turn in turns if turn.role == "user"])


def text_of(dialogue: Dialogue) -> str:
    return "\n".join(turn.text for turn in dialogue.turns)


def test_the_help_centre_has_enough_articles_of_a_readable_length() -> None:
    assert len(ARTICLES) >= 45
    lengths = {slug: len(re.findall(r"\S*\w\S*", article.body)) for slug, article in ARTICLES.items()}
    assert {slug: words for slug, words in lengths.items() if not 150 <= words <= 400} == {}


def test_the_transcripts_are_many_and_various(written: list[Dialogue]) -> None:
    assert len(written) >= 400 and len({dialogue.intent for dialogue in written}) >= 40
    lengths = Counter(len(dialogue.turns) for dialogue in written)
    assert min(lengths) >= 3 and max(lengths) <= 14
    assert len(lengths) >= 8, "they are all of a few lengths"


def test_answers_name_articles_that_exist_and_every_article_is_named(
    written: list[Dialogue],
) -> None:
    named = {slug for dialogue in written for turn in dialogue.turns for slug in turn.articles}
    assert named == set(ARTICLES)


def test_no_two_transcripts_are_nearly_the_same(written: list[Dialogue], whole: Vectors) -> None:
    cosines = np.triu(whole @ whole.T, k=1)
    a, b = np.unravel_index(cosines.argmax(), cosines.shape)
    assert cosines[a, b] < 0.93, (written[a].id, written[b].id)


def test_there_are_enough_cases_of_each_kind() -> None:
    assert (len(CASES["dev"]), len(CASES["test"])) == (266, 476)
    kinds = {name: Counter(case.kind for case in cases) for name, cases in CASES.items()}
    on_test_at_least = {"two-questions": 30, "false-premise": 30, "language": 30, "vague": 20}
    others = {"fact", "follow-up", "hand-off", "out-of-scope", "adversarial", "act"}
    assert set(kinds["dev"]) == set(kinds["test"]) == others | set(on_test_at_least)
    assert kinds["dev"]["adversarial"] + kinds["test"]["adversarial"] >= 80
    for kind, on_test in on_test_at_least.items():
        assert kinds["test"][kind] >= on_test and kinds["dev"][kind] >= on_test // 2, kind
    ids = [case.id for cases in CASES.values() for case in cases]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("case", EVERY_CASE, ids=lambda case: case.id)
def test_what_a_case_demands_stands_in_its_article_and_its_reference(case: Case) -> None:
    assert set(case.articles) <= set(ARTICLES)
    for spellings in case.must_include:
        assert case.articles
        bodies = [PLAIN[slug] for slug in case.articles]
        assert any(spelling.casefold() in body for spelling in spellings for body in bodies), spellings
        assert any(spelling.casefold() in case.reference.casefold() for spelling in spellings), spellings
    for claim in case.must_not_include:
        assert claim.casefold() not in case.reference.casefold()
    assert case.articles or case.expect != "answer", "there is nothing to answer from"
    if case.kind in ("fact", "follow-up"):
        assert case.must_include and case.in_scope
    assert case.expect == "handoff" or case.kind != "hand-off"
    assert case.expect == "decline" or case.kind != "out-of-scope"
    if case.kind == "vague":
        assert case.expect == "offer" and len(case.articles) >= 2 and not case.must_include
    if case.kind == "language":
        assert case.expect == "handoff" or case.must_include
    if case.kind in ("two-questions", "false-premise"):
        assert case.expect == "answer" and case.must_include


@pytest.mark.parametrize("case", LABELLED, ids=lambda case: case.id)
def test_the_answering_sentences_stand_in_the_articles_and_hold_the_facts(case: Case) -> None:
    """Every article has its share in the answer, and whoever quotes them word for word is right."""
    found = {
        sentence: {slug for slug in case.articles if sentences_for(sentence, ARTICLES[slug], PASSAGES[slug])}
        for sentence in case.sentences
    }
    assert [sentence for sentence, slugs in found.items() if not slugs] == []
    assert set().union(*found.values()) == set(case.articles)
    evidence = "\n".join(case.sentences)
    for spellings in case.must_include:
        assert says_any(evidence, spellings), spellings
    for claim in case.must_not_include:
        assert not says(evidence, claim), claim


def test_no_case_is_nearly_a_training_transcript_and_none_is_in_both_sets(
    whole: Vectors, asked: Vectors, embedder: Embedder
) -> None:
    """Neither its last question as one of their messages, nor the whole of it as one of them."""
    # What is no question many say alike.
    cases = [case for case in EVERY_CASE if "-act-" not in case.id]
    lasts = embedder.encode_documents([case.dialogue.turns[-1].text for case in cases])
    texts = embedder.encode_documents([text_of(case.dialogue) for case in cases])
    for mine, theirs in ((lasts, asked), (texts, whole)):
        cosines = mine @ theirs.T
        assert cosines.max() <= 0.9, cases[int(cosines.max(axis=1).argmax())].id
    assert np.triu(texts @ texts.T, k=1).max() <= 0.9
