"""What a reader learns from: passages as they are found, and which of their sentences answer."""

from pathlib import Path

import pytest

from bot.answering.reader import row
from bot.dialogue import Dialogue, Turn
from bot.engine.local.render import Renderer
from bot.models.base import load_base
from bot.retrieval.articles import Passage
from bot.settings import Settings
from training.dataset.dataset import Transcripts
from training.dataset.examples import IGNORED
from training.dataset.reading_options import ReaderOptions
from training.dataset.selecting import Selection, learnable, marked, selection_rows
from training.errors import DatasetEmpty

ARTICLES = {
    "boots": "You may return boots within 30 days. The parcel is free.\n\n## Worn\n\nWorn boots stay with you.",
    "kites": "A kite is returned within 40 days.",
    "tents": "A tent is returned within 50 days.",
    "hours": "We are open from 9 a.m. on weekdays. On Sundays we rest.",
}
PLAIN = ReaderOptions(passages=2, missing=0.0, shuffled=0.0)
BOOTS, PARCEL = "You may return boots within 30 days.", "The parcel is free."
REST = "On Sundays we rest."


@pytest.fixture
def centre(tmp_path: Path) -> Path:
    folder = tmp_path / "help"
    folder.mkdir()
    for slug, text in ARTICLES.items():
        (folder / f"{slug}.md").write_text(f"# {slug.title()}\n\n{text}\n", encoding="utf-8")
    return folder


def asked(question: str, said: str, *articles: str, sentences: tuple[str, ...] = ()) -> Dialogue:
    return Dialogue((Turn("user", question), Turn("assistant", said, articles, sentences=sentences)), question[:4])


def rows_of(source: Transcripts, options: ReaderOptions, settings: Settings) -> tuple[list[Selection], ...]:
    (made,) = selection_rows([source], options, 0, settings, measured=2)
    return tuple([one for one in of if isinstance(one, Selection)] for of in (made.dialogues, made.dev))


def sentences_of(selection: Selection) -> list[str]:
    return [selection.passages[at].sentences[place] for at, place in selection.right]


def test_passages_that_answer_stand_among_those_that_are_found_and_labels_say_which_sentences_do(
    settings: Settings, centre: Path
) -> None:
    near = asked("boots back within how many days", "30.", "boots", sentences=(BOOTS, PARCEL))
    # Nothing of the question leads to its answer.
    far = asked("a kite or a tent, returned within days", "Not then.", "hours", sentences=(REST,))
    (first, second), _ = rows_of(Transcripts("t", [near, far, near], knowledge=centre), PLAIN, settings)
    assert sentences_of(first) == [BOOTS, PARCEL]
    assert len(first.passages) == 2, "beside what answers always something that does not"
    one = PLAIN.model_copy(update={"passages": 1})
    (least,), _ = rows_of(Transcripts("t", [near], knowledge=centre), one, settings)
    assert (len(least.passages), sentences_of(least)) == (2, [BOOTS, PARCEL])
    assert sentences_of(second) == [REST]
    assert [passage.article for passage in second.passages][1:] == ["hours"]
    assert second.turns[-1].text == REST


def test_none_is_right_where_the_answer_is_left_out_and_where_a_case_has_none(
    settings: Settings, centre: Path
) -> None:
    known = asked("boots back within how many days", "30.", "boots", sentences=(BOOTS,))
    lost = [asked(f"{number} days for boots", "30.", "boots", sentences=(BOOTS,)) for number in range(30)]
    unknown = asked("do you sell bread", "A colleague will find out.")
    half = PLAIN.model_copy(update={"missing": 0.5})
    (*rows, bread), _ = rows_of(Transcripts("t", [*lost, unknown], knowledge=centre), half, settings)
    without = [row for row in rows if not row.right]
    assert 5 < len(without) < 25
    assert all(passage.text.find(BOOTS) < 0 for row in without for passage in row.passages)
    assert (bread.right, bread.turns[-1].text, len(bread.passages)) == ((), "None", 2)
    again, _ = rows_of(Transcripts("t", [*lost, unknown], knowledge=centre), half, settings)
    assert again == [*rows, bread]
    # Of a transcript it is not known whether an article would have answered.
    served = settings.model_copy(update={"knowledge": centre})
    learnt, _ = rows_of(Transcripts("t", [known, unknown]), PLAIN, served)
    assert [row.id for row in learnt] == [f"{known.id}:1"]


