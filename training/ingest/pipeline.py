"""Exports in, a dataset folder out: cleaned, redacted, without duplicates, split so that nothing leaks."""

import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from bot.files import appearing, sha256_of
from bot.redaction.redactor import Redactor, find
from bot.store.tombstones import TOMBSTONES, Tombstones, visitor_marks
from training.dataset import folder
from training.errors import DatasetEmpty
from training.exports.conversation import Message
from training.exports.files import find_exports
from training.exports.formats import formats_named
from training.ingest import duplicates
from training.ingest.cleaning import clean, side
from training.ingest.languages import language_of
from training.ingest.reading import Found, Rejection, read_file
from training.output import refuse_foreign

SPLITS = (("train", 0.8), ("dev", 0.9), ("test", 1.0))
EXCERPT = 160
# An author that is a name is none of the tool's words for a role.
_ROLE = re.compile(r"[a-z][a-z_-]{1,20}|Wizard|User")
SPOOL, SIGNATURES = "spool.jsonl", "signatures"


@dataclass(frozen=True)
class Options:
    """What an ingest does; every value is written into the manifest."""

    format: str = "auto"
    keep_names: bool = False
    limit: int | None = None
    seed: int = 0
    # Estimated Jaccard similarity of word pairs: from here on a near-duplicate is dropped, a relative stays in
    # the same split.
    near_duplicate: float = 0.8
    related: float = 0.5
    fewest_words: int = 4
    # Who writes from there is staff, where an export does not say it.
    staff_domains: tuple[str, ...] = ()


def ingest(
    sources: Sequence[Path],
    out: Path,
    home: Path,
    options: Options,
    *,
    keep: frozenset[str] = frozenset(),
    console: Console,
) -> folder.DatasetManifest:
    """Make the dataset folder `out`, which appears when it is whole and not before.

    `keep` are contact details that are the shop's own. Raises ExportUnreadable for a named file of no known
    format, UnknownFormat, DatasetEmpty, OutputOccupied.
    """
    refuse_foreign(out, folder.MANIFEST)
    formats = formats_named(options.format, frozenset(options.staff_domains))
    files = find_exports(sources)
    stones = Tombstones([out / TOMBSTONES, home / TOMBSTONES])
    with appearing(out) as made, (made / folder.REJECTED).open("w", encoding="utf-8") as rejected:
        intake = _Intake(made, Redactor(keep_names=options.keep_names, keep=keep), stones, options, rejected)
        with intake, _progress(console) as progress:
            done, task = 0, progress.add_task("Reading", total=sum(file.stat().st_size for file in files))
            for file in files:
                intake.begin(file)
                for item in read_file(file, formats, _teller(progress, task), named=file in sources):
                    intake.take(item)
                    if intake.full:
                        break
                done += file.stat().st_size
                progress.update(task, completed=done)
                if intake.full:
                    break
        if not intake.count:
            raise DatasetEmpty(f"nothing could be learnt from it: {intake.summary()}")
        manifest = _finish(made, intake, options)
        stones.write(made / TOMBSTONES)
    return manifest


