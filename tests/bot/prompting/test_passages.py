"""Tests of where passages stand: in the customer's last turn, and nothing before it changes."""

from pathlib import Path

import pytest

from bot.dialogue import Dialogue, Turn, user_says
from bot.engine.local.render import Renderer
from bot.prompting.template import PromptConfig, read_prompt
from bot.retrieval.articles import Passage
from bot.settings import Settings
from bot.shop.profile import read_shop
from training.dataset.examples import IGNORED, tokenise

ROOT = Path(__file__).parents[3]
RETURNS = Passage("returns", "Returns", "How long", "You have 30 days.\n- Tents too.")
REFUNDS = Passage("refunds", "Refunds", "When", "Money comes back in 5 days.")
TURNS = (
    Turn("user", "How long do I have?"),
    Turn("assistant", "You have 30 days."),
    Turn("user", "And when is the money {{ back }}?"),
    Turn("assistant", "In 5 days."),
    Turn("user", "Thanks, and in Canada?"),
)


@pytest.fixture(params=["kept", "shipped"])
def prompt(request: pytest.FixtureRequest, settings: Settings) -> PromptConfig:
    """Of the first product, whose passages were in the system text, and of this one."""
    kept = ROOT / "tests" / "kept" / "fd0808f" / "artefacts" / "prompted" / "prompt.toml"
    shipped = settings.data / "releases" / "prompted" / "prompt.toml"
    return read_prompt(kept if request.param == "kept" else shipped, read_shop(settings.shop_dir))


def test_the_last_user_turn_holds_the_passages_and_then_the_question(prompt: PromptConfig) -> None:
    asked = Dialogue(TURNS[:3])
    read = prompt.with_passages(asked, [RETURNS, REFUNDS])
    assert read.turns[:2] == asked.turns[:2]
    assert read.turns[2].text == (
        "Help centre:\nReturns: You have 30 days.\n- Tents too.\nRefunds: Money comes back in 5 days.\n\n"
        "And when is the money {{ back }}?"
    )
    assert "Help centre" not in prompt.system_text() and prompt.system_text().endswith("the help centre says.")


def test_without_passages_the_question_stands_alone(prompt: PromptConfig) -> None:
    off = prompt.model_copy(update={"context": prompt.context.model_copy(update={"enabled": False})})
    for read in (prompt.with_passages(user_says("Hi"), []), off.with_passages(user_says("Hi"), [RETURNS])):
        assert read == user_says("Hi")


def test_what_one_turn_rendered_is_the_beginning_of_the_next_up_to_the_last_question(
    prompt: PromptConfig, renderer: Renderer
) -> None:
    system = prompt.system_text()
    found = {1: [RETURNS], 3: [RETURNS, REFUNDS], 5: []}
    for end in (1, 3):
        before, after = (
            renderer.render(prompt.with_passages(Dialogue(TURNS[:stop]), found[stop]), system=system).ids
            for stop in (end, end + 2)
        )
        history = renderer.render(Dialogue(TURNS[: end - 1]), system=system, reply=False).ids
        assert before[: len(history)] == after[: len(history)] == history
        # And the turn after it is there as it was said, without its passages.
        said = renderer.render(Dialogue(TURNS[: end + 1]), system=system, reply=False).ids
        assert after[: len(said)] == said and before[: len(said)] != said


def test_an_answer_is_learnt_from_the_ids_that_are_served(prompt: PromptConfig, renderer: Renderer) -> None:
    system = prompt.system_text()
    for answer in (1, 3):
        served = renderer.render(prompt.with_passages(Dialogue(TURNS[:answer]), [RETURNS, REFUNDS]), system=system)
        row = prompt.with_passages(Dialogue(TURNS[: answer + 1]), [RETURNS, REFUNDS])
        example = tokenise(row, renderer, system=system, max_tokens=1024)
        assert example is not None
        assert example.ids[: len(served.ids)] == served.ids
        assert example.labels[len(served.ids)] == example.ids[len(served.ids)] != IGNORED
        assert row.turns[: answer - 1] == TURNS[: answer - 1]
