"""Tests of finding a sentence of an article's source in what is read of it."""

import pytest

from bot.retrieval.articles import Article
from bot.retrieval.cutting import cut
from bot.retrieval.labels import sentences_for

BODY = """\
## Fees

A transfer costs **$5** at the [desk](https://x.example). It is free online. It costs $50 by courier.
A wrapped sentence
goes on here.

| Plan | Fee | Limit |
|------|----:|-------|
| Gold | $9 | **5** |
| Basic | $9 | 15 |

## Fees abroad

| Plan | Cash |
|---|---|
| Gold | 1.5% |

You need:

- a passport. It is valid.
- a photo

1. Sign in to `my` page.
2. Choose *Cancel*
"""
ARTICLE = Article("fees", "Fees", BODY)
PASSAGES = [*cut(Article("other", "Other", BODY), fits=lambda _: True), *cut(ARTICLE, fits=lambda _: True)]


@pytest.mark.parametrize(
    ("label", "found"),
    [
        ("It is free online.", ["It is free online."]),
        ("A transfer costs **$5** at the [desk](https://x.example).", ["A transfer costs $5 at the desk."]),
        ("A transfer costs $5 at the desk", ["A transfer costs $5 at the desk."]),
        ("It is free online. It costs $50 by courier.", ["It is free online.", "It costs $50 by courier."]),
        ("A wrapped sentence goes on here.", ["A wrapped sentence goes on here."]),
        ("A wrapped sentence\ngoes on here.", ["A wrapped sentence goes on here."]),
        ("| Gold | $9 | **5** |", ["Plan: Gold – Fee: $9; Limit: 5."]),
        ("| Basic | $9 | 15 |", ["Plan: Basic – Fee: $9; Limit: 15."]),
        ("| Gold | 1.5% |", ["Plan: Gold – Cash: 1.5%."]),
        ("a photo", ["You need: a photo."]),
        ("- a photo", ["You need: a photo."]),
        ("a passport. It is valid.", ["You need: a passport.", "You need: It is valid."]),
        ("You need:", ["You need: a passport.", "You need: It is valid.", "You need: a photo."]),
        ("You need: a photo.", ["You need: a photo."]),
        ("Sign in to `my` page.", ["1. Sign in to my page."]),
        ("2. Choose *Cancel*", ["2. Choose Cancel."]),
        ("It costs $5", []),
        ("| Gold | $9 | 6 |", []),
        ("", []),
    ],
)
def test_a_label_is_found_as_it_is_said(label: str, found: list[str]) -> None:
    hits = sentences_for(label, ARTICLE, PASSAGES)
    assert [hit.sentence for hit in hits] == found
    assert all(hit.passage.article == "fees" and hit.sentence in hit.passage.sentences for hit in hits)
