"""Markdown as headings and blocks of plain text, by markdown-it-py (CommonMark, tables, ~~deletions~~).

A block's lines are the grammar that `quotables` reads: "- " before an item and before a table's row,
"2. " before a step, two spaces for each level of nesting, nothing before running text. No other mark is left.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from bot.retrieval.html import html_lines
from bot.retrieval.tables import row_sentences

_LISTS = frozenset({"bullet_list", "ordered_list"})
# What GitHub writes into a list's item and a quote's first line.
_TASK = re.compile(r"\[[ xX]\] +")
_ALERT = re.compile(r"\[!\w+\]\s*")
_NUMBER = re.compile(r"(\d{1,2})\. ")
_BREAK = re.compile(r"\s*\n\s*")
# More words in bold are a sentence.
_LABEL = re.compile(r"(?:\S+ ){0,3}\S+\.")
_HTML_HEADING = re.compile(r"#(\d) (.*)")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading without its marks; level 1 is the highest."""

    text: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, a list, a table or code, as lines of plain text."""

    lines: tuple[str, ...]

    @property
    def steps(self) -> tuple[int, int] | None:
        """The first and the last number of a list of steps."""
        numbers = [int(found[1]) for line in self.lines if (found := _NUMBER.match(line))]
        return (numbers[0], numbers[-1]) if numbers and _NUMBER.match(self.lines[0]) else None


def blocks(text: str) -> list[Heading | Block]:
    """The headings and blocks of a text whose lines end in a line feed, in order."""
    found: list[Heading | Block] = []
    # Where the last steps stand, and their last number.
    steps_at = last = -1
    for block in _blocks(SyntaxTreeNode(_parser().parse(text)).children):
        if isinstance(block, Heading):
            steps_at = -1
        elif steps := block.steps:
            # A picture or a hint between two steps makes two lists of them; they are one procedure.
            if steps_at >= 0 and steps[0] == last + 1:
                before, *between = [part for part in found[steps_at:] if isinstance(part, Block)]
                hints = [f"  {line}" for part in between for line in part.lines]
                del found[steps_at:]
                block = Block((*before.lines, *hints, *block.lines))
            steps_at, last = len(found), steps[1]
        found.append(block)
    return found


def plain(text: str) -> str:
    """One line of Markdown without its marks."""
    return " ".join(_inline(SyntaxTreeNode(_parser().parseInline(text))).split())


def split_title(text: str) -> tuple[str, str]:
    """The first heading, and the text without it where it stands over all of it; "" where there is none."""
    nodes = SyntaxTreeNode(_parser().parse(text)).children
    for number, node in enumerate(nodes):
        if node.type == "heading" and (title := _line(node)):
            if node.map is None or any(above.type != "hr" for above in nodes[:number]):
                return title, text
            return title, "\n".join(text.split("\n")[node.map[1] :]).strip()
    return "", text


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark").enable(["table", "strikethrough"])


def _blocks(nodes: Sequence[SyntaxTreeNode]) -> Iterator[Heading | Block]:
    for node in nodes:
        if node.type == "heading":
            if text := _line(node):
                yield Heading(text, int(node.tag[1:]))
        elif node.type == "html_block":
            yield from _html(node.content)
        elif node.type == "blockquote":
            yield from _blocks(node.children)
        elif lines := tuple(_lines(node, "")):
            yield Block(lines)


def _lines(node: SyntaxTreeNode, indent: str) -> Iterator[str]:
    if node.type in _LISTS:
        for item in node.children:
            yield from _item(item, indent, f"{item.info}. " if node.type == "ordered_list" else "- ")
    elif node.type == "table":
        rows = [[_line(cell) for cell in row.children] for part in node.children for row in part.children]
        yield from (f"{indent}- {row}" for row in row_sentences(rows[0], rows[1:]))
    elif node.type in ("fence", "code_block"):
        yield from (indent + line.rstrip() for line in node.content.split("\n") if line.strip())
    elif node.type == "html_block":
        yield from (indent + _HTML_HEADING.sub(r"\2", line) for line in html_lines(node.content))
    elif node.type in ("blockquote", "heading"):
        for child in node.children:
            yield from _lines(child, indent)
    elif node.type in ("paragraph", "inline"):
        text = _ALERT.sub("", _inline(node))
        # Two spaces left at the end of a line break no sentence.
        text = _BREAK.sub(lambda found: " " if text[found.end() :][:1].islower() else "\n", text)
        lines = (" ".join(line.split()) for line in text.split("\n"))
        yield from (indent + line for line in lines if line)


def _item(item: SyntaxTreeNode, indent: str, mark: str) -> Iterator[str]:
    """An item on one line, and what is nested in it on deeper ones."""
    own: list[str] = []
    below: list[str] = []
    for child in item.children:
        if below or child.type in _LISTS | {"table"}:
            below += _lines(child, indent + "  ")
        else:
            own += _lines(child, "")
    if own:
        yield indent + mark + _TASK.sub("", " ".join(own), count=1)
    yield from below


def _html(content: str) -> Iterator[Heading | Block]:
    lines: list[str] = []
    for line in html_lines(content):
        if heading := _HTML_HEADING.fullmatch(line):
            if lines:
                yield Block(tuple(lines))
            lines = []
            yield Heading(heading[2], int(heading[1]))
        else:
            lines.append(line)
    if lines:
        yield Block(tuple(lines))


def _line(node: SyntaxTreeNode) -> str:
    return " ".join(_inline(node).split())


def _inline(node: SyntaxTreeNode) -> str:
    """The text of an inline node; what is struck through does not hold any more."""
    if node.type in ("text", "code_inline"):
        return node.content
    if node.type == "softbreak":
        return " "
    if node.type == "hardbreak" or (node.type == "html_inline" and node.content.lower().startswith("<br")):
        return "\n"
    if node.type == "s":
        return ""
    texts = [_inline(child) for child in node.children]
    if node.type == "inline" and (label := _label(node.children)):
        texts[0:label] = [f"{''.join(texts[:label]).rstrip('. ')}:"]
    return "".join(texts)


def _label(nodes: Sequence[SyntaxTreeNode]) -> int:
    """How many nodes are a bold label with a full stop: "**Receipt.** Bring it." is one sentence."""
    first = next((number for number, node in enumerate(nodes) if node.content or node.children), len(nodes))
    if not any(_inline(node).strip() for node in nodes[first + 1 :]) or nodes[first].type != "strong":
        return 0
    return first + 1 if _LABEL.fullmatch(_inline(nodes[first])) else 0
