"""Answers that name no article get the one that says what they say, and only where silence says nothing."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from rich.console import Console

from bot.dialogue import Dialogue, Role, Turn
from bot.settings import Settings
from training.dataset.dataset import Transcripts
from training.dataset.naming import with_articles

ARTICLES = {
    "lending": "A clay pot is lent for 14 days and a copper pot for 7 days. A lent pot may be kept once more.",
    "fees": "A late clay pot costs $2 a day. A late copper pot costs $5 a day, whatever its size.",
}
LENT = "You may keep a copper pot for 7 days, and a clay one is lent for 14 days."
LATE = "A copper pot that is late costs $5 a day."
# Half of its words stand in no two sentences; the figure stands in none; too few words to tell anything by.
NOTHING = ("Let me ask a colleague about copper and call you.", "A late copper pot costs $9 a day.", "Copper pot!")


@pytest.fixture
def pots(settings: Settings) -> Settings:
    (settings.data / "knowledge").mkdir()
    for slug, text in ARTICLES.items():
        (settings.data / "knowledge" / f"{slug}.md").write_text(f"# {slug.title()}\n\n{text}\n", encoding="utf-8")
    return settings


def said(role: Role, *texts: str, articles: tuple[str, ...] = ()) -> Dialogue:
    turns = [turn for text in texts for turn in (Turn("user", "and then?"), Turn(role, text, articles))]
    return Dialogue(tuple(turns))


def named(sources: Sequence[Transcripts]) -> list[tuple[str, ...]]:
    turns = [turn for source in sources for one in (*source.dialogues, *source.dev) for turn in one.turns]
    return [turn.articles for turn in turns if turn.role != "user"]


def test_an_answer_rests_on_the_article_that_states_it_or_on_none(pots: Settings, console: Console) -> None:
    source = Transcripts("export", [said("agent", LENT, *NOTHING)], dev=[said("agent", LATE)])
    assert named(with_articles([source], pots, console)) == [("lending",), (), (), (), ("fees",)]
    assert "Of 5 answers that name no article, 2 say" in console.file.getvalue()  # type: ignore[attr-defined]


def test_where_somebody_names_articles_only_the_other_roles_silence_says_nothing(
    pots: Settings, console: Console
) -> None:
    bot, person = said("assistant", LENT, articles=("lending",)), said("agent", LATE)
    store = Transcripts("store", [bot, said("assistant", LATE), person])
    assert named(with_articles([store], pots, console)) == [("lending",), (), ("fees",)]


def test_other_shops_and_what_is_not_learnt_stay_as_they_are(
    settings: Settings, tmp_path: Path, console: Console
) -> None:
    # No help centre is read for them: there is none.
    cases = Transcripts("trades/pots", [said("assistant", LENT)], knowledge=tmp_path)
    context = Transcripts("export", [Dialogue((Turn("user", "?"), Turn("agent", LENT, learnt=False)))])
    assert named(with_articles([cases, context], settings, console)) == [(), ()]
