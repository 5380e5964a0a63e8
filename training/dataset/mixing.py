"""A team's own dialogues beside those of other shops, in a given share: what was learnt is not forgotten."""

import random
from collections.abc import Sequence
from dataclasses import replace

from bot.dialogue import Turn
from training.dataset.dataset import Transcripts


def mixed(
    own: Sequence[Transcripts],
    others: Sequence[Transcripts],
    *,
    replay: float | None,
    seed: int,
    naming: bool = False,
) -> list[Transcripts]:
    """All of both, or as many dialogues of the larger side as make `replay` the others' share of all answers.

    With `naming`, only answers that name an article are counted, where nothing is learnt from others.
    """
    mine, theirs = _answers(own, naming=naming), _answers(others, naming=naming)
    if replay is None or not mine or not theirs:
        return [*own, *others]
    wanted = replay * mine / (1 - replay)
    return [
        *_drawn(own, min(1.0, theirs / wanted) if wanted else 1.0, seed),
        *_drawn(others, min(1.0, wanted / theirs), seed),
    ]


def _drawn(sources: Sequence[Transcripts], share: float, seed: int) -> list[Transcripts]:
    """The sources with this share of the dialogues of each; what is held back stays."""
    drawn = []
    for source in sources:
        count = round(share * len(source.dialogues))
        places = sorted(random.Random(f"{seed}:{source.name}").sample(range(len(source.dialogues)), count))
        drawn.append(replace(source, dialogues=[source.dialogues[place] for place in places]))
    return drawn


def _answers(sources: Sequence[Transcripts], *, naming: bool) -> int:
    dialogues = [dialogue for source in sources for dialogue in source.dialogues]
    return sum(_learnt(turn) and bool(turn.articles or not naming) for one in dialogues for turn in one.turns)


def _learnt(turn: Turn) -> bool:
    return turn.learnt and turn.role in ("assistant", "agent")
