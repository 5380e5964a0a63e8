"""Test of the check of whole claims on paraphrases and altered sentences of trades' articles, written by hand."""

import json
from pathlib import Path

import pytest

from bot.prompting.claims.support import supported
from bot.retrieval.quotables import quotables

PAIRS = Path(__file__).with_name("claims-dev.jsonl")


def test_altered_claims_are_found_and_honest_paraphrases_pass() -> None:
    """0.954 of 237 altered ones are found and 0.022 of 183 paraphrases flagged; the rules were written with these
    in view, so expect less of others."""
    flagged: dict[bool, list[bool]] = {True: [], False: []}
    for line in PAIRS.read_text(encoding="utf-8").splitlines():
        pair = json.loads(line)
        sentences = [quotable.said for quotable in quotables(pair["passage"])]
        found = supported(pair["sentence"], sentences, f"{pair['title']}. {pair['heading']}")
        flagged[pair["supported"]].append(bool(found))
    assert len(flagged[True]) >= 150 and len(flagged[False]) >= 150
    assert sum(flagged[False]) / len(flagged[False]) >= 0.95
    assert sum(flagged[True]) / len(flagged[True]) <= 0.15


def test_every_sentence_of_a_passage_is_held_by_it() -> None:
    for line in PAIRS.read_text(encoding="utf-8").splitlines():
        sentences = [quotable.said for quotable in quotables(json.loads(line)["passage"])]
        assert not [sentence for sentence in sentences if supported(sentence, sentences)]


@pytest.mark.parametrize(
    ("passage", "said", "found"),
    [
        ("Choose a pot that is 3 cm wider than the old one.", "A 3 cm wide pot is better.", True),
        ("Choose a pot that is 3 cm wider than the old one.", "Take a pot 3 cm wider than the old one.", False),
        ("We match that price and take off another $10.", "We take off $10.", True),
        ("We match that price and take off another $10.", "We take off $10 on top of the match.", False),
        ("It takes 2 days longer, and 2 days in winter.", "It takes 2 days.", False),
    ],
)
def test_a_difference_is_not_said_as_a_figure_of_its_own(passage: str, said: str, found: bool) -> None:
    assert any(one.kind == "comparison" for one in supported(said, [passage])) == found
