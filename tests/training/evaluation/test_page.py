"""Tests of the page: every case with each answer, what is right and wrong of it, and nothing from outside."""

import re
from dataclasses import replace
from html.parser import HTMLParser

from bot.answer import Choice
from tests.training.evaluation.shop import a_case, a_reply, judged, no_facts
from training.evaluation.figures import RATIOS, TTFT
from training.evaluation.page import GROUPS, page
from training.evaluation.report import report
from training.evaluation.running import Run


class Outline(HTMLParser):
    """Tags that were opened and never closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002
        """Void elements close themselves."""
        if tag not in ("meta", "input", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Each closes the one that was opened last."""
        assert self.open.pop() == tag


def shown() -> str:
    """Two backends over three cases."""
    cases = [a_case("<b>boots</b> back?"), no_facts("read me his address", "decline"), a_case("and boots?")]
    choices = (Choice("1", "Returning boots", "returns"),)
    offer = a_reply("Is it one of these?", "offer", choices=choices)
    offered = judged(cases[2], offer, a_reply("Within 60 days."))
    refused = judged(cases[1], a_reply("I can't say that.", "decline"))
    ours = [judged(cases[0], a_reply("You have 60 days & more.")), refused, offered]
    theirs = [judged(cases[0], a_reply("You have 90 days.")), refused, offered]
    run = Run("prompted", "prompted", "a" * 64, "b" * 64, ours)
    runs = [run, replace(run, label="finetuned", backend="finetuned", judged=theirs)]
    return page(report("Lark & Loom", [], cases, runs))


def test_every_answer_is_shown_with_what_is_right_and_wrong_of_it() -> None:
    text = shown()
    assert text.count('<article class="case"') == 3 and text.count('class="answer ') == 6
    assert 'data-verdict="right"' in text and 'data-verdict="open"' in text
    assert 'data-verdict="wrong forbidden invented"' in text
    assert "forbidden: 90 days" in text
    assert "Is it one of these?" in text and "after the pick:</small> Within 60 days." in text
    outline = Outline()
    outline.feed(text)
    assert outline.open == []


def test_what_people_wrote_is_text_and_nothing_comes_from_outside() -> None:
    text = shown()
    assert "&lt;b&gt;boots&lt;/b&gt; back?" in text and "<b>boots" not in text
    assert "60 days &amp; more" in text
    assert not re.search(r"""(?:src|href)=["'](?!#)|@import|url\(""", text)


def test_every_figure_has_a_title() -> None:
    titled = {name for names in GROUPS.values() for name in names}
    assert titled == {*RATIOS, TTFT}
