"""Tests of splitting: lines of help centres that are hard, and what they are split into."""

import pytest

from bot.retrieval.sentences import split_sentences
from tests.tools.sentence_score import cuts, labelled

# Where even readers need to know what is meant: "in zone B. Tickets", "etc. Photos".
KNOWN_WRONG = 10


def test_hard_lines_of_help_centres_are_split_where_their_sentences_end() -> None:
    lines = labelled()
    wrong = [line.text for line in lines if cuts(split_sentences(line.text)) != cuts(line.sentences)]
    assert len(lines) == 160 and len(wrong) <= KNOWN_WRONG, wrong


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("We open at 9 a.m. on Sundays.", ("We open at 9 a.m. on Sundays.",)),
        ("Open from 8 a.m. to 6 p.m. Monday to Friday.", ("Open from 8 a.m. to 6 p.m. Monday to Friday.",)),
        ("It closes at 6 p.m. Then call us.", ("It closes at 6 p.m.", "Then call us.")),
        ("1. Open it. Wait.\n2) Close it.", ("1. Open it.", "Wait.", "2) Close it.")),
        ("- One.\n\n  - Two.  Then three.", ("One.", "Two.", "Then three.")),
        ("", ()),
    ],
)
def test_times_steps_and_bullets(text: str, sentences: tuple[str, ...]) -> None:
    assert split_sentences(text) == sentences