class _Intake:
    """Takes conversations: what passes goes to the spool, with its signature, the rest to rejected.jsonl."""

    def __init__(
        self, made: Path, redactor: Redactor, stones: Tombstones, options: Options, rejected: IO[str]
    ) -> None:
        self.redactor, self.stones, self.options = redactor, stones, options
        self._rejected = rejected
        self._spool = (made / SPOOL).open("w", encoding="utf-8")
        self._signatures = (made / SIGNATURES).open("wb")
        self._seen: dict[bytes, str] = {}
        self._ids: Counter[str] = Counter()
        self.count = 0
        self.reasons: Counter[str] = Counter()
        self.first = ""
        self.left_out: Counter[str] = Counter()
        self.sources: list[folder.SourceFacts] = []
        self._formats: Counter[str] = Counter()
        self._records = self._kept = 0
        self._source: Path | None = None

    def __enter__(self) -> "_Intake":
        return self

    def __exit__(self, *_: object) -> None:
        self._end()
        self._spool.close()
        self._signatures.close()

    @property
    def full(self) -> bool:
        """Whether the limit is reached."""
        return self.options.limit is not None and self.count >= self.options.limit

    def begin(self, source: Path) -> None:
        """What is taken from now on comes from this file."""
        self._end()
        self._source = source
        self._formats, self._records, self._kept = Counter(), 0, 0

    def _end(self) -> None:
        if self._source is not None:
            facts = folder.SourceFacts(
                name=self._source.name,
                bytes=self._source.stat().st_size,
                sha256=sha256_of(self._source),
                formats=dict(sorted(self._formats.items())),
                records=self._records,
                dialogues=self._kept,
            )
            self.sources.append(facts)
            self._source = None

    def take(self, item: Found | Rejection) -> None:
        """One conversation or broken place."""
        self._records += 1
        if isinstance(item, Rejection):
            self.reject(item.file, item.line, item.reason, item.text)
            return
        self._formats[item.format] += 1
        said = clean(item.conversation.messages, self.left_out)
        visitors = visitor_marks(item.format, item.conversation.visitor, item.emails)
        identifier = self._identifier(item, said)
        if self.stones.cover(identifier, visitors):
            self.reject(item.file, item.line, "erased on request", "")
            return
        reason = self._refusal(said)
        if reason:
            text = " / ".join(message.text for message in said)
            self.reject(item.file, item.line, reason, text, identifier, visitors)
            return
        self._keep(item, said, identifier, visitors)

    def _refusal(self, said: Sequence[Message]) -> str:
        """Why a conversation is nothing to learn from; "" where it is."""
        if len({side(message) for message in said}) < 2:
            return "one-sided: it needs a customer and an answer"
        if all(message.context_only for message in said if side(message) == "desk"):
            return "nothing to learn: every answer in it is context only"
        if sum(len(message.text.split()) for message in said) < self.options.fewest_words:
            return f"too short: fewer than {self.options.fewest_words} words"
        if any(message.rating == "down" for message in said):
            return "an answer in it was rated unhelpful"
        return ""

    def _keep(self, item: Found, said: Sequence[Message], identifier: str, visitors: list[str]) -> None:
        conversation = item.conversation
        texts = [message.text for message in said] + [conversation.rejected_answer or ""]
        clean_texts = self.redactor.redact(texts, conversation.people)
        digest = hashlib.sha256(" ".join(clean_texts).casefold().encode()).digest()[:12]
        if digest in self._seen:
            first = self._seen[digest]
            self.reject(item.file, item.line, "duplicate", " / ".join(clean_texts), identifier, visitors, of=first)
            return
        self._seen[digest] = identifier
        customer = " ".join(
            text for text, message in zip(clean_texts, said, strict=False) if side(message) == "user"
        )
        row: dict[str, Any] = {"id": identifier}
        if conversation.intent and not find(conversation.intent):
            row["intent"] = conversation.intent
        row |= {"language": language_of(customer), "source": item.file, "line": item.line}
        if visitors:
            row["visitors"] = visitors
        row["messages"] = [_message(m, text) for m, text in zip(said, clean_texts, strict=False)]
        if conversation.rejected_answer:
            row["rejected"] = clean_texts[-1]
        self._spool.write(json.dumps(row, ensure_ascii=False) + "\n")
        self._signatures.write(duplicates.signature(clean_texts[: len(said)]).tobytes())
        self.count += 1
        self._kept += 1

    def reject(
        self,
        file: str,
        line: int,
        reason: str,
        text: str,
        identifier: str | None = None,
        visitors: Sequence[str] = (),
        of: str | None = None,
    ) -> None:
        """One row of rejected.jsonl, its excerpt redacted; `of` is the dialogue that it repeats."""
        self.reasons[reason.partition(":")[0]] += 1
        self.first = self.first or f"the first is {file}, line {line}: {reason}"
        excerpt = Redactor(keep=self.redactor.keep).redact([text[: 4 * EXCERPT]])[0][:EXCERPT]
        row: dict[str, Any] = {"file": file, "line": line, "reason": reason, "excerpt": excerpt}
        known = {"id": identifier, "visitors": list(visitors), "of": of}
        row |= {key: value for key, value in known.items() if value}
        self._rejected.write(json.dumps(row, ensure_ascii=False) + "\n")

    def _identifier(self, item: Found, said: Sequence[Message]) -> str:
        """Format and the export's id; a hash where it has none or where the id is itself personal data."""
        own = item.conversation.id
        if not own or find(own):
            own = hashlib.sha256("\0".join([own, *(message.text for message in said)]).encode()).hexdigest()[:12]
        identifier = f"{item.format}:{own}"
        self._ids[identifier] += 1
        return identifier if self._ids[identifier] == 1 else f"{identifier}#{self._ids[identifier]}"

    def summary(self) -> str:
        """The reasons of all rejections in one line, and the first place."""
        counted = [f"{count} {reason}" for reason, count in self.reasons.most_common()]
        return "; ".join([*counted, self.first]) if counted else "there is no record in it"


