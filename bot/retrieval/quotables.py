"""Sentences that can be quoted alone: items of lists with what leads in to them, steps with their numbers."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.retrieval.sentences import split_sentences

_ITEM = re.compile(r"( *)(- |\d{1,2}\. )(?=\S)")
# What joins an item to the next one in its list.
_JOINT = re.compile(r"[;,](?:\s+(?:and|or))?$")
_ENDED = re.compile(r"[.!?…:。！？]['\"”’)\]]*$")


@dataclass(frozen=True, slots=True)
class Quotable:
    """A sentence as its article has it, the lead-ins of the list that it stands in, and the number of its step."""

    text: str
    leads: tuple[str, ...] = ()
    number: str = ""

    @property
    def said(self) -> str:
        """The sentence as it is embedded and quoted: "You need: 2. A photo.\""""
        return " ".join([*self.leads, self.number + self.text])


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a passage, without its mark ("- ", "2. "), and the lines that lead in to its list."""

    text: str
    mark: str = ""
    depth: int = -1
    leads: tuple["Line", ...] = ()

    def __str__(self) -> str:
        return "  " * self.depth + self.mark + self.text

    @property
    def lead(self) -> "Line":
        """The last sentence of the line: what leads in to the list below it."""
        *_, last = split_sentences(self.text)
        return Line(f"{_JOINT.sub('', last).rstrip(':')}:", self.mark, self.depth, self.leads)


def read_lines(text: str) -> list[Line]:
    """The lines of a passage, without the empty ones that end a list.

    A line above a list leads in to it where it ends with ":", or is an item that ends no sentence
    ("- Members" above what members get).
    """
    lines: list[Line] = []
    # Each with the depth and the kind of the list below it: another kind of list is another list.
    open_leads: list[tuple[Line, int, bool]] = []
    for written in text.split("\n"):
        if not written.strip():
            open_leads.clear()
            continue
        found = _ITEM.match(written)
        mark = found[2] if found else ""
        indent = len(found[1]) if found else len(written) - len(written.lstrip())
        depth = indent // 2 if found or indent else -1
        above = lines[-1] if lines else None
        while open_leads and open_leads[-1][0].depth >= depth:
            open_leads.pop()
        if above and above.depth < depth and leads_in(above):
            open_leads.append((above.lead, depth, mark == "- "))
        if mark and open_leads and open_leads[-1][1] == depth and open_leads[-1][2] != (mark == "- "):
            open_leads.pop()
        leads = tuple(lead for lead, *_ in open_leads)
        lines.append(Line(written[found.end() :] if found else written.strip(), mark, depth, leads))
    return lines


def leads_in(line: Line) -> bool:
    """Whether what stands in a list below this line is understood only with it."""
    return line.text.endswith(":") or (line.mark != "" and not _ENDED.search(line.text))


def quotables(text: str) -> tuple[Quotable, ...]:
    """The sentences of a passage, in order; a lead-in is none by itself, and each item of its list has it."""
    return tuple(quotable for _, said in quotables_by_line(text) for quotable in said)


def quotables_by_line(text: str) -> list[tuple[Line, tuple[Quotable, ...]]]:
    """Each line of a passage with its sentences."""
    lines = read_lines(text)
    return [(line, tuple(_quotables(line, below))) for line, below in zip(lines, [*lines[1:], None], strict=False)]


def _quotables(line: Line, below: Line | None) -> Iterator[Quotable]:
    parts = split_sentences(line.text)
    if below and below.depth > line.depth and leads_in(line):
        parts = parts[:-1]
    leads = tuple(lead.text for lead in line.leads)
    for number, part in enumerate(parts):
        text = ended(part) if line.mark and number == len(parts) - 1 else part
        # Only a step's first sentence has the number; the lead-in belongs to all of an item.
        yield Quotable(text, leads, line.mark if number == 0 and line.mark != "- " else "")


def ended(item: str) -> str:
    """An item of a list with the full stop of a sentence that stands alone."""
    item = _JOINT.sub("", item)
    return item if _ENDED.search(item) else f"{item}."
