"""Test of the check of whole claims on paraphrases and altered sentences of trades' articles, written by hand."""

import json
from pathlib import Path

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
