"""Tests of what leads in to a list: said once, and a sentence counts as said without it."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from bot.answer import Delta
from bot.answering.acts import Acts
from bot.answering.leading import without_lead
from bot.answering.pipeline import Pipeline, Steps
from bot.answering.protocol import End, Sentence
from bot.answering.quoting import is_said
from bot.answering.speech import Speech
from bot.answering.wording import core
from bot.dialogue import Dialogue, user_says
from bot.engine.protocol import Place, Sampling
from bot.engine.scripted import ScriptedEngine
from bot.models.embedder import Embedder
from bot.prompting.template import read_prompt
from bot.retrieval.context import Context
from bot.retrieval.help_centre import HelpCentre
from bot.settings import Settings
from bot.shop.profile import read_shop

STEPS = "# Sending it back\n\nTo send it back:\n\n1. Pack the parcel well.\n2. Scan the return code.\n"


@pytest.mark.parametrize(
    ("before", "sentence", "said"),
    [
        ("To send it back: 1. Pack it.", "To send it back: 2. Scan the code.", "2. Scan the code."),
        ("You need: a photo.", "You need: your receipt.", "Your receipt."),
        ("Members: in winter: free.", "Members: in winter: no queue.", "No queue."),
        ("Members: in winter: free.", "Members: in summer: $5.", "In summer: $5."),
        ("Zone: North \u2013 Fee: $5.", "Zone: South \u2013 Fee: $7.", "South \u2013 Fee: $7."),
        # Another list, or none.
        ("To send it back: 1. Pack it.", "To exchange it: 1. Pack it.", None),
        ("Pack it.", "To send it back: 2. Scan the code.", None),
        ("To send it back: 1. Pack it.", "Scan the code.", None),
        ("Track it online.", "junipertrail.example/track shows it.", None),
    ],
)
def test_a_lead_in_is_said_before_the_first_of_its_items(before: str, sentence: str, said: str | None) -> None:
    assert without_lead(sentence, before) == (said or sentence)


def test_what_was_said_behind_its_lead_in_counts_as_said() -> None:
    said = core("To send it back: 1. Pack it. 2. Scan the return code.")
    assert is_said("To send it back: 2. Scan the return code.", said)
    assert not is_said("To send it back: 3. Keep the receipt safe.", said)
    # So few words would be found in anything.
    assert not is_said("To exchange it: 1. Pack it.", said)


class All:
    """Says every sentence that was found, in order."""

    in_scope_only = False

    async def sentences(
        self, place: Place, dialogue: Dialogue, context: Context
    ) -> AsyncGenerator[Sentence | End, None]:
        del place, dialogue
        for passage in context.passages:
            for sentence in context.knowledge.sentences_of(passage):
                yield Sentence(sentence, passage)
        yield End("stop", 0)


async def test_a_reply_says_a_lead_in_once(tmp_path: Path, settings: Settings, embedder: Embedder) -> None:
    (tmp_path / "sending-back.md").write_text(STEPS)
    shop = read_shop(settings.shop_dir)
    prompt = read_prompt(settings.data / "prompts" / "support.toml", shop)
    speech = Speech(ScriptedEngine(""), max_prompt_tokens=2048, max_new_tokens=20, sampling=Sampling())
    help_centre = HelpCentre(tmp_path, embedder, tmp_path / "home")
    steps = Steps(Acts(prompt, embedder, shop, settings.home), help_centre, prompt, speech)
    pieces = [
        piece.text
        async for piece in Pipeline("prompted", "0" * 64, "0" * 64, steps, All()).answer(
            user_says("How do I send my parcel back to you?")
        )
        if isinstance(piece, Delta)
    ]
    assert "".join(pieces) == "To send it back: 1. Pack the parcel well. 2. Scan the return code."
