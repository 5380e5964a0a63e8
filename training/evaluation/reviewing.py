"""A person looks at drafted cases: yes, no, or mended in an editor. What was decided is on the disk at once."""

import json
from collections.abc import Iterable
from pathlib import Path

import click
from pydantic import ValidationError
from rich.console import Console

from bot.files import make_private
from bot.schemas import CaseRow, scan_rows
from bot.validation import first_wrong_value
from training.evaluation.drafting import Draft

# The ids of drafts that somebody said no to, one a line.
REFUSED = "refused.txt"


class Review:
    """The cases of a shop's folder, to which drafts are added."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._refused = folder / REFUSED
        rows = [row for file in sorted(folder.glob("*.jsonl")) for _, row in scan_rows(file, CaseRow)]
        self._known = {row.id for row in rows if isinstance(row, CaseRow)}
        if self._refused.is_file():
            self._known |= set(self._refused.read_text(encoding="utf-8").split("\n"))
        self.added = self.refused = 0

    def undecided(self, found: Iterable[Draft]) -> list[Draft]:
        """The drafts that nobody has decided on."""
        return [draft for draft in found if draft.row.id not in self._known]

    def add(self, draft: Draft) -> None:
        """Write a case to the file of its split."""
        self._append(self._folder / f"{draft.split}.jsonl", as_text(draft.row))
        self.added += 1

    def refuse(self, draft: Draft) -> None:
        """Never offer a draft again."""
        self._append(self._refused, draft.row.id)
        self.refused += 1

    @staticmethod
    def _append(file: Path, line: str) -> None:
        make_private(file.parent)
        before = file.read_text(encoding="utf-8") if file.is_file() else ""
        with file.open("a", encoding="utf-8") as stream:
            stream.write(("\n" if before and not before.endswith("\n") else "") + line + "\n")


def as_text(row: CaseRow, indent: int | None = None) -> str:
    """A case as JSON, a line of its file, without what it leaves open."""
    return json.dumps(row.model_dump(mode="json", exclude_none=True), ensure_ascii=False, indent=indent)


def ask(draft: Draft, place: str, console: Console) -> Draft | None:
    """Show a draft and let a person decide: it, another one in its place, or None for no."""
    while True:
        _show(draft.row, place, console)
        said = click.prompt("Take it? yes, no, edit", type=click.Choice(["y", "n", "e"]), default="y")
        if said != "e":
            return draft if said == "y" else None
        text = click.edit(as_text(draft.row, indent=2), extension=".json")
        try:
            draft = Draft(draft.split, CaseRow.model_validate_json(text)) if text else draft
        except ValidationError as error:
            console.print(f"It stays as it was: {first_wrong_value(error, 'the row')}", style="red", markup=False)


def _show(row: CaseRow, place: str, console: Console) -> None:
    console.rule(f"{place}: {row.id}")
    for message in row.messages:
        console.print(f"{message.role}: {message.content}", markup=False, soft_wrap=True)
    console.print(f"answer: {row.reference}", markup=False, soft_wrap=True, style="bold")
    for spellings in row.must_include:
        console.print(f"  must say: {' / '.join(spellings)}", markup=False, soft_wrap=True)
    console.print(f"  articles: {', '.join(row.named)}", markup=False, soft_wrap=True)
