"""How much of the personal data in labelled sentences is found, and how much of what is found is personal.

`python -m tests.tools.redaction_score FILE` prints the table for rows of
{"text", "spans": [[kind, substring], ...]}.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bot.redaction.redactor import find
from bot.redaction.span import KINDS, Kind, Span


@dataclass
class Score:
    """Counts for each kind: labelled, of those found whole, all finds, and those on labelled text."""

    labelled: Counter[Kind] = field(default_factory=Counter)
    recalled: Counter[Kind] = field(default_factory=Counter)
    found: Counter[Kind] = field(default_factory=Counter)
    right: Counter[Kind] = field(default_factory=Counter)
    mistakes: list[str] = field(default_factory=list)

    def recall(self, kind: Kind | None = None) -> float:
        """Share of labelled values of which no letter and no digit is left; of all kinds without `kind`."""
        return _share(self.recalled, self.labelled, kind)

    def precision(self, kind: Kind | None = None) -> float:
        """Share of finds that touch a labelled value of their kind."""
        return _share(self.right, self.found, kind)

    def table(self) -> Table:
        """One row a kind, and one for all."""
        shown = Table(title="Redaction of labelled sentences")
        shown.add_column("kind")
        for heading in ("labelled", "recall", "found", "precision"):
            shown.add_column(heading, justify="right")
        for kind in (*KINDS, None):
            labelled = self.labelled[kind] if kind else self.labelled.total()
            found = self.found[kind] if kind else self.found.total()
            cells = (
                kind or "all",
                str(labelled),
                f"{self.recall(kind):.3f}",
                str(found),
                f"{self.precision(kind):.3f}",
            )
            shown.add_row(*cells)
        return shown


def _share(part: Counter[Kind], whole: Counter[Kind], kind: Kind | None) -> float:
    of = whole[kind] if kind else whole.total()
    return (part[kind] if kind else part.total()) / of if of else 1.0


def score(rows: Iterable[tuple[str, list[tuple[Kind, str]]]]) -> Score:
    """Redact each text by itself and compare with its labels."""
    total = Score()
    for text, labels in rows:
        spans = find(text)
        wanted, after = list[Span](), 0
        for kind, value in labels:
            start = text.index(value, after)
            after = start + len(value)
            wanted.append(Span(kind, start, after))
        for want in wanted:
            total.labelled[want.kind] += 1
            covered = {place for span in spans if span.kind == want.kind for place in range(span.start, span.end)}
            if all(place in covered for place in range(want.start, want.end) if text[place].isalnum()):
                total.recalled[want.kind] += 1
            else:
                total.mistakes.append(f"missed {want.kind} {text[want.start : want.end]!r} in {text!r}")
        for span in spans:
            total.found[span.kind] += 1
            if any(span.kind == w.kind and span.start < w.end and w.start < span.end for w in wanted):
                total.right[span.kind] += 1
            else:
                total.mistakes.append(f"wrong {span.kind} {text[span.start : span.end]!r} in {text!r}")
    return total


def read_labelled(file: Path) -> list[tuple[str, list[tuple[Kind, str]]]]:
    """The rows of a labelled file."""
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [(row["text"], [(kind, value) for kind, value in row["spans"]]) for row in rows]


if __name__ == "__main__":
    result = score(read_labelled(Path(sys.argv[1])))
    Console().print(result.table())
    for mistake in result.mistakes:
        print(mistake)
