"""Exports in, a dataset folder out: cleaned, redacted, without duplicates, split so that nothing leaks.

Each record goes one way: read, clean, refuse, redact, drop exact repeats, spool. When all are read, the spool goes
on: drop near and longer repeats, split, write.
"""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import DownloadColumn, TaskID

from bot.files import appearing, sha256_of
from bot.progress import Progress
from bot.redaction.redactor import Redactor, find
from bot.store.tombstones import TOMBSTONES, Tombstones, mark_of, visitor_marks
from training.dataset import folder
from training.errors import DatasetEmpty
from training.exports.conversation import ExportedConversation, ExportedMessage, Format
from training.exports.files import find_exports
from training.exports.formats import formats_named
from training.ingest.cleaning import clean, side
from training.ingest.languages import language_of
from training.ingest.ledger import Ledger
from training.ingest.reading import Found, Rejection, read_file
from training.ingest.refusing import refusal
from training.ingest.splitting import SPLITS, fates
from training.ingest.spool import Spool
from training.output import refuse_foreign

# An author that is a name is none of the tool's words for a role.
_ROLE = re.compile(r"[a-z][a-z_-]{1,20}|Wizard|User")
# Kinds of personal data by which an id reaches somebody; numbers and dates are ids like any other.
REACHES = ("EMAIL", "PHONE", "NAME", "CARD", "IBAN", "ADDRESS", "URL_TOKEN", "SECRET")
# So many dialogues are shown of each way of guessing.
EXAMPLES = 2


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
    stones = Tombstones([out / TOMBSTONES, home / TOMBSTONES])
    redactor = Redactor(keep_names=options.keep_names, keep=keep)
    with appearing(out) as made, Ledger(made / folder.REJECTED, keep=keep) as ledger:
        with Spool(made) as spool:
            for source, item in _read(sources, formats, ledger, console):
                _take(source, item, spool, ledger, redactor, stones, options)
                if options.limit is not None and len(spool.ids) >= options.limit:
                    break
        if not spool.ids:
            raise DatasetEmpty(f"nothing could be learnt from it: {ledger.summary()}")
        manifest = _write(made, spool, ledger, redactor, options)
        stones.write(made / TOMBSTONES)
    return manifest


def _read(
    sources: Sequence[Path], formats: Sequence[Format], ledger: Ledger, console: Console
) -> Iterator[tuple[str, Found | Rejection]]:
    """Everything in all files, with the key of the source that it is counted under."""
    files = find_exports(sources)
    with Progress(console, DownloadColumn()) as progress:
        done, task = 0, progress.add_task("Reading", total=sum(file.stat().st_size for file in files))
        for file in files:
            key = ledger.open_source(file)
            for item in read_file(file, formats, _teller(progress, task), named=file in sources):
                ledger.taken(key, item.format if isinstance(item, Found) else None)
                yield key, item
            done += file.stat().st_size
            progress.update(task, completed=done)


def _take(
    source: str,
    item: Found | Rejection,
    spool: Spool,
    ledger: Ledger,
    redactor: Redactor,
    stones: Tombstones,
    options: Options,
) -> None:
    """One record, from what was read to the spool or to rejected.jsonl."""
    if isinstance(item, Rejection):
        ledger.reject(source, item)
        return
    conversation = item.conversation
    # 1) clean
    said = clean(conversation.messages, ledger.left_out)
    identifier = _identifier(item.format, conversation.id, said)
    visitors = visitor_marks(item.format, conversation.visitor, item.emails)
    # 2) refuse
    if stones.cover(identifier, [*visitors, *_own_marks(item.format, conversation.id)]):
        ledger.reject(source, Rejection(item.file, item.line, "erased on request", ""))
        return
    if reason := refusal(said, fewest_words=options.fewest_words):
        text = " / ".join(message.text for message in said)
        ledger.reject(source, Rejection(item.file, item.line, reason, text), identifier, visitors)
        return
    # 3) redact
    texts = redactor.redact(
        [*(message.text for message in said), conversation.rejected_answer or ""], conversation.people
    )
    # 4) drop what says the same as another
    if of := spool.same(texts):
        rejection = Rejection(item.file, item.line, "duplicate", " / ".join(texts))
        ledger.reject(source, rejection, identifier, visitors, of)
        return
    # 5) spool
    place = {"key": source, "source": item.file, "line": item.line, "guess": conversation.guess}
    row = _row(conversation, said, texts, visitors) | {name: value for name, value in place.items() if value}
    spool.add(identifier, texts, texts[: len(said)], row)


