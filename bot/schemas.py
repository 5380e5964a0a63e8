"""Transcripts and evaluation cases as JSON lines: read, checked, and turned into dialogues."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from bot.dialogue import Dialogue, Role, Turn
from bot.errors import TranscriptInvalid
from bot.validation import wrong_values

Split = Literal["train", "dev", "test"]
Text = Annotated[str, StringConstraints(min_length=1, pattern=r"\S")]


class Row(BaseModel):
    """A line of any of our files."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    id: Text


_AnyRow = TypeVar("_AnyRow", bound=Row)


class Message(BaseModel):
    """One turn of a row; `articles` are the slugs that an answer states facts from."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    role: Role
    content: Text
    articles: list[Text] | None = None
    at: str | None = Field(None, description="When it was said: UTC, ISO 8601.")
    author: str | None = Field(None, description="The export's own word for who wrote it.")
    rating: Literal["up", "down"] | None = None
    weight: Literal[0, 1] | None = Field(None, description="0: context only, this answer is never learnt from.")


def _asked(messages: list[Message]) -> list[Message]:
    if not messages or messages[-1].role != "user":
        raise ValueError("the last one must be the user's")
    return messages


def _answered(messages: list[Message]) -> list[Message]:
    if not any(message.role in ("assistant", "agent") for message in messages):
        raise ValueError("there is no answer by the assistant in it")
    return messages


class TranscriptRow(Row):
    """A line of a transcript file; `article` stands for every answer that names none itself."""

    intent: str | None = None
    article: str | None = None
    messages: Annotated[list[Message], AfterValidator(_answered)]
    # What `trilane-train ingest` adds.
    split: Split | None = None
    language: str | None = None
    visitors: list[str] | None = Field(None, description="Hashes of the customer's id and e-mail addresses.")
    rejected: str | None = Field(None, description="An answer that a preference row calls worse.")


class CaseRow(Row):
    """A line of an evaluation file; the customer speaks last."""

    messages: Annotated[list[Message], AfterValidator(_asked)]
    reference: str
    must_include: list[list[Text]] = []
    must_not_include: list[Text] = []
    article: str | None = None
    in_scope: bool = True
    expect_handoff: bool = False
    kind: Text


@dataclass(frozen=True, slots=True)
class Case:
    """A conversation that waits for its next answer, with what a good one looks like."""

    dialogue: Dialogue
    reference: str
    must_include: tuple[tuple[str, ...], ...]
    must_not_include: tuple[str, ...]
    article: str | None
    in_scope: bool
    expect_handoff: bool
    kind: str

    @property
    def id(self) -> str:
        """The row's id."""
        return self.dialogue.id

    @property
    def answered(self) -> Dialogue:
        """The dialogue with the reference as its last answer, where there is one."""
        if not self.reference:
            return self.dialogue
        return self.dialogue.said(Turn("assistant", self.reference, _articles(None, self.article)))


def jsonl_files(sources: Iterable[Path]) -> list[Path]:
    """The files that `sources` name: a folder stands for its *.jsonl; sorted, each once."""
    found: set[Path] = set()
    for source in sources:
        found.update(source.glob("*.jsonl") if source.is_dir() else [source])
    return sorted(found)


def read_dialogues(sources: Iterable[Path]) -> list[Dialogue]:
    """Every dialogue of files and folders, in the order of file names and lines.

    Raises TranscriptInvalid with file, line and field.
    """
    return [dialogue for file in jsonl_files(sources) for dialogue in read_dialogue_file(file)]


def read_dialogue_file(file: Path, split: Split = "train") -> list[Dialogue]:
    """The dialogues of one split of a file; a row that names no split belongs to the train split.

    Each has at least one answer, which may be context only. Raises TranscriptInvalid with file, line and field.
    """
    dialogues = []
    for _, row in read_rows(file, TranscriptRow):
        if (row.split or "train") != split:
            continue
        dialogues.append(Dialogue(_turns(row.messages, row.article), row.id, row.intent))
    return dialogues


def read_cases(sources: Iterable[Path]) -> list[Case]:
    """Every evaluation case of files and folders, in the order of file names and lines.

    Raises TranscriptInvalid with file, line and field.
    """
    cases = []
    for file in jsonl_files(sources):
        for _, row in read_rows(file, CaseRow):
            cases.append(
                Case(
                    Dialogue(_turns(row.messages, None), row.id),
                    row.reference,
                    tuple(tuple(spellings) for spellings in row.must_include),
                    tuple(row.must_not_include),
                    row.article,
                    row.in_scope,
                    row.expect_handoff,
                    row.kind,
                )
            )
    return cases


def read_rows(file: Path, model: type[_AnyRow]) -> Iterator[tuple[int, _AnyRow]]:
    """Every row of a file with its line. Raises TranscriptInvalid with file, line and field."""
    for line, row in scan_rows(file, model):
        if isinstance(row, TranscriptInvalid):
            raise row
        yield line, row


def scan_rows(file: Path, model: type[_AnyRow]) -> Iterator[tuple[int, _AnyRow | TranscriptInvalid]]:
    """Every row of a file with its line, or each thing that is wrong with it."""
    try:
        lines = file.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        yield 1, TranscriptInvalid(file, 1, f"it cannot be read: {error}")
        return
    seen: dict[str, int] = {}
    for line, text in enumerate(lines, start=1):
        if not text.strip():
            continue
        try:
            row = model.model_validate_json(text)
        except ValidationError as error:
            for wrong in wrong_values(error):
                yield line, TranscriptInvalid(file, line, wrong.sentence("the row"))
            continue
        if row.id in seen:
            yield line, TranscriptInvalid(file, line, f"id: '{row.id}' already stands on line {seen[row.id]}")
            continue
        seen[row.id] = line
        yield line, row


def _turns(messages: list[Message], article: str | None) -> tuple[Turn, ...]:
    return tuple(
        Turn(
            message.role,
            message.content,
            _articles(message.articles, article if message.role == "assistant" else None),
            learnt=message.weight != 0,
        )
        for message in messages
    )


def _articles(own: list[str] | None, default: str | None) -> tuple[str, ...]:
    if own is not None:
        return tuple(own)
    return (default,) if default else ()
