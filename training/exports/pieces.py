"""What an export file is cut into: records, and places that could not be read."""

from dataclasses import dataclass

from training.exports.conversation import Record


@dataclass(frozen=True, slots=True)
class Piece:
    """One record, and the line that it begins on."""

    line: int
    record: Record


@dataclass(frozen=True, slots=True)
class Broken:
    """A place that could not be read: its line, why, and how it begins."""

    line: int
    reason: str
    text: str
