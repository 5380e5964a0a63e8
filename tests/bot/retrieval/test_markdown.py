"""Tests of Markdown as a customer is told it: tables as sentences, steps in order, lists with their lead-ins."""

import pytest

from bot.retrieval.articles import Article, Passage
from bot.retrieval.cutting import cut

FEES = """\
| Plan | Monthly fee | Cash abroad |
|:-----|:-----------:|---:|
| Gold plan | **$9** | 1.5% |
| Basic | | 2%. Up to $300. [More](https://x.example) costs more |
"""


def passages(text: str) -> list[Passage]:
    return cut(Article("a", "A", text), fits=lambda _: True)


def sentences(text: str) -> list[str]:
    return [sentence for passage in passages(text) for sentence in passage.sentences]


def test_a_row_of_a_table_is_one_sentence_that_names_the_heads_of_its_cells() -> None:
    assert sentences(FEES) == [
        "Gold plan – Monthly fee: $9; Cash abroad: 1.5%.",
        "Plan: Basic – Cash abroad: 2%; Up to $300; More costs more.",
    ]


@pytest.mark.parametrize(
    ("heads", "row", "said"),
    [
        ("Weight | Price", "up to 2 kg | $5", "Weight: up to 2 kg – Price: $5."),
        ("Days before departure | Refund", "30 | 50%", "Days before departure: 30 – Refund: 50%."),
        (" | Basic | Gold", "Monthly fee | $0 | $9", "Monthly fee – Basic: $0; Gold: $9."),
        (" | ", "Germany | 3 days", "Germany – 3 days."),
        (" | | ", " | 3 days | ", "3 days."),
        ("City", "Denver", "City: Denver."),
        ("Age? | Alone?", "5 | never", "Age: 5 – Alone: never."),
        ("Opens | Closes", "9 a.m. | 6 p.m.", "Opens: 9 a.m. – Closes: 6 p.m."),
        ("Tram | Runs", "1 | a<br>b", "Tram: 1 – Runs: a b."),
        ("Size | Fits", "Parcel, small? | Yes! It does", "Size: Parcel, small – Fits: Yes; It does."),
    ],
)
def test_tables_of_any_shape_are_sentences(heads: str, row: str, said: str) -> None:
    columns = heads.count("|") + 1
    assert sentences(f"| {heads} |\n|{'---|' * columns}\n| {row} |") == [said]


def test_an_empty_row_says_nothing() -> None:
    assert sentences("| A | B |\n|---|---|\n|  |  |\n| x | y |") == ["A: x – B: y."]


def test_steps_stay_in_one_passage_and_in_order_with_their_numbers() -> None:
    steps = [f"{number}. Do the thing number {number} of this list. {'Then wait. ' * 8}" for number in range(1, 9)]
    first, then = "\n".join(steps[:4]), "\n".join(steps[4:])
    text = f"Before.\n\nTo cancel:\n\n{first}\n\n![The menu](menu.png)\n\n{then}"
    before, procedure = passages("Long ago. " * 44 + "\n\n" + text)
    assert before.text.startswith("Long ago.") and before.text.endswith("Before.")
    lines = procedure.text.split("\n")
    assert [line[:8] for line in lines] == ["To cance", *(f"{n}. Do th" for n in (1, 2, 3, 4)), "  The me"] + [
        f"{n}. Do th" for n in (5, 6, 7, 8)
    ]
    assert procedure.sentences[0] == "To cancel: 1. Do the thing number 1 of this list."
    assert "To cancel: Then wait." in procedure.sentences and "To cancel:" not in procedure.sentences


def test_an_item_has_the_lead_in_of_its_list_and_the_end_of_a_sentence() -> None:
    text = """\
Returns are simple. You need:

- a passport, and
- one of these papers;
  1) a bill
  2) a **letter**. It names you.
- [x] the `code` from <https://x.example>

Nothing else.

- Members
    * free returns
    * a call
- Everyone pays.
  - Even agents pay.
"""
    assert sentences(text) == [
        "Returns are simple.",
        "You need: a passport.",
        "You need: one of these papers: 1. a bill.",
        "You need: one of these papers: 2. a letter.",
        "You need: one of these papers: It names you.",
        "You need: the code from https://x.example.",
        "Nothing else.",
        "Members: free returns.",
        "Members: a call.",
        "Everyone pays.",
        "Even agents pay.",
    ]


def test_no_mark_is_left_of_words_links_pictures_quotes_and_html() -> None:
    text = """\
> [!NOTE]
> We *never* ask for your **password**, [ever](https://x.example "no").

![A red switch](switch.png) <kbd>Ctrl</kbd>&nbsp;+ `C` ends it<!-- does it? -->.
~~It costs $5.~~ It costs $6.<br>Post to:\\
Box 9 and wait{two_spaces}
for us.

1. **Receipt.** Bring it.

    An indented line
<div class="x"><p>Open <b>daily</b>.</p><script>alert(1)</script>Closed on Sundays.</div>
""".replace("{two_spaces}", "  ")
    assert sentences(text) == [
        "We never ask for your password, ever.",
        "A red switch Ctrl + C ends it.",
        "It costs $6.",
        "Post to:",
        "Box 9 and wait for us.",
        "1. Receipt: Bring it.",
        "An indented line.",
        "Open daily.",
        "Closed on Sundays.",
    ]


def test_an_article_in_html_has_headings_lists_and_tables_too() -> None:
    text = """\
<h2>Fees</h2>
<p>You pay:</p>
<ul><li>a <a href="/fee">fee</a>,</li><li>tax</li></ul>
<ol><li>Sign <img src="x.png" alt="here"></li><li>Send</li></ol>
<h3>Abroad</h3>
<table><tr><th>Plan</th><th>Fee</th></tr><tr><td>Gold</td><td>$9</td></tr></table>
"""
    assert [(passage.heading, passage.sentences) for passage in passages(text)] == [
        ("Fees", ("You pay: a fee.", "You pay: tax.", "1. Sign here.", "2. Send.")),
        ("Fees › Abroad", ("Plan: Gold – Fee: $9.",)),
    ]


def test_a_passage_knows_the_path_of_its_heading() -> None:
    text = "# A\n\nOne.\n\n## B *c*\n\nTwo.\n\n#### D\n\nThree.\n\nE\n---\n\nFour.\n\n# F #\n\nFive."
    assert [(passage.heading, passage.text) for passage in passages(text)] == [
        ("", "One."),
        ("B c", "Two."),
        ("B c › D", "Three."),
        ("E", "Four."),
        ("F", "Five."),
    ]


def test_what_leads_in_to_a_list_is_in_its_passage() -> None:
    text = "Word " * 80 + "and you need:\n\n" + "\n".join(f"- thing {number} of many" for number in range(20))
    (passage,) = passages(text)
    assert len(passage.sentences) == 20


def test_a_year_in_front_of_a_paragraph_is_no_step() -> None:
    assert sentences("2019. That was the year.") == ["2019.", "That was the year."]


def test_a_passage_without_text_has_no_sentence() -> None:
    assert Passage("a", "A", "", " \n").sentences == ()
