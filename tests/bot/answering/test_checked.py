"""Tests of free speech with passages, on an engine that writes what it was told to."""

import pytest

from bot.answer import Delta, Finished
from bot.answering.acts import Acts
from bot.answering.checked import CheckedSpeech
from bot.answering.learned import Learned
from bot.answering.pipeline import Pipeline, Steps
from bot.answering.prompted import Prompted
from bot.answering.speech import Speaker, Speech
from bot.answering.woven import Closeness
from bot.assembly import assemble
from bot.dialogue import Dialogue, Turn, user_says
from bot.engine.protocol import Sampling
from bot.engine.scripted import ScriptedEngine
from bot.models.embedder import Embedder
from bot.prompting.template import read_prompt
from bot.retrieval.help_centre import HelpCentre
from bot.settings import Settings
from bot.shop.profile import read_shop

TENT = "How long do I have to return a tent?"


@pytest.fixture(scope="module")
def help_centre(settings: Settings, embedder: Embedder) -> HelpCentre:
    return HelpCentre(settings.knowledge_dir, embedder, settings.home)


def writing(
    engine: ScriptedEngine, help_centre: HelpCentre, settings: Settings, max_prompt_tokens: int
) -> Pipeline:
    """The engineered prompt where the base writes freely and is checked."""
    shop = read_shop(settings.shop_dir)
    prompt = read_prompt(settings.data / "prompts" / "support.toml", shop)
    prompt = prompt.model_copy(
        update={"constraints": prompt.constraints.model_copy(update={"mode": "check"}), "decide": None}
    )
    embedder = help_centre.now.embedder
    speech = Speech(engine, max_prompt_tokens=max_prompt_tokens, max_new_tokens=20, sampling=Sampling())
    steps = Steps(Acts(prompt, embedder, shop, settings.home), help_centre, prompt, speech)
    return Pipeline("prompted", "0" * 64, "0" * 64, steps, Prompted(speech, embedder, prompt))


async def said(backend: Pipeline, dialogue: Dialogue) -> tuple[str, Finished]:
    text, end = "", Finished("error")
    async for piece in backend.answer(dialogue):
        if isinstance(piece, Delta):
            text += piece.text
        else:
            end = piece
    return text, end


async def test_the_base_reads_passages_in_the_last_turn_under_one_system_text(
    help_centre: HelpCentre, settings: Settings
) -> None:
    engine = ScriptedEngine("You have 30 days from delivery to return a tent.")
    backend = writing(engine, help_centre, settings, 2048)
    dialogue = user_says(TENT)
    text, end = await said(backend, dialogue)
    assert "30 days" in text and end.sources[0].article == "returns"
    assert end.prompt_tokens == engine.tokens(engine.asked[0].prompt.dialogue.turns[0].text)
    dialogue = dialogue.said(Turn("assistant", text)).said(Turn("user", "What does a return label cost?"))
    await said(backend, dialogue)
    first, second = (request.prompt.dialogue for request in engine.asked)
    assert engine.asked[0].prompt.system == engine.asked[1].prompt.system
    assert first.turns[0].text.startswith("Help centre:\n") and first.turns[0].text.endswith(f"\n\n{TENT}")
    assert second.turns[:2] == dialogue.turns[:2]
    assert second.turns[2].text.endswith("\n\nWhat does a return label cost?")


async def test_a_long_question_stays_whole_and_the_last_passages_go_first(
    help_centre: HelpCentre, settings: Settings
) -> None:
    counts = []
    for max_prompt_tokens in (2048, 300, 200, 100):
        engine = ScriptedEngine("You have 30 days from delivery to return a tent.")
        await said(writing(engine, help_centre, settings, max_prompt_tokens), user_says(TENT))
        text = engine.asked[0].prompt.dialogue.turns[0].text
        assert text.endswith(TENT)
        counts.append(sum(passage.text in text for passage in help_centre.now.passages))
    assert counts[0] == 3 and counts[-1] == 0 and counts == sorted(counts, reverse=True) and len(set(counts)) > 2


async def test_a_figure_of_a_passage_is_not_the_customers(help_centre: HelpCentre, settings: Settings) -> None:
    """It may be said where the passage says it, not in a sentence that no passage is near to."""
    engine = ScriptedEngine("Our team of 30 days loves you.")
    text, _ = await said(writing(engine, help_centre, settings, 2048), user_says(TENT))
    assert "loves you" not in text and "30 days" in text


async def test_a_reply_that_begins_with_both_of_nothing_is_replaced_by_quotes(
    help_centre: HelpCentre, settings: Settings
) -> None:
    engine = ScriptedEngine("Both have 30 days from delivery to return a tent.")
    text, end = await said(writing(engine, help_centre, settings, 2048), user_says(TENT))
    assert "Both" not in text and "30 days" in text and end.sources[0].article == "returns"


@pytest.mark.parametrize(("closeness", "own_words"), [(None, True), (Closeness(0.95, 0.6, gaps=False), False)])
async def test_who_must_keep_to_the_words_of_a_passage_is_quoted_where_it_does_not(
    closeness: Closeness | None, own_words: bool, help_centre: HelpCentre, settings: Settings
) -> None:
    engine = ScriptedEngine("For a tent, you have 30 days from delivery to return it.")
    shop = read_shop(settings.shop_dir)
    prompt = read_prompt(settings.data / "prompts" / "support.toml", shop)
    embedder = help_centre.now.embedder
    speech = Speech(engine, max_prompt_tokens=2048, max_new_tokens=20, sampling=Sampling())
    steps = Steps(Acts(prompt, embedder, shop, settings.home), help_centre, prompt, speech)
    checked = CheckedSpeech(speech, embedder, prompt)
    learned = Learned(speech, checked, Speaker("Answer."), prompt, reads=True, closeness=closeness)
    text, end = await said(Pipeline("prompt-tuned", "0" * 64, "0" * 64, steps, learned), user_says(TENT))
    assert "30 days" in text and end.sources[0].article == "returns"
    assert text.startswith("For a tent,") == own_words


async def test_a_soft_prompt_must_keep_closer_to_its_passage_than_a_lora(settings: Settings) -> None:
    assembled = assemble(settings, ["finetuned", "prompt-tuned"])
    try:
        found = {name: one._strategy._closeness for name, one in assembled.backends.items()}  # type: ignore[attr-defined]
    finally:
        assembled.engine.close()
    lora, soft = found["finetuned"], found["prompt-tuned"]
    assert soft.share > lora.share > 0 and soft.cover >= lora.cover > 0 and lora.gaps and not soft.gaps
