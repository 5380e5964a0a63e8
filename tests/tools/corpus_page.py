"""The tables of data/README.md: what the corpus holds, counted, with the hash of every file.

`python -m tests.tools.corpus_page` writes them; --check only compares.
"""

import re
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from bot.files import sha256_of
from bot.retrieval.articles import read_articles
from bot.schemas import read_cases, read_dialogue_file
from bot.settings import load_settings
from bot.shop.profile import read_shop

BEGIN, END = "<!-- counts: written by `make counts` -->", "<!-- end of counts -->"


def write_tables(data: Path, *, check: bool) -> bool:
    """Bring the tables up to date, or with `check` only say whether they are not."""
    page = data / "README.md"
    before = page.read_text(encoding="utf-8")
    head, _, rest = before.partition(BEGIN)
    after = f"{head}{BEGIN}\n\n{tables(data)}\n{END}{rest.partition(END)[2]}"
    if after != before and not check:
        page.write_text(after, encoding="utf-8")
    return after != before


def tables(data: Path) -> str:
    """Counts and sha256 as Markdown."""
    articles = read_articles(data / "knowledge")
    words = [len(re.findall(r"\S*\w\S*", article.body)) for article in articles]
    lines = [
        f"{len(articles)} articles of {min(words)} to {max(words)} words, {sum(words)} in all.",
        "",
        "| transcripts | dialogues | turns | intents | sha256 |",
        "|---|--:|--:|--:|---|",
    ]
    for file in sorted((data / "transcripts").glob("*.jsonl")):
        dialogues = read_dialogue_file(file)
        turns = sum(len(dialogue.turns) for dialogue in dialogues)
        intents = len({dialogue.intent for dialogue in dialogues})
        name = file.relative_to(data).as_posix()
        lines.append(f"| {name} | {len(dialogues)} | {turns} | {intents} | {sha256_of(file)} |")
    kinds = (
        *("fact", "follow-up", "two-questions", "false-premise", "vague"),
        *("language", "act", "hand-off", "out-of-scope", "adversarial"),
    )
    lines += ["", f"| cases | all | {' | '.join(kinds)} | sha256 |", f"|---|--:|{'--:|' * len(kinds)}---|"]
    for file in sorted((data / "cases").glob("*.jsonl")):
        cases = read_cases([file])
        counts = Counter(case.kind for case in cases)
        shown = " | ".join(str(counts[kind]) for kind in kinds)
        lines.append(f"| {file.relative_to(data).as_posix()} | {len(cases)} | {shown} | {sha256_of(file)} |")
    lines += ["", "| trades | | articles | questions | answered by articles | sha256 of the questions |"]
    lines.append("|---|---|--:|--:|--:|---|")
    for file in sorted((data / "trades").glob("*/cases/*.jsonl")):
        folder = file.parents[1]
        shop, cases = read_shop(folder), read_cases([file])
        answered = sum(1 for case in cases if case.articles)
        counted = f"{len(read_articles(folder / 'knowledge'))} | {len(cases)} | {answered}"
        lines.append(f"| {folder.name} | {shop.name}, {shop.about} | {counted} | {sha256_of(file)} |")
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str]) -> int:
    """Write, or with --check compare."""
    check = "--check" in arguments
    outdated = write_tables(load_settings().data, check=check)
    if check and outdated:
        print("the tables of data/README.md are out of date: run `make counts`", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
