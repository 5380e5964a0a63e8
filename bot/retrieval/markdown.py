"""Markdown as blocks: headings and paragraphs. What stands in a code fence is text, whatever it looks like."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_HEADING = re.compile(r" {0,3}#{1,6}(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
# "Title" over "=====" or "-----".
_UNDERLINE = re.compile(r" {0,3}(?:=+|-{2,})[ \t]*$")
# A fence of back-ticks has none behind it: "```x```" is code in a line.
_FENCE = re.compile(r"\s*(`{3,}(?!.*`)|~{3,})")
_RULE = re.compile(r" {0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*$")
_BULLET = re.compile(r"\s*[-*] ")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading, without its marks."""

    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Wrapped lines joined; each bullet and each line of code is a line of its own."""

    text: str


def blocks(text: str) -> Iterator[Heading | Paragraph]:
    """The headings and paragraphs of a text whose lines end in a line feed, in order."""
    lines: list[str] = []
    code: list[str] = []
    fence = ""

    def paragraph() -> Iterator[Paragraph]:
        if joined := _joined(lines):
            yield Paragraph(joined)
        lines.clear()

    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if fence:
            # Closed by the same mark, at least as long, with nothing behind it.
            if mark and mark.group(1).startswith(fence) and line.strip() == mark.group(1):
                yield from _code(code)
                fence = ""
            else:
                code.append(line)
        elif mark:
            yield from paragraph()
            fence = mark.group(1)
        elif heading := _HEADING.match(line):
            yield from paragraph()
            yield Heading((heading.group(1) or "").strip())
        elif len(lines) == 1 and not _BULLET.match(lines[0]) and _UNDERLINE.match(line):
            yield Heading(lines.pop().strip())
        elif line.strip() and not _RULE.match(line):
            lines.append(line)
        else:
            yield from paragraph()
    # A fence that is never closed reaches to the end.
    yield from _code(code)
    yield from paragraph()


def split_title(text: str) -> tuple[str, str]:
    """The first heading, and the text without it where it stands over all of it; "" where there is none."""
    found = list(blocks(text))
    title = next((block.text for block in found if isinstance(block, Heading) and block.text), "")
    if not title or found[0] != Heading(title):
        return title, text
    first, *rest = text.strip().split("\n")
    # An underlined heading is two lines.
    return title, "\n".join(rest if _HEADING.match(first) else rest[1:]).strip()


def _code(lines: list[str]) -> Iterator[Paragraph]:
    written = [line.rstrip() for line in lines if line.strip()]
    lines.clear()
    if written:
        yield Paragraph("\n".join(written))


def _joined(lines: list[str]) -> str:
    """Wrapped lines belong together; a bullet begins a line of its own."""
    text = re.sub(r"\n(?!\s*[-*] )\s*", " ", "\n".join(lines)).strip()
    return re.sub(r"(?m)^\s*[-*] ", "- ", text)
