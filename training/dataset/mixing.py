"""A team's own dialogues beside those of other shops, in a given share: what was learnt is not forgotten."""

import random
from collections.abc import Sequence
from dataclasses import replace

from bot.dialogue import Dialogue
from training.dataset.dataset import Transcripts


def mixed(
    own: Sequence[Transcripts], others: Sequence[Transcripts], *, replay: float | None, seed: int
) -> list[Transcripts]:
    """All of both, or as many dialogues of the larger side as make `replay` the others' share of all answers."""
    mine, theirs = _answers(own), _answers(others)
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


def _answers(sources: Sequence[Transcripts]) -> int:
    return sum(_learnt(dialogue) for source in sources for dialogue in source.dialogues)


def _learnt(dialogue: Dialogue) -> int:
    return sum(turn.learnt and turn.role in ("assistant", "agent") for turn in dialogue.turns)
