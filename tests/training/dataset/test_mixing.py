"""Tests of the share that other shops have among the answers that are learnt."""

import pytest

from bot.dialogue import Dialogue, Turn
from training.dataset.dataset import Transcripts
from training.dataset.mixing import mixed


def source(name: str, dialogues: int, answers: int) -> Transcripts:
    turns = (Turn("user", "?"), Turn("assistant", "!")) * answers
    dev = [Dialogue(turns, f"{name}-dev")]
    return Transcripts(name, [Dialogue(turns, f"{name}-{place}") for place in range(dialogues)], dev)


def counted(sources: list[Transcripts], name: str) -> int:
    return sum(len(one.dialogues) for one in sources if one.name.startswith(name))


@pytest.mark.parametrize(
    ("replay", "own", "others"),
    [
        (None, 20, 90),  # all of both
        (0.2, 20, 20),  # 80 answers of the shop's own, 20 of others
        (0.6, 15, 90),  # the others are too few: their 90 answers are three fifths, so 60 of the own
        (0.0, 20, 0),
    ],
)
def test_the_larger_side_is_drawn_from(replay: float | None, own: int, others: int) -> None:
    sources = [source("own", 20, 4)], [source("other-a", 60, 1), source("other-b", 30, 1)]
    found = mixed(*sources, replay=replay, seed=0)
    assert (counted(found, "own"), counted(found, "other")) == (own, others)
    assert found == mixed(*sources, replay=replay, seed=0)
    # What is held back is never drawn from.
    assert [len(one.dev) for one in found] == [1, 1, 1]


def test_one_side_alone_is_taken_whole() -> None:
    assert counted(mixed([source("own", 3, 1)], [], replay=0.5, seed=0), "own") == 3
    assert counted(mixed([], [source("other", 3, 1)], replay=0.5, seed=0), "other") == 3


def test_only_answers_that_name_an_article_count_where_nothing_is_learnt_from_others() -> None:
    named = (
        Turn("user", "?"),
        Turn("assistant", "!", ("pots",)),
        Turn("user", "thanks"),
        Turn("assistant", "bye"),
    )
    own = [Transcripts("own", [Dialogue(named, str(place)) for place in range(20)])]
    others = [Transcripts("other", [Dialogue(named[:2], str(place)) for place in range(90)])]
    for naming, count in ((True, 5), (False, 10)):
        assert counted(mixed(own, others, replay=0.2, seed=0, naming=naming), "other") == count
