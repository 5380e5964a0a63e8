"""Tests of data/trades/: other companies' help centres, and questions with everything that answers them."""

import json
import re
import tomllib
from collections import Counter
from pathlib import Path
from statistics import median

import numpy as np
import pytest

from bot.models.embedder import Embedder
from bot.retrieval.articles import Article, Passage, read_articles
from bot.retrieval.cutting import cut
from bot.retrieval.labels import sentences_for
from bot.retrieval.sentences import content_words
from bot.schemas import Case, read_cases
from bot.shop.profile import read_shop
from training.evaluation.observing import is_right

TRADES = Path(__file__).parents[2] / "data" / "trades"
DEV = tomllib.loads((TRADES / "trades.toml").read_text(encoding="utf-8"))["dev"]
FOLDERS = sorted(folder for folder in TRADES.iterdir() if folder.is_dir())
ARTICLES = {
    folder.name: {article.slug: article for article in read_articles(folder / "knowledge")} for folder in FOLDERS
}
EMERGENCY = {folder.name: read_shop(folder).safety.emergency for folder in FOLDERS}
CASES = {folder.name: read_cases([folder / "cases"]) for folder in FOLDERS}
# The others are typed plainly, with the article's words, as most customers type.
SITUATIONS = {trade: [case for case in cases if not re.search(r"-e\d", case.id)] for trade, cases in CASES.items()}
each_trade = pytest.mark.parametrize("trade", list(CASES))


