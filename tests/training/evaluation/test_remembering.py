"""Tests of an engine that remembers scores: the same values, asked for once, at the time that they took."""

import asyncio
from dataclasses import replace

from bot.dialogue import user_says
from bot.engine.protocol import Generation, Judging, Prompt, Scores, Scoring
from bot.engine.scripted import ScriptedEngine
from training.evaluation.remembering import MOST, Remembering

PROMPT = Prompt(user_says("How much is a stamp?"), "Answer.")
ASKED = Scoring((PROMPT,), ("A stamp costs $1.",))
JUDGED = Judging(("A stamp costs $1.",), (0,), " yes", " no")


class Counting(ScriptedEngine):
    """Each score is higher than the one before, and takes a while."""

    def __init__(self) -> None:
        super().__init__("A stamp costs $1.")
        self.scored = 0

    async def score(self, request: Scoring) -> Scores:
        del request
        self.scored += 1
        for _ in range(1000):
            await asyncio.sleep(0)
        return Scores(((float(self.scored),),), 1)


async def test_what_was_scored_is_given_again_and_its_time_counts() -> None:
    engine = Counting()
    remembering = Remembering(engine)
    clock = remembering.clock
    async with remembering.admit() as place:
        began = clock()
        first = await place.score(ASKED)
        took_s, began = clock() - began, clock()
        again = await place.score(ASKED)
    assert again is first and engine.scored == 1
    assert clock() - began > took_s / 2
    async with remembering.admit() as place:
        assert await place.judge(JUDGED) is await place.judge(JUDGED)
        assert (await place.score(replace(ASKED, kept=False))).values == ((2.0,),)


async def test_only_the_newest_are_remembered_and_text_never_is() -> None:
    engine = Counting()
    remembering = Remembering(engine)
    async with remembering.admit() as place:
        for number in range(MOST + 1):
            await place.score(replace(ASKED, texts=(str(number),)))
        await place.score(replace(ASKED, texts=(str(MOST),)))
        assert engine.scored == MOST + 1
        await place.score(replace(ASKED, texts=("0",)))
        assert engine.scored == MOST + 2
        for _ in range(2):
            [piece async for piece in place.stream(Generation(PROMPT))]
        assert len(engine.asked) == 2
        remembering.forget()
        await place.score(replace(ASKED, texts=("0",)))
    assert engine.scored == MOST + 3 and engine.forgotten.is_set()
