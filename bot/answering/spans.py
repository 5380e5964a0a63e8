"""Which part of a quote answers: the cells of a row, or the clause of a sentence, that a speaker's words name.

What a learned backend writes of a row in its own words is wrong too often to be said, but it tells what of the row
is wanted. Only what stands apart is left out: other cells, a clause behind ";", a reason.
"""

import re

from bot.answering.picking import stems
from bot.prompting.claims.reading import read
from bot.prompting.constraints import figures
from bot.retrieval.quotables import ended
from bot.retrieval.tables import subject_of

_DECIDES = re.compile(
    r"(?:yes|no|none|never|always|free|not \w+|(?:in|ex)cluded|allowed|possible)\b", re.IGNORECASE
)
_LIMITS = re.compile(r"\b(?:only|except|unless|but|not|never|no|if|until|otherwise)\b|n't\b", re.IGNORECASE)
_APART = re.compile(r"; |, because ")


def span(quote: str, draft: str, asked: str) -> str:
    """The part of a quote that the draft names; all of it where the draft names all, or nothing."""
    row = subject_of(quote)
    if row is None:
        return _clause(quote, draft)
    rest = row[2]
    *cells, last = rest.split("; ")
    cells.append(last if last.endswith(("a.m.", "p.m.")) else last.rstrip("."))
    # Without the heads of columns it may be a sentence with a dash.
    if not all(": " in cell for cell in cells):
        return quote
    picked = [cell for cell in cells if _is_named(_value(cell), draft)]
    if not picked:
        return quote
    kept = [cell for cell in cells if cell in picked or _is_wanted(cell, picked, asked)]
    return quote if len(kept) == len(cells) else f"{quote.removesuffix(rest)}{ended('; '.join(kept))}"


def _clause(quote: str, draft: str) -> str:
    """The first clause, where the draft names nothing of what comes after."""
    apart = _APART.search(quote)
    if apart is None or not _is_named(quote[: apart.start()], draft):
        return quote
    first, after = quote[: apart.start()], quote[apart.end() :]
    if figures(after) or _LIMITS.search(after) or (stems(after) - stems(first)) & stems(draft):
        return quote
    return f"{first}."


def _is_wanted(cell: str, picked: list[str], asked: str) -> bool:
    """Whether the question names a cell, or could mean it as well as one of the draft's: a price beside it.

    What only says yes or no is wanted with whatever else is said.
    """
    if _head(cell) & stems(asked) or _DECIDES.match(_value(cell)):
        return True
    units = _units(cell)
    rivals = [one for one in picked if units & _units(one)]
    return bool(rivals) and not any((_head(one) - _head(cell)) & stems(asked) for one in rivals)


def _units(cell: str) -> set[str]:
    return {value.unit for value in read(_value(cell)).values}


def _is_named(text: str, draft: str) -> bool:
    """Whether a draft has the figures of a text, or most of its words where it has none."""
    if own := figures(text):
        return own <= figures(draft)
    words = stems(text)
    return bool(words) and len(words & stems(draft)) * 2 > len(words)


def _head(cell: str) -> frozenset[str]:
    head, colon, _ = cell.partition(": ")
    return stems(head) if colon else frozenset()


def _value(cell: str) -> str:
    _, colon, value = cell.partition(": ")
    return value if colon else cell
