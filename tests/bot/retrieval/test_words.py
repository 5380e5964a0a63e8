"""Tests of the search by words in a help centre of any size."""

from bot.retrieval.words import WordSearch

TEXTS = ["An order of a tent", "An order of a stove", "Orders", "A lantern, an order", "Nothing of it"]


def best(search: WordSearch, question: str) -> list[int]:
    scores = search.scores(question)
    return [place for place in scores.argsort()[::-1] if scores[place] > 0]


def test_a_rare_word_counts_most_and_words_are_found_by_their_stems() -> None:
    search = WordSearch(TEXTS)
    assert best(search, "my ordered tents")[0] == 0
    assert sorted(best(search, "ordering")) == [0, 1, 2, 3]
    assert best(search, "zebra") == best(search, "???") == best(WordSearch([]), "tent") == []


def test_in_a_large_help_centre_only_the_texts_of_rare_words_are_ranked() -> None:
    search = WordSearch(TEXTS, most=3)
    assert best(search, "order a tent") == [0]
    assert sorted(best(search, "order a tent or a lantern")) == [0, 3]
    assert sorted(best(search, "order zebra")) == [0, 1, 2, 3]
