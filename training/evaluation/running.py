"""One release after another: assembled as it is served, asked every case, and put away again."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import MofNCompleteColumn

from bot.assembly import Assembled, assemble
from bot.backends import BackendName
from bot.engine.protocol import Engine
from bot.errors import ReleaseRefused
from bot.progress import Progress
from bot.releases.registry import Registry
from bot.releases.release import Slot
from bot.releases.serving import served_before
from bot.schemas import Case
from bot.settings import Settings
from bot.shop.profile import read_shop
from training.evaluation.figures import Judged
from training.evaluation.likelihood import losses
from training.evaluation.marks import mark
from training.evaluation.remembering import Remembering
from training.evaluation.replies import Clock, Kept, answer_all, find_all, run_key

DIGITS = 12


@dataclass(frozen=True, slots=True)
class Run:
    """One backend of one release, with every case that it answered."""

    label: str
    backend: BackendName
    release_sha256: str
    artefact_sha256: str
    judged: list[Judged]


def run_all(
    settings: Settings,
    cases: Sequence[Case],
    *,
    backends: Sequence[BackendName],
    releases: Sequence[str],
    kept: Kept,
    system: str,
    console: Console,
) -> list[Run]:
    """Every backend of the releases whose sha256 begin so; without any, of the one that would be served now.

    `system` is what the base reads for the likelihood of the prompted backend.
    """
    runs: list[Run] = []
    for prefix in releases or [""]:
        with _assembled(settings, backends, prefix, console) as (assembled, clock):
            mine = _run(assembled, backends, settings, cases, kept, console, clock)
            places = assembled.serving.places
        for run in mine:
            # The engineered prompt is the bare base's.
            folder = None if run.backend == "prompted" else places[run.backend].folder
            nll = losses(folder, cases, settings, system=system, console=console)
            judged = [
                Judged(one.case, one.answered, one.marks, one.found, *lost)
                for one, lost in zip(run.judged, nll, strict=True)
            ]
            label = f"{run.backend}@{run.release_sha256[:DIGITS]}" if len(releases) > 1 else run.backend
            runs.append(Run(label, run.backend, run.release_sha256, run.artefact_sha256, judged))
    return runs


@contextmanager
def _assembled(
    settings: Settings, backends: Sequence[BackendName], prefix: str, console: Console
) -> Iterator[tuple[Assembled, Clock]]:
    """A release as it is served, and a clock for its answers; its backends share what they ask of the engine."""
    remembering: list[Remembering] = []

    def through(engine: Engine) -> Engine:
        remembering.append(Remembering(engine))
        return remembering[0]

    chosen: Mapping[Slot, str] | None = None
    wanted = None
    if prefix:
        registry = Registry(settings)
        wanted = served_before(registry, prefix)
        chosen = registry.of_release(wanted) if wanted else registry.with_part(prefix)
    assembled = assemble(settings, backends, console, chosen=chosen, through=through)
    try:
        if wanted and assembled.serving.sha256 != wanted.sha256:
            raise ReleaseRefused(
                f"release {wanted.sha256[:DIGITS]} cannot be served again: the shop's profile, the embedder or a "
                f"part is another one now ({assembled.serving.sha256[:DIGITS]} is what these parts make)"
            )
        yield assembled, remembering[0].clock
    finally:
        assembled.engine.close()


def _run(
    assembled: Assembled,
    backends: Sequence[BackendName],
    settings: Settings,
    cases: Sequence[Case],
    kept: Kept,
    console: Console,
    clock: Clock,
) -> list[Run]:
    console.print(assembled.serving.sentence(), soft_wrap=True)
    key = run_key(assembled, settings)
    with Progress(console, MofNCompleteColumn()) as progress:
        found = asyncio.run(find_all(assembled, cases, kept, key, progress))
        answers = asyncio.run(answer_all(assembled.backends, cases, kept, key, progress, clock))
    shop = read_shop(settings.shop_dir)
    known = (shop.name, *shop.contacts.known)
    return [
        Run(
            name,
            name,
            assembled.serving.sha256,
            assembled.backends[name].artefact_sha256,
            [
                Judged(case, answered, mark(case, answered, known), what)
                for case, answered, what in zip(cases, answers[name], found, strict=True)
            ],
        )
        for name in backends
    ]


def work_file(out: Path | None, settings: Settings) -> Path:
    """Where answers are kept until the report is written: beside it, or in HOME where none is asked for."""
    return out.with_suffix(".answers.jsonl") if out else settings.home / "evaluation" / "answers.jsonl"
