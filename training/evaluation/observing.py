"""What the served search finds for cases, and what would be said from it: the ground of the decision's numbers."""

import asyncio
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from bot.answering.decide import choices_of, features
from bot.answering.pipeline import Steps
from bot.answering.quoting import in_context, in_order, select, unsaid
from bot.assembly import assemble
from bot.engine.protocol import Place
from bot.progress import track
from bot.retrieval.context import Context
from bot.retrieval.questions import parts_of
from bot.schemas import Case, read_cases
from bot.settings import Settings
from training.evaluation.calibration import Observed
from training.evaluation.replies import Kept, run_key
from training.evaluation.spelling import says_any

# The sentences are the search's own choice: no speaker has had a say in them.
CHOICES = 3


def observe(shops: Sequence[tuple[Settings, Sequence[Path]]], kept: Kept, console: Console) -> list[Observed]:
    """Every case of these shops' files that is no act, each shop with its own help centre.

    What was seen is kept, so that a stopped run goes on where it was, and other goals take no new search.
    """
    found: list[Observed] = []
    runs = []
    for settings, files in shops:
        cases = [case for case in read_cases(files) if judged(case)]
        assembled = assemble(settings, ["prompted"], console, observed=True)
        with closing(assembled.engine):
            run = f"{run_key(assembled, settings)} observed"
            found += asyncio.run(_observe(assembled.steps, settings.shop_dir.name, cases, kept, run, console))
        runs.append(run)
    kept.only(runs)
    return found


def judged(case: Case) -> bool:
    """Whether a case says what is right of one question: several in one message are decided one by one."""
    if case.expect == "act" or len(parts_of(case.dialogue.turns[-1].text)) > 1:
        return False
    return bool(case.must_include) or case.expect != "answer"


def dev_cases(settings: Settings) -> list[Path]:
    """All files of a shop's cases but those that are for reports only."""
    return [file for file in sorted(settings.cases_dir.glob("*.jsonl")) if file.name != "test.jsonl"]


async def _observe(
    steps: Steps, shop: str, cases: Sequence[Case], kept: Kept, run: str, console: Console
) -> list[Observed]:
    found = []
    for case in track(cases, f"Searching for {shop}'s cases", console):
        heard = await steps.acts.hear(case.dialogue)
        if heard.picked or (heard.reply and not heard.reply.unless_answered):
            # It never comes to a decision.
            continue
        seen: Observed | None = kept.get(run, case, Observed)
        if seen is None:
            async with steps.speech.admit() as place:
                seen = await observed(steps, place, shop, case)
            kept.add(run, case, seen)
        found.append(replace(seen, waiting=heard.reply.decision if heard.reply else None))
    return found


async def observed(steps: Steps, place: Place, shop: str, case: Case) -> Observed:
    """One case, as the search and the reader see it."""
    context = await steps.find(place, case.dialogue)
    choices = choices_of(context, CHOICES)
    return Observed(
        shop,
        case.expect,
        features(context, await steps.acts.margins(case.dialogue.turns[-1].text)),
        bool(case.must_include) and is_right(case, quoted(steps, case, context)),
        any(choice.article in case.articles for choice in choices),
    )


def quoted(steps: Steps, case: Case, context: Context) -> str:
    """What would be quoted by the search's own scores, as served: in order, behind what it points back to."""
    found = unsaid(context.sentences, case.dialogue)
    rules, margin = steps.prompt.constraints, steps.prompt.reader.margin
    chosen = select(found, [0.0] * len(found), rules, read_margin=margin)
    return " ".join(hit.sentence for hit in in_context(in_order(chosen, context), context))


def is_right(case: Case, said: str) -> bool:
    """Every required fact, no forbidden one."""
    wrong = any(says_any(said, (claim,)) for claim in case.must_not_include)
    return not wrong and all(says_any(said, spellings) for spellings in case.must_include)