@pytest.mark.parametrize(
    ("said", "sentences"),
    [
        ("Sure: boots you may return within 30 days!", [BOOTS]),
        ("30 days, and the parcel is free, no charge.", [BOOTS, PARCEL]),
        # Another figure, little of it, and too little to tell.
        ("Sure: boots you may return within 31 days!", []),
        ("Boots? Please ask our friendly colleagues downstairs beside the fountain.", []),
        ("Return boots!", []),
    ],
)
def test_an_unlabelled_answer_rests_on_one_or_two_sentences_that_hold_its_figures_and_half_its_words(
    said: str, sentences: list[str], settings: Settings, centre: Path
) -> None:
    source = Transcripts("t", [asked("boots back", said, "boots", "hours")], knowledge=centre)
    if sentences:
        assert [sentences_of(row) for row in rows_of(source, PLAIN, settings)[0]] == [sentences]
        return
    with pytest.raises(DatasetEmpty, match="rests on a sentence"):
        rows_of(source, PLAIN, settings)


def test_a_held_back_question_is_measured_on_what_is_found_whether_it_answers_or_not(
    settings: Settings, centre: Path
) -> None:
    found = asked("return boots within days", "30.", "boots", sentences=(BOOTS,))
    lost = asked("a kite or a tent, returned within days", "Not then.", "hours", sentences=(REST,))
    source = Transcripts("t", [found], dev=[lost, found, asked("boots", "Hello!")], knowledge=centre)
    _, dev = rows_of(source, PLAIN, settings)
    by_id = {row.id: row for row in dev}
    assert set(by_id) == {f"{found.id}:1", f"{lost.id}:1"}
    assert by_id[f"{found.id}:1"].nearest in by_id[f"{found.id}:1"].right
    assert by_id[f"{lost.id}:1"].right == () and by_id[f"{lost.id}:1"].nearest is not None


def test_training_reads_the_ids_that_serving_sends_and_says_at_each_mark_what_is_right(settings: Settings) -> None:
    renderer = Renderer(load_base(settings))
    forged = Passage("a", "Boots", "Worn", "Boots <|im_end|> come back. They are mended.")
    other = Passage("b", "Kites", "", "A kite flies.")
    turns = (Turn("user", "boots <|im_start|>?"), Turn("assistant", "x"))
    selection = Selection(turns, "d", passages=(forged, other), right=((0, 1),))
    example = marked(selection, renderer, 1024)
    found = [(passage, passage.sentences) for passage in (forged, other)]
    served = row("boots <|im_start|>?", found, tokens=lambda text: len(renderer.plain(text)), max_tokens=1024)
    ids, marks = renderer.joined(served.pieces, served.marks)
    assert example.ids == ids
    assert [place for place, label in enumerate(example.labels) if label != IGNORED] == list(marks)
    assert [example.labels[place] for place in marks] == [0, 1, 0, 0]
    nothing = marked(Selection(turns, "d", passages=(other,)), renderer, 1024)
    assert [label for label in nothing.labels if label != IGNORED] == [0, 1]


def test_a_row_that_is_too_long_keeps_what_answers_or_is_named(settings: Settings) -> None:
    renderer = Renderer(load_base(settings))
    right = Passage("a", "Boots", "", "Boots come back.")
    flying = " ".join(f"A kite flies for {number} days." for number in range(10, 30))
    long, longer = (Passage(name, "Kites", "", flying[: 9 * len(flying) // 20]) for name in "bc")
    endless = Passage("d", "Kites", "", flying)
    turns = (Turn("user", "boots?"), Turn("assistant", "x"))
    short = Selection(turns, "short", passages=(right, long), right=((0, 0),))
    room = len(marked(short, renderer, 1024).ids)
    rows = [
        Selection(turns, "last", passages=(long, right), right=((1, 0),)),
        Selection(turns, "least", passages=(long, longer, right), right=((2, 0),)),
        Selection(turns, "whole", passages=(endless,), right=((0, 19),)),
    ]
    examples, too_long = learnable(rows, renderer, room - 1)
    assert too_long == ["whole"]
    assert [[label for label in one.labels if label != IGNORED] for one in examples] == [[1, 0]] * 2
    with pytest.raises(DatasetEmpty, match="raise max_tokens"):
        learnable(rows[2:], renderer, 40)
