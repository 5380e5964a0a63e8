"""Tests of what is said while a model still writes: whole sentences, as the whole text has them."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from bot.answering.speech import Speaker, Speech
from bot.dialogue import user_says
from bot.engine.protocol import Generation, Output, Sampling, StopReason, Text
from bot.engine.scripted import ScriptedEngine


class Listening(ScriptedEngine):
    """Remembers how much is written."""

    written = ""

    async def stream(self, request: Generation) -> AsyncGenerator[Output, None]:
        async with aclosing(super().stream(request)) as pieces:
            async for piece in pieces:
                if isinstance(piece, Text):
                    self.written += piece.text
                yield piece


async def written(text: str, reason: StopReason = "stop") -> list[str]:
    """The sentences that come of a text that is written word by word."""
    engine = ScriptedEngine(text, reason)
    speech = Speech(engine, max_prompt_tokens=100, max_new_tokens=100, sampling=Sampling())
    async with speech.admit() as place:
        said = [piece async for piece in speech.write(place, user_says("?"), Speaker("system"))]
    return [piece for piece in said if isinstance(piece, str)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("We open at nine. We close at six.", ["We open at nine.", "We close at six."]),
        ("Until 6 p.m. Monday to Friday. Yes.", ["Until 6 p.m. Monday to Friday.", "Yes."]),
        ("It weighs approx. 5 kg. No. No. No.", ["It weighs approx. 5 kg.", "No.", "No.", "No."]),
        ("Do this:\n1. Open it.\n2. Close it.\n- Done", ["Do this:", "1. Open it.", "2. Close it.", "Done"]),
        ("  One.  Two. ", ["One.", "Two."]),
        ("", []),
        (" \n", []),
    ],
)
async def test_sentences_come_as_the_whole_text_has_them(text: str, said: list[str]) -> None:
    assert await written(text) == said


async def test_what_a_limit_cut_off_is_not_said() -> None:
    assert await written("One. Two and", "length") == ["One."]
    assert await written("One. Two.", "length") == ["One.", "Two."]


async def test_a_sentence_is_said_when_the_next_one_has_begun() -> None:
    engine = Listening("We open at nine. We close at six. Bye")
    speech = Speech(engine, max_prompt_tokens=100, max_new_tokens=100, sampling=Sampling())
    heard = []
    async with speech.admit() as place:
        async for piece in speech.write(place, user_says("?"), Speaker("system")):
            if isinstance(piece, str):
                heard.append((piece, engine.written))
    assert heard == [
        ("We open at nine.", "We open at nine. We close"),
        ("We close at six.", "We open at nine. We close at six. Bye"),
        ("Bye", "We open at nine. We close at six. Bye"),
    ]
