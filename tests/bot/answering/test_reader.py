"""Tests of the reader: the row that training and serving share."""

from bot.answering.reader import row
from bot.retrieval.articles import Passage

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
