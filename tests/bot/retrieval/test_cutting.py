"""Tests that the embedder reads every passage to its end: what is too long is cut where it hurts least."""

from collections.abc import Sequence

import pytest

from bot.models.embedder import Embedder
from bot.retrieval.articles import Article, Passage
from bot.retrieval.index import passages_of
from bot.retrieval.retriever import passage_document, sentence_document

SENTENCE = "Sentence {} tells a customer of Maple Row what a return of {} kg costs."


def passages(embedder: Embedder, body: str, title: str = "Returning an order") -> Sequence[Passage]:
    found = passages_of(Article("returns", title, body), embedder)
    assert all(embedder.reads(passage_document(passage)) for passage in found)
    assert all(embedder.reads(sentence_document(p, sentence)) for p in found for sentence in p.sentences)
    return found


def sentences(found: Sequence[Passage]) -> list[str]:
    return [sentence for passage in found for sentence in passage.sentences]


def test_the_embedder_says_what_it_reads(embedder: Embedder) -> None:
    # 256 with the two tokens that the tokenizer puts around a text.
    assert embedder.reads("tent " * 254) and not embedder.reads("tent " * 255)


def test_a_long_paragraph_is_cut_between_sentences(embedder: Embedder) -> None:
    written = [SENTENCE.format(number, number) for number in range(60)]
    found = passages(embedder, "## Costs\n\n" + " ".join(written))
    assert 3 < len(found) < 10 and {passage.heading for passage in found} == {"Costs"}
    assert sentences(found) == written


def test_a_long_list_is_cut_between_items_and_each_piece_has_its_lead_in(embedder: Embedder) -> None:
    items = [SENTENCE.format(number, number) for number in range(40)]
    steps = [f"{number}. {item}" for number, item in enumerate(items, 1)]
    found = passages(embedder, "Before this. These hold:\n\n" + "\n".join(steps))
    assert len(found) > 2
    assert sentences(found) == ["Before this.", *(f"These hold: {step}" for step in steps)]
    assert all(passage.text.startswith("These hold:\n") for passage in found[1:])


def test_a_long_table_is_cut_between_rows(embedder: Embedder) -> None:
    rows = "\n".join(f"| Zone {number} | {number} days | ${number}.50 |" for number in range(60))
    found = passages(embedder, f"| Zone | Takes | Costs |\n|---|---|---|\n{rows}")
    assert sentences(found) == [f"Zone {n} – Takes: {n} days; Costs: ${n}.50." for n in range(60)]


def test_a_long_item_is_cut_between_its_sentences_and_keeps_what_it_belongs_to(embedder: Embedder) -> None:
    written = [SENTENCE.format(number, number) for number in range(40)]
    found = passages(embedder, f"You need:\n\n- a bill\n- {' '.join(written)}\n- a card")
    assert sentences(found) == [f"You need: {s}" for s in ("a bill.", *written, "a card.")]


@pytest.mark.parametrize("space", [" ", ""])
def test_a_sentence_that_is_too_long_alone_is_cut_at_a_word(embedder: Embedder, space: str) -> None:
    words = [f"word{number}" for number in range(400)]
    found = passages(embedder, f"Short one. Long {space.join(words)}. Last one.")
    assert sentences(found)[0] == "Short one." and sentences(found)[-1].endswith("Last one.")
    said = " ".join(passage.text for passage in found)
    assert said.replace(" ", "") == f"Shortone.Long{''.join(words)}.Lastone."
    assert not space or set(words[:-1]) <= set(said.split())


def test_a_title_that_is_too_long_alone_leaves_no_article_without_passages(embedder: Embedder) -> None:
    found = passages_of(Article("a", "Title " * 300, " ".join(SENTENCE.format(n, n) for n in range(20))), embedder)
    assert len(sentences(found)) == 20 and len(found) < 5
