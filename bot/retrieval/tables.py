"""Tables as sentences: each row says what it is about and names the head of every cell.

"Plan: Gold – Monthly fee: $9; Cash abroad: 1.5%." can be quoted to a customer who never saw the table.
"""

from collections.abc import Sequence

from bot.retrieval.sentences import content_words, split_sentences

# Between what a row is about and what it says of it.
_JOINT = " – "


def row_sentences(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """One sentence for each row that says something; empty cells are left out.

    The first cell is what a row is about. Its head is named unless its own words hold it ("Plan" over
    "Gold plan"); a table without heads says its cells alone.
    """
    return [sentence for row in rows if (sentence := _sentence(heads, row))]


def subject_of(row: str) -> tuple[str, str, str] | None:
    """The head and the cell that say what a row is about, and the rest of it; None for another sentence."""
    subject, joint, rest = row.partition(_JOINT)
    if not joint:
        return None
    head, colon, cell = subject.partition(": ")
    return (head, cell, rest) if colon else ("", subject, rest)


def cells_of(rest: str) -> dict[str, str]:
    """What a row says of its subject, by the head of each cell; without heads there is one of them."""
    named = (part.partition(": ") for part in rest.split("; "))
    return {head if colon else "": cell if colon else head for head, colon, cell in named}


def _sentence(heads: Sequence[str], row: Sequence[str]) -> str:
    # The end of a sentence in a cell, or of a cell, would end the row's sentence too.
    cells = [_joined(split_sentences(cell)) for cell in row]
    said = _row(heads, cells)
    if len(split_sentences(said)) > 1:
        said = _row(heads, [cell.rstrip(".!?") for cell in cells])
    return said if not said or said.endswith((".", "!", "?")) else f"{said}."


def _joined(sentences: Sequence[str]) -> str:
    return "; ".join([*(sentence.rstrip(".!?") for sentence in sentences[:-1]), *sentences[-1:]])


def _row(heads: Sequence[str], cells: Sequence[str]) -> str:
    named = zip([*heads, *[""] * len(cells)], cells, strict=False)
    subject, *values = [_named(head, cell, subject=number == 0) for number, (head, cell) in enumerate(named)]
    return _JOINT.join(part for part in (subject, "; ".join(value for value in values if value)) if part)


def _named(head: str, cell: str, *, subject: bool) -> str:
    head = head.strip().rstrip(":?.!")
    words = set(content_words(head))
    held = subject and words and words <= set(content_words(cell))
    return f"{head}: {cell}" if head and cell and not held else cell