def _identifier(form: str, own: str, said: Sequence[ExportedMessage]) -> str:
    """Format and the export's id; a hash where it has none, or where the id is a way to reach a person."""
    if not own:
        own = _hash("\0".join(["", *(message.text for message in said)]))
    elif any(span.kind in REACHES for span in find(own)):
        own = _hash(own)
    return f"{form}:{own}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _own_marks(form: str, own: str) -> list[str]:
    """What an erased conversation answers to also where its id is not written."""
    return [mark_of("conversation", name) for name in (own, f"{form}:{own}")] if own else []


def _row(
    conversation: ExportedConversation,
    said: Sequence[ExportedMessage],
    texts: Sequence[str],
    visitors: Sequence[str],
) -> dict[str, Any]:
    """A dialogue as dialogues.jsonl has it, but for its id and split; `texts` end with the rejected answer."""
    row: dict[str, Any] = {}
    if conversation.intent and not find(conversation.intent):
        row["intent"] = conversation.intent
    customer = (text for text, message in zip(texts, said, strict=False) if side(message) == "user")
    row["language"] = language_of(" ".join(customer))
    if visitors:
        row["visitors"] = list(visitors)
    row["messages"] = [_message(message, text) for message, text in zip(said, texts, strict=False)]
    if conversation.rejected_answer:
        row["rejected"] = texts[-1]
    return row


def _message(message: ExportedMessage, text: str) -> dict[str, Any]:
    row: dict[str, Any] = {"role": message.role, "content": text}
    if message.articles:
        row["articles"] = list(message.articles)
    if message.author and _ROLE.fullmatch(message.author):
        row["author"] = message.author
    row |= {key: value for key in ("at", "rating") if (value := getattr(message, key))}
    return row | {"weight": 0} if message.context_only else row


def _write(
    made: Path, spool: Spool, ledger: Ledger, redactor: Redactor, options: Options
) -> folder.DatasetManifest:
    """The dialogues of the spool with their splits, and the manifest."""
    decided = fates(spool, seed=options.seed, near_duplicate=options.near_duplicate, related=options.related)
    splits: Counter[str] = Counter()
    languages: Counter[str] = Counter()
    kept: Counter[str] = Counter()
    guesses: defaultdict[str, list[str]] = defaultdict(list)

    def rows() -> Iterator[dict[str, Any]]:
        for place, row in enumerate(spool.rows()):
            key, file, line, guess = (row.pop(name, None) for name in ("key", "source", "line", "guess"))
            if place in decided.gone:
                reason, of = decided.gone[place]
                text = " / ".join(message["content"] for message in row["messages"])
                rejection = Rejection(file, line, reason, text)
                ledger.reject(key, rejection, row["id"], row.get("visitors", []), spool.ids[of])
                continue
            kept[key] += 1
            splits[decided.splits[place]] += 1
            languages[row["language"]] += 1
            if guess:
                guesses[guess].append(row["id"])
            yield {"id": row.pop("id"), "split": decided.splits[place], **row}

    folder.write_rows(made / folder.DIALOGUES, rows())
    spool.remove()
    manifest = folder.DatasetManifest(
        dialogues=splits.total(),
        sha256=sha256_of(made / folder.DIALOGUES),
        splits={name: splits[name] for name, _ in SPLITS},
        languages=dict(sorted(languages.items())),
        sources=ledger.facts(kept),
        options=asdict(options),
        rejected=dict(sorted(ledger.reasons.items())),
        left_out=dict(sorted(ledger.left_out.items())),
        redacted=dict(sorted(redactor.counts.items())),
        guesses=[
            folder.Guess(how=how, conversations=len(found), examples=found[:EXAMPLES])
            for how, found in sorted(guesses.items())
        ],
    )
    folder.write_manifest(made, manifest)
    return manifest


def _teller(progress: Progress, task: TaskID) -> Callable[[int], None]:
    before = progress.tasks[task].completed

    def tell(read: int) -> None:
        progress.update(task, completed=before + read)

    return tell
