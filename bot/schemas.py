"""Transcripts and evaluation cases as JSON lines: read, checked, and turned into dialogues."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from bot.answer import Decision
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
    """A line of an evaluation file; the customer speaks last.

    `article`, `in_scope` and `expect_handoff` stood for `articles` and `expect` before; they are still read.
    """

    messages: Annotated[list[Message], AfterValidator(_asked)]
    reference: str
    must_include: list[list[Text]] = []
    must_not_include: list[Text] = []
    articles: list[Text] | None = Field(None, description="Every article that answers it, the best first.")
    sentences: list[Text] = Field([], description="What answers it in them, word for word; of a table its row.")
    expect: Decision | None = Field(None, description="What the bot should do; `answer` where nothing is said.")
    act: Text | None = Field(None, description="The act whose reply is right, where an act is expected.")
    kind: Text
    article: str | None = Field(None, json_schema_extra={"deprecated": True})
    in_scope: bool | None = Field(None, json_schema_extra={"deprecated": True})
    expect_handoff: bool | None = Field(None, json_schema_extra={"deprecated": True})

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if self.articles is not None and self.article is not None and self.article not in self.articles:
            raise ValueError(f"`article` {self.article} is not among `articles`; leave `article` out")
        by_old_keys = self._by_old_keys()
        if self.expect is not None and self.expect not in by_old_keys:
            raise ValueError(
                f"`expect` {self.expect} contradicts `in_scope` or `expect_handoff`; leave these two out"
            )
        if self.act is not None and self.expected != "act":
            raise ValueError(f"`act` {self.act} needs `expect` act, and here {self.expected} is expected")
        return self

    @property
    def named(self) -> tuple[str, ...]:
        """Every article that answers it, the best first."""
        if self.articles is not None:
            return tuple(self.articles)
        return (self.article,) if self.article else ()

    @property
    def expected(self) -> Decision:
        """What the bot should do."""
        return self.expect or self._by_old_keys()[0]

    def _by_old_keys(self) -> list[Decision]:
        """The decisions that `in_scope` and `expect_handoff` leave, the one that they stood for first."""
        if self.expect_handoff:
            return ["handoff"]
        if self.in_scope is False:
            return ["decline"]
        left: list[Decision] = ["answer", "offer", "ask", "act"]
        if self.expect_handoff is None:
            left.append("handoff")
        if self.in_scope is None:
            left.append("decline")
        return left

    def case(self) -> "Case":
        """The row as what is evaluated."""
        return Case(
            Dialogue(_turns(self.messages, None), self.id),
            self.reference,
            tuple(tuple(spellings) for spellings in self.must_include),
            tuple(self.must_not_include),
            self.named,
            self.expected,
            self.kind,
            tuple(self.sentences),
            self.act,
        )


@dataclass(frozen=True, slots=True)
class Case:
    """A conversation that waits for its next answer, with what a good one looks like."""

    dialogue: Dialogue
    reference: str
    must_include: tuple[tuple[str, ...], ...]
    must_not_include: tuple[str, ...]
    articles: tuple[str, ...]
    expect: Decision
    kind: str
    sentences: tuple[str, ...] = ()
    act: str | None = None

    @property
    def id(self) -> str:
        """The row's id."""
        return self.dialogue.id

    @property
    def in_scope(self) -> bool:
        """Whether it is the bot's to answer, at once or after a question back."""
        return self.expect in ("answer", "offer", "ask")

    @property
    def answered(self) -> Dialogue:
        """The dialogue with the reference as its last answer, where there is one."""
        if not self.reference:
            return self.dialogue
        return self.dialogue.said(Turn("assistant", self.reference, self.articles, sentences=self.sentences))


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
    return [row.case() for file in jsonl_files(sources) for _, row in read_rows(file, CaseRow)]


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
