"""Tests of the retrieval baseline: ranks and facts by hand, and the shop's questions are hard enough."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console

from bot.dialogue import user_says
from bot.models.embedder import Embedder
from bot.retrieval.index import open_knowledge
from bot.retrieval.retriever import Hit, Knowledge
from bot.retrieval.rules import SearchRules
from bot.schemas import Case, read_cases
from tests.tools.tiny_adapters import write_tiny_reranker
from tests.tools.tiny_base import write_tiny_base
from training.cli import cli
from training.errors import DatasetEmpty
from training.evaluation import retrieval

QUIET = Console(quiet=True)
RULES = SearchRules()


def case(question: str, article: str, *facts: str) -> Case:
    return Case(user_says(question), "", tuple((fact,) for fact in facts), (), (article,), "answer", "fact")


@pytest.fixture
def pets(tmp_path: Path, embedder: Embedder) -> Knowledge:
    folder = tmp_path / "help"
    folder.mkdir()
    for slug, text in (
        ("cats", "A cat sleeps 14 hours."),
        ("dogs", "A dog walks 3 miles."),
        ("fish", "Goldfish live in bowls."),
        ("mice", "A mouse eats cheese."),
        ("ants", "Ants carry leaves."),
        ("bees", "Bees make honey."),
    ):
        (folder / f"{slug}.md").write_text(f"---\ntitle: {slug}\n---\n\n{text}\n")
    return open_knowledge(folder, embedder, tmp_path)


def by_search(cases: list[Case], knowledge: Knowledge) -> dict[str, retrieval.Retrieval]:
    return {result.search: result for result in retrieval.measure(cases, knowledge, RULES, console=QUIET)}


def test_ranks_and_facts_are_counted_as_one_would_by_hand(pets: Knowledge) -> None:
    cases = [
        case("how long does my cat sleep", "cats", "14 hours"),
        case("who makes honey", "bees", "honey", "not in any article"),
        # Search cannot know that this is about fish.
        case("cat sleep hours", "fish", "bowls"),
    ]
    both = by_search(cases, pets)["both"]
    assert both.hit[1] == pytest.approx(2 / 3)
    assert 2 / 3 < both.mrr < 1
    assert both.facts[5] in (pytest.approx(2 / 4), pytest.approx(3 / 4))
    assert both.facts[3] <= both.facts[5]


def test_the_three_searches_are_three(pets: Knowledge) -> None:
    """Without a word in common BM25 finds nothing, and embeddings the article that means the same."""
    found = by_search([case("kitten naps", "cats")], pets)
    assert found["embeddings"].hit[1] == found["both"].hit[1] == 1
    last = by_search([case("kitten naps", "mice")], pets)
    # All passages score 0 there, and stay in the order of their slugs: ants, bees, cats, dogs, fish, mice.
    assert last["BM25"].mrr == pytest.approx(1 / 6)


def test_the_share_of_words_in_common_is_of_the_question(pets: Knowledge) -> None:
    assert retrieval.overlap([case("cat snores hours loudly", "cats")], pets, RULES) == [0.5]


def test_what_a_reranker_makes_of_the_served_search_has_a_row_of_its_own(pets: Knowledge) -> None:
    cases = [case("who makes honey", "bees", "honey"), case("kitten naps", "cats", "14 hours")]
    asked: list[str] = []

    def backwards(question: str, hits: Sequence[Hit]) -> Sequence[Hit]:
        asked.append(question)
        return hits[::-1]

    *searches, reranked = retrieval.measure(cases, pets, RULES, rerank=backwards, console=QUIET)
    assert [result.search for result in searches] == list(retrieval.SEARCHES)
    assert asked == ["who makes honey", "kitten naps"]
    assert (searches[-1].hit[1], reranked.search, reranked.hit[5]) == (1, "re-ranked", 0)
    assert reranked.mrr == pytest.approx(1 / 6)
    assert (searches[-1].facts[3], reranked.facts[3]) == (1, 0)


def test_an_article_that_the_help_centre_lacks_is_named(pets: Knowledge) -> None:
    with pytest.raises(DatasetEmpty, match="not in the help centre: birds"):
        retrieval.measure([case("do birds fly", "birds")], pets, RULES, console=QUIET)


def test_the_questions_of_dev_are_not_answered_by_stock_search_or_by_word_overlap(knowledge: Knowledge) -> None:
    cases = read_cases([Path(__file__).parents[3] / "data/cases/dev.jsonl"])
    both = retrieval.measure(cases, knowledge, RULES, console=QUIET)[-1]
    assert both.hit[3] <= 0.90 and both.facts[3] <= 0.90
    shares = retrieval.overlap(cases, knowledge, RULES)
    assert sum(share <= retrieval.FEW_SHARED for share in shares) >= len(shares) / 2


@pytest.mark.usefixtures("pets")
def test_the_command_prints_a_table_for_each_file_of_cases(tmp_path: Path) -> None:
    file = tmp_path / "mine.jsonl"
    file.write_text(
        '{"id": "1", "messages": [{"role": "user", "content": "who makes honey"}], "reference": "Bees.", '
        '"must_include": [["honey"]], "articles": ["bees"], "kind": "fact"}\n'
    )
    result = CliRunner().invoke(cli, ["retrieval", "--cases", str(file), "--knowledge", str(tmp_path / "help")])
    assert result.exit_code == 0, result.output
    for heading in ("mine.jsonl, 1 questions", "embeddings", "BM25", "both", "hit@3", "MRR", "content words"):
        assert heading in result.output
    # By the shipped one.
    assert "re-ranked" in result.output
    write_tiny_base(tmp_path / "tiny")
    part = write_tiny_reranker(tmp_path / "reranker", tmp_path / "tiny")
    options = ["--cases", str(file), "--knowledge", str(tmp_path / "help"), "--reranker", str(part.folder)]
    environment = {"TRILANE_BASE_MODEL": str(tmp_path / "tiny"), "TRILANE_DTYPE": "float32"}
    result = CliRunner().invoke(cli, ["retrieval", *options], env=environment)
    assert result.exit_code == 0, result.output
    assert "re-ranked" in result.output
