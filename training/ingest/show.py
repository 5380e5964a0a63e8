"""A dataset in the terminal: what is in it, and how it reads."""

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bot.dialogue import Dialogue, Turn
from bot.engine.local.render import Renderer
from training.dataset import folder

BUCKETS = (64, 128, 256, 512, 1024, 2048, 4096)
BAR = 40
MOST_INTENTS = 15
SAMPLE = 3


def show(path: Path, renderer: Renderer, *, seed: int | None = None) -> Iterator[RenderableType]:
    """Counts, lengths in the base's tokens, intents, languages, and three random dialogues.

    Raises DatasetInvalid.
    """
    manifest = folder.open_dataset(path)
    lengths: Counter[int] = Counter()
    intents: Counter[str] = Counter()
    chance = random.Random(seed)
    sample: list[dict[str, Any]] = []
    for number, row in enumerate(folder.read_rows(path / folder.DIALOGUES)):
        lengths[_bucket(_tokens(row, renderer))] += 1
        intents[str(row.get("intent") or "(none)")] += 1
        # Reservoir sampling: each row is as likely as any other, in one pass.
        if number < SAMPLE:
            sample.append(row)
        elif (place := chance.randrange(number + 1)) < SAMPLE:
            sample[place] = row
    yield summary(path, manifest)
    yield _histogram("Length in tokens", [(f"up to {size}", lengths[size]) for size in (*BUCKETS, 0) if size])
    if lengths[0]:
        yield Text(f"{lengths[0]} dialogues have more than {BUCKETS[-1]} tokens.")
    named = intents.most_common(MOST_INTENTS)
    rest = [("(others)", intents.total() - sum(count for _, count in named))] if len(intents) > len(named) else []
    yield _histogram(f"Intents ({len(intents)})", [*named, *rest])
    yield _histogram("Languages", sorted(manifest.languages.items(), key=lambda item: -item[1]))
    yield from map(_dialogue, sample)


def summary(path: Path, manifest: folder.DatasetManifest) -> Table:
    """What went in, what came out, and why the rest did not."""
    shown = Table(title=f"Dataset {path}", show_header=False)
    shown.add_column("what")
    shown.add_column("count", justify="right")
    shown.add_row("dialogues", str(manifest.dialogues), style="bold")
    for heading, counts in (
        ("split", manifest.splits),
        ("rejected", manifest.rejected),
        ("messages left out", manifest.left_out),
        ("redacted", manifest.redacted),
    ):
        shown.add_section()
        for name, count in sorted(counts.items(), key=lambda item: (heading != "split") * -item[1]):
            shown.add_row(f"{heading}: {name}", str(count))
    if manifest.erased:
        shown.add_row("erased since", str(manifest.erased))
    return shown


def guessed(path: Path, manifest: folder.DatasetManifest) -> Iterator[RenderableType]:
    """How roles were guessed that the exports do not give, each with the dialogues to look at."""
    wanted = {one for guess in manifest.guesses for one in guess.examples}
    rows = (
        {row["id"]: row for row in folder.read_rows(path / folder.DIALOGUES) if row["id"] in wanted}
        if wanted
        else {}
    )
    for guess in manifest.guesses:
        yield Text(
            f"\nGuessed in {guess.conversations} conversations: {guess.how}. Are these right?", style="bold"
        )
        yield from (_dialogue(rows[one]) for one in guess.examples if one in rows)


def _tokens(row: Mapping[str, Any], renderer: Renderer) -> int:
    turns = tuple(Turn(message["role"], message["content"]) for message in row["messages"])
    return len(renderer.render(Dialogue(turns), system="", reply=False).ids)


def _bucket(tokens: int) -> int:
    return next((size for size in BUCKETS if tokens <= size), 0)


def _histogram(title: str, counts: Iterable[tuple[str, int]]) -> Table:
    rows = [(name, count) for name, count in counts if count]
    most = max((count for _, count in rows), default=1)
    shown = Table(title=title, show_header=False, box=None, title_justify="left")
    for name, count in rows:
        shown.add_row(name, str(count), "█" * max(1, round(BAR * count / most)))
    return shown


def _dialogue(row: Mapping[str, Any]) -> Group:
    heading = Text(f"{row['id']}  {row['split']}  {row.get('intent', '')}", style="bold")
    said = [Padding(Text(f"{message['role']}: {message['content']}"), (0, 2)) for message in row["messages"]]
    return Group(Text(""), heading, *said)
