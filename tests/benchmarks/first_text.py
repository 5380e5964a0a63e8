"""Time to the first text of fifty dev questions, beside the first whole product (commit fd0808f) in the same run.

Both serve their own shipped parts from their own checkout, one server after the other, rest a minute after their
start, and are asked the same questions, each of one of the three backends in turn.
"""

import asyncio
import shutil
import statistics
import subprocess
import tempfile
from pathlib import Path

from bot.backends import BACKENDS
from bot.schemas import read_cases
from tests.benchmarks.waiting import HERE, first_words_s, server

BEFORE, QUESTIONS = "fd0808f", 50
# In which a server reads ahead that does.
REST_S = 60


def questions() -> list[tuple[str, str]]:
    """The first dev questions that an article answers, each with the backend that is asked."""
    cases = [case for case in read_cases([HERE / "data/cases/dev.jsonl"]) if case.expect == "answer"]
    asked = [case.dialogue.turns[-1].text for case in cases if len(case.dialogue.turns) == 1][:QUESTIONS]
    return [(BACKENDS[number % len(BACKENDS)], text) for number, text in enumerate(asked)]


async def waited(asked: list[tuple[str, str]]) -> list[float]:
    """Seconds to the first text of each, one after another."""
    await asyncio.sleep(REST_S)
    return [await first_words_s(backend, question) for backend, question in asked]


def main() -> None:
    asked, medians = questions(), {}
    with tempfile.TemporaryDirectory() as folder:
        before = Path(folder) / BEFORE
        subprocess.run(["git", "worktree", "add", "--detach", before, BEFORE], cwd=HERE, check=True)
        try:
            for name, checkout in (("before", before), ("now", HERE)):
                with server(checkout):
                    seconds = asyncio.run(waited(asked))
                medians[name] = statistics.median(seconds)
                parts = [(one, seconds[number :: len(BACKENDS)]) for number, one in enumerate(BACKENDS)]
                said = ", ".join(f"{one} {statistics.median(part) * 1000:.0f}" for one, part in parts)
                print(
                    f"{name}: median of {len(asked)} questions {medians[name] * 1000:.0f} ms ({said})", flush=True
                )
        finally:
            shutil.rmtree(before)
            subprocess.run(["git", "worktree", "prune"], cwd=HERE, check=True)
    print(f"first text, over that of {BEFORE}: {medians['now'] / medians['before']:.2f}")


if __name__ == "__main__":
    main()
