"""What became of every record: kept or rejected with its reason, counted for each source."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from bot.files import sha256_of
from bot.redaction.redactor import Redactor
from training.dataset.folder import SourceFacts
from training.ingest.reading import Rejection

EXCERPT = 160


class Ledger:
    """Writes rejected.jsonl as it goes."""

    def __init__(self, rejected: Path, *, keep: frozenset[str]) -> None:
        self._file = rejected.open("w", encoding="utf-8")
        self._keep = keep
        self.reasons: Counter[str] = Counter()
        self.left_out: Counter[str] = Counter()
        self.first = ""
        # By the key of a source, and by its formats.
        self._sources: list[tuple[Path, str]] = []
        self._formats: Counter[tuple[str, str]] = Counter()
        self._records: Counter[str] = Counter()
        self._rejected: Counter[str] = Counter()

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def open_source(self, file: Path) -> str:
        """The key under which the records of this file are counted."""
        key = str(len(self._sources))
        self._sources.append((file, key))
        return key

    def taken(self, source: str, form: str | None) -> None:
        """One record was read; its format, where it has one."""
        self._records[source] += 1
        if form is not None:
            self._formats[source, form] += 1

    def reject(
        self, source: str, place: Rejection, identifier: str = "", visitors: Sequence[str] = (), of: str = ""
    ) -> None:
        """One row of rejected.jsonl, its excerpt redacted; `of` is the dialogue that it repeats."""
        self._rejected[source] += 1
        self.reasons[place.reason.partition(":")[0]] += 1
        self.first = self.first or f"the first is {place.file}, line {place.line}: {place.reason}"
        excerpt = Redactor(keep=self._keep).redact([_readable(place.text[: 4 * EXCERPT])])[0][:EXCERPT]
        row: dict[str, Any] = {"file": place.file, "line": place.line}
        row |= {"reason": _readable(place.reason), "excerpt": excerpt}
        known = {"id": identifier, "visitors": list(visitors), "of": of}
        self._file.write(
            json.dumps(row | {key: value for key, value in known.items() if value}, ensure_ascii=False)
        )
        self._file.write("\n")

    def facts(self, kept: Mapping[str, int]) -> list[SourceFacts]:
        """The sources in their order; `kept` are the dialogues of each. SourceFacts checks that it adds up."""
        return [
            SourceFacts(
                name=file.name,
                bytes=file.stat().st_size,
                sha256=sha256_of(file),
                formats={form: count for (of, form), count in sorted(self._formats.items()) if of == key},
                records=self._records[key],
                rejected=self._rejected[key],
                dialogues=kept.get(key, 0),
            )
            for file, key in self._sources
        ]

    def summary(self) -> str:
        """Why nothing is left: the reasons by how often, and where the first stood."""
        counted = [f"{count} {reason}" for reason, count in self.reasons.most_common()]
        return "; ".join([*counted, self.first]) if counted else "there is no record in it"


def _readable(text: str) -> str:
    """Bytes that are not UTF-8 were read as lone surrogates, which no file takes."""
    return text.encode("utf-8", "replace").decode()