def plain(text: str) -> str:
    """As one would look for it: without bold marks, links and line breaks."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    return " ".join(re.sub(r"[*_`]", "", text).split()).casefold()


def test_there_are_enough_trades_none_of_them_an_internet_provider_and_four_are_kept_for_choosing() -> None:
    assert len(FOLDERS) >= 20
    assert len(DEV) == 4 and set(DEV) <= set(CASES)
    assert len({read_shop(folder).name for folder in FOLDERS}) == len(FOLDERS)
    assert not any("internet" in (read_shop(folder).about or "") for folder in FOLDERS)


@each_trade
def test_a_trade_has_enough_articles_and_questions_and_a_fifth_has_no_answer(trade: str) -> None:
    assert 12 <= len(ARTICLES[trade]) <= 20
    cases = CASES[trade]
    assert len(cases) >= 100 and len({case.id for case in cases}) == len(cases)
    unanswered = [case for case in cases if not case.articles]
    assert 0.15 <= len(unanswered) / len(cases) <= 0.25
    assert {case.expect for case in unanswered} == {"handoff", "decline"}
    asked = {case.articles[0] for case in cases if case.articles}
    assert len(asked) >= len(ARTICLES[trade]) - 2, "some articles answer nothing"


@each_trade
def test_the_answering_sentences_stand_in_the_articles_and_hold_the_facts(trade: str) -> None:
    articles = ARTICLES[trade]
    passages = {slug: cut(article, fits=lambda _: True) for slug, article in articles.items()}
    for case in CASES[trade]:
        assert bool(case.articles) == bool(case.sentences) == bool(case.must_include), case.id
        assert set(case.articles) <= set(articles), case.id
        for sentence in case.sentences:
            assert any(sentences_for(sentence, articles[slug], passages[slug]) for slug in case.articles), case.id
        evidence = plain(" ".join(case.sentences))
        for spellings in case.must_include:
            assert any(plain(spelling) in evidence for spelling in spellings), (case.id, spellings)
        for claim in case.must_not_include:
            assert plain(claim) not in evidence, (case.id, claim)


@each_trade
def test_the_figures_of_an_answer_stand_in_the_help_centre_or_in_what_was_said(trade: str) -> None:
    known = " ".join(plain(article.body) for article in ARTICLES[trade].values()) + str(EMERGENCY[trade])
    for case in CASES[trade]:
        said = known + " ".join(turn.text for turn in case.dialogue.turns)
        # A belief that is corrected is repeated.
        for figure in re.findall(r"\d(?:[\d,.]*\d)?", case.reference):
            assert figure in said, (case.id, figure)


@each_trade
def test_a_reference_and_the_sentences_word_for_word_are_right_answers(trade: str) -> None:
    for case in CASES[trade]:
        if case.must_include:
            assert is_right(case, case.reference), case.id
            assert is_right(case, " ".join(case.sentences)), case.id


def test_no_two_companies_have_a_telephone_number_in_common() -> None:
    owners: dict[str, set[str]] = {}
    for folder in [*FOLDERS, TRADES.parent]:
        text = (folder / "shop.toml").read_text(encoding="utf-8")
        for number in re.findall(r"\(\d{3}\) 555-\d{4}|\b01632 960\d{3}\b", text):
            owners.setdefault(number, set()).add(folder.name)
    assert len(owners) > len(FOLDERS)
    assert not {number: names for number, names in owners.items() if len(names) > 1}


@each_trade
def test_customers_do_not_speak_like_the_articles(trade: str) -> None:
    shares = []
    for case in SITUATIONS[trade]:
        asked = set(content_words(case.dialogue.turns[-1].text))
        if case.sentences and asked:
            shares.append(len(asked & set(content_words(" ".join(case.sentences)))) / len(asked))
    assert median(shares) <= 0.2


@each_trade
def test_no_way_of_asking_comes_again_and_again(trade: str) -> None:
    openings = Counter(" ".join(case.dialogue.turns[-1].text.casefold().split()[:3]) for case in SITUATIONS[trade])
    assert max(openings.values()) <= 2, openings.most_common(1)


def test_no_two_questions_are_nearly_the_same(embedder: Embedder) -> None:
    cases = [case for trade in SITUATIONS.values() for case in trade]
    texts = ["\n".join(turn.text for turn in case.dialogue.turns) for case in cases]
    assert len({re.sub(r"\d+", "0", text) for text in texts}) == len(texts)
    vectors = embedder.encode_documents(texts)
    cosines = np.triu(vectors @ vectors.T, k=1)
    a, b = np.unravel_index(cosines.argmax(), cosines.shape)
    assert cosines[a, b] <= 0.9, (cases[a].id, cases[b].id)


@pytest.mark.parametrize("trade", DEV)
def test_a_trade_for_choosing_has_everyday_questions_no_two_of_them_nearly_the_same(
    trade: str, embedder: Embedder
) -> None:
    texts = [case.dialogue.turns[-1].text for case in CASES[trade] if case not in SITUATIONS[trade]]
    assert len(texts) >= 40
    vectors = embedder.encode_documents(texts)
    assert np.triu(vectors @ vectors.T, k=1).max() <= 0.9


@each_trade
def test_a_second_reader_names_the_same_article(trade: str) -> None:
    """They saw the articles and fifty of the messages, not what the first one had named."""
    first = {case.id: case for case in CASES[trade]}
    rows = map(json.loads, (TRADES / trade / "second-reader.jsonl").read_text(encoding="utf-8").splitlines())
    second = {row["id"]: row for row in rows}
    assert len(second) >= 50 and set(second) <= set(first)
    agreed = [same_article(first[name], row["articles"]) for name, row in second.items()]
    assert sum(agreed) / len(agreed) >= 0.9


def same_article(case: Case, named: list[str]) -> bool:
    """Whether the first article of one is among those of the other, or neither found any."""
    if not case.articles or not named:
        return not case.articles and not named
    return named[0] in case.articles or case.articles[0] in named


def test_a_label_is_found_where_it_stands_and_only_there() -> None:
    article = Article("fees", "Fees", "A transfer costs $3.\n\n| Plan | Fee |\n|---|---|\n| Gold | $9 |\n")
    passages: list[Passage] = cut(article, fits=lambda _: True)
    assert [hit.passage for hit in sentences_for("A transfer costs $3.", article, passages)] == [passages[0]]
    assert sentences_for("A transfer costs $4.", article, passages) == []