def _message(message: Message, text: str) -> dict[str, Any]:
    row: dict[str, Any] = {"role": message.role, "content": text}
    if message.articles:
        row["articles"] = list(message.articles)
    if message.author and _ROLE.fullmatch(message.author):
        row["author"] = message.author
    row |= {key: value for key in ("at", "rating") if (value := getattr(message, key))}
    return row | {"weight": 0} if message.context_only else row


def _finish(made: Path, intake: _Intake, options: Options) -> folder.DatasetManifest:
    """Near-duplicates out, splits given, the files written."""
    shape = (intake.count, duplicates.PERMUTATIONS)
    signatures = np.fromfile(made / SIGNATURES, dtype=np.uint32).reshape(shape)
    near = duplicates.groups(intake.count, duplicates.similar_pairs(signatures, options.near_duplicate))
    related = duplicates.groups(intake.count, duplicates.similar_pairs(signatures, options.related))
    ids = [str(row["id"]) for row in folder.read_rows(made / SPOOL)]
    splits: Counter[str] = Counter()
    languages: Counter[str] = Counter()
    dropped: defaultdict[str, int] = defaultdict(int)

    def rows() -> Iterator[dict[str, Any]]:
        for place, row in enumerate(folder.read_rows(made / SPOOL)):
            file, line = row.pop("source"), row.pop("line")
            if near[place] != place:
                text = " / ".join(message["content"] for message in row["messages"])
                of = ids[near[place]]
                intake.reject(file, line, "near-duplicate", text, row["id"], row.get("visitors", []), of=of)
                dropped[file.partition("/")[0]] += 1
                continue
            split = split_of(options.seed, ids[related[place]].partition("#")[0])
            splits[split] += 1
            languages[row["language"]] += 1
            yield {"id": row.pop("id"), "split": split, **row}

    folder.write_rows(made / folder.DIALOGUES, rows())
    (made / SPOOL).unlink()
    (made / SIGNATURES).unlink()
    sources = [
        source.model_copy(update={"dialogues": source.dialogues - dropped[source.name]})
        for source in intake.sources
    ]
    manifest = folder.DatasetManifest(
        dialogues=splits.total(),
        sha256=sha256_of(made / folder.DIALOGUES),
        splits={name: splits[name] for name, _ in SPLITS},
        languages=dict(sorted(languages.items())),
        sources=sources,
        options=asdict(options),
        rejected=dict(sorted(intake.reasons.items())),
        left_out=dict(sorted(intake.left_out.items())),
        redacted=dict(sorted(intake.redactor.counts.items())),
    )
    folder.write_manifest(made, manifest)
    return manifest


def split_of(seed: int, group: str) -> str:
    """The split of a group of related dialogues: a function of the seed and its first dialogue's id alone."""
    point = int.from_bytes(hashlib.sha256(f"{seed}:{group}".encode()).digest()[:8], "big") / 2**64
    return next(name for name, upper in SPLITS if point < upper)


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=False,
    )


def _teller(progress: Progress, task: TaskID) -> Callable[[int], None]:
    before = progress.tasks[task].completed

    def tell(read: int) -> None:
        progress.update(task, completed=before + read)

    return tell
