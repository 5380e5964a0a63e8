"""Every case answered by every backend, through the engine, renderer and pipeline that serve.

Answers are kept in a work file as they come, so that a stopped run goes on where it was. What is kept counts only
for the same release, articles, code and settings, and for the same case.
"""

import hashlib
import json
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

import bot
from bot.answer import Choice, Decision, Delta, Finished, FinishReason, Source
from bot.answering.protocol import Backend
from bot.assembly import Assembled
from bot.dialogue import Dialogue, Turn
from bot.files import make_private, sha256_of_text, write_whole
from bot.progress import Progress
from bot.schemas import Case
from bot.settings import Settings

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

# Articles looked at for hit@k and the mean reciprocal rank.
PASSAGES = 40
FIRST = 3
# Seconds, as time.perf_counter gives them.
Clock = Callable[[], float]
# Settings that change an answer.
ANSWERED_WITH = {"base_model", "device", "dtype", "max_new_tokens", "max_prompt_tokens"}


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer: what was said and decided, what it rests on, and how long it took."""

    text: str
    decision: Decision | None
    act: str | None
    finish_reason: FinishReason
    sources: tuple[Source, ...]
    choices: tuple[Choice, ...]
    prompt_tokens: int
    completion_tokens: int
    ttft_ms: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Answered:
    """The reply to a case, and where it offered the right choice, the reply after that was picked."""

    reply: Reply
    picked: Choice | None = None
    after: Reply | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What the search found for a case: its articles, best first, and the text of the first passages."""

    articles: tuple[str, ...]
    passages: tuple[str, ...]


class Kept:
    """The work file: one line an answer, each with the key of its run and the hash of its case."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._values: dict[tuple[str, str], Any] = {}
        if file.is_file():
            for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
                try:
                    row = json.loads(line)
                    self._values[row["run"], row["case"]] = row["value"]
                except (ValueError, KeyError, TypeError):
                    # A killed run leaves half a line; that case is asked again.
                    continue

    def get(self, run: str, case: Case, kind: type[Any]) -> Any:
        """What was kept of this run for this case, as `kind`; None where there is nothing."""
        value = self._values.get((run, _key(case)))
        if value is None:
            return None
        try:
            return TypeAdapter(kind).validate_python(value)
        except ValidationError:
            return None

    def add(self, run: str, case: Case, value: "DataclassInstance") -> None:
        """Keep one more, on the disk before anything else is asked."""
        make_private(self._file.parent)
        self._values[run, _key(case)] = asdict(value)
        row = {"run": run, "id": case.id, "case": _key(case), "value": asdict(value)}
        with self._file.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")

    def only(self, runs: Collection[str]) -> None:
        """Drop what was kept of other runs than these."""
        self._values = {key: value for key, value in self._values.items() if key[0] in runs}
        rows = ({"run": run, "case": case, "value": value} for (run, case), value in self._values.items())
        write_whole(self._file, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))

    def done(self) -> None:
        """The report holds all of it now."""
        self._file.unlink(missing_ok=True)


def _key(case: Case) -> str:
    return sha256_of_text(json.dumps(asdict(case), sort_keys=True))


def run_key(assembled: Assembled, settings: Settings) -> str:
    """Names all that an answer depends on besides its case: release, articles, the program, its settings."""
    chosen = settings.model_dump_json(include=ANSWERED_WITH)
    program = hashlib.sha256()
    for file in sorted(Path(bot.__path__[0]).rglob("*.py")):
        program.update(file.read_bytes())
    state = assembled.help_centre.now.state
    return sha256_of_text(" ".join([assembled.serving.sha256, state, program.hexdigest(), chosen]))


async def answer_all(
    backends: Mapping[str, Backend],
    cases: Sequence[Case],
    kept: Kept,
    run: str,
    progress: Progress,
    clock: Clock = time.perf_counter,
) -> dict[str, list[Answered]]:
    """The answers of each backend, in the order of the cases.

    Each case goes to all backends in turn, one at a time: what slows the machine slows all of them.
    """
    answers: dict[str, list[Answered]] = {name: [] for name in backends}
    task = progress.add_task("Answering", total=len(cases) * len(backends))
    for case in cases:
        for name, backend in backends.items():
            answered: Answered | None = kept.get(f"{run} {name}", case, Answered)
            if answered is None:
                answered = await answer(backend, case, clock)
                kept.add(f"{run} {name}", case, answered)
            answers[name].append(answered)
            progress.advance(task)
    return answers


async def answer(backend: Backend, case: Case, clock: Clock = time.perf_counter) -> Answered:
    """Ask a case; where the right choice is offered or asked for, pick it and see what is said."""
    reply = await ask(backend, case.dialogue, clock)
    right = right_choice(reply, case)
    if right is None:
        return Answered(reply)
    articles = tuple(dict.fromkeys(source.article for source in reply.sources))
    offer = Turn("assistant", reply.text, articles, decision=reply.decision, choices=reply.choices, act=reply.act)
    picking = case.dialogue.said(offer).said(Turn("user", right.label))
    return Answered(reply, right, await ask(backend, picking, clock))


def right_choice(reply: Reply, case: Case) -> Choice | None:
    """The first choice of an article that answers, the best article first.

    Of things in one article that the bot asks about, the one that a sentence which answers the case is about.
    """
    if reply.decision not in ("offer", "ask"):
        return None
    right = [choice for article in case.articles for choice in reply.choices if choice.article == article]
    if reply.decision == "ask":
        right = [choice for choice in right if any(choice.label in sentence for sentence in case.sentences)]
    return right[0] if right else None


async def ask(backend: Backend, dialogue: Dialogue, clock: Clock) -> Reply:
    """One answer, with its times."""
    started = clock()
    first: float | None = None
    text, end = "", Finished("error")
    async for piece in backend.answer(dialogue):
        if isinstance(piece, Delta):
            first = first or clock()
            text += piece.text
        else:
            end = piece
    ended = clock()
    return Reply(
        text,
        end.decision,
        end.act,
        end.finish_reason,
        end.sources,
        end.choices,
        end.prompt_tokens,
        end.completion_tokens,
        round(((first or ended) - started) * 1000, 2),
        round(ended - started, 4),
    )


async def find_all(
    assembled: Assembled, cases: Sequence[Case], kept: Kept, run: str, progress: Progress
) -> list[Found]:
    """What the search of the release finds for each case."""
    task = progress.add_task("Searching", total=len(cases))
    results = []
    for case in cases:
        found: Found | None = kept.get(f"{run} search", case, Found)
        if found is None:
            async with assembled.steps.speech.admit() as place:
                context = await assembled.steps.find(place, case.dialogue, passages=PASSAGES)
            articles = dict.fromkeys(passage.article for passage in context.passages)
            first = context.passages[:FIRST]
            found = Found(tuple(articles), tuple(f"{part.title}\n{part.heading}\n{part.text}" for part in first))
            kept.add(f"{run} search", case, found)
        results.append(found)
        progress.advance(task)
    return results
