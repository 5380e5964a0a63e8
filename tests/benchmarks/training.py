"""Training beside the first whole product (commit fd0808f): tokens a second, and what was learnt from as many.

Both fit the shipped LoRA recipe on the same slice of the shop's transcripts, in turns, each with its own code from
its own checkout; this checkout then measures both artefacts on the dev cases. Arguments: dialogues, rounds.
"""

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

DIALOGUES = int(sys.argv[1]) if len(sys.argv) > 1 else 200
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 2
ROOT = Path(__file__).parents[2]
BEFORE = "fd0808f"


def write_slice(file: Path) -> None:
    """The same dialogues every time."""
    sources = sorted((ROOT / "data/transcripts").glob("*.jsonl"))
    lines = [line for source in sources for line in source.read_text(encoding="utf-8").splitlines() if line]
    file.write_text("\n".join(random.Random(0).sample(lines, DIALOGUES)) + "\n", encoding="utf-8")


def trilane_train(checkout: Path, home: Path, *arguments: object) -> str:
    """Run a checkout's own command; returns what it printed."""
    environment = os.environ | {"PYTHONPATH": str(checkout), "TRILANE_HOME": str(home), "HF_HUB_OFFLINE": "1"}
    # Where the dtype is measured, the two could come out differently.
    environment.setdefault("TRILANE_DTYPE", "bfloat16")
    command = [sys.executable, "-m", "training.cli", *map(str, arguments)]
    done = subprocess.run(command, cwd=checkout, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        write_slice(work / "slice.jsonl")
        subprocess.run(["git", "worktree", "add", "--detach", work / BEFORE, BEFORE], cwd=ROOT, check=True)
        try:
            compare(work)
        finally:
            shutil.rmtree(work / BEFORE)
            subprocess.run(["git", "worktree", "prune"], cwd=ROOT, check=True)


def compare(work: Path) -> None:
    """Fit in turns, print each turn, then what both learnt."""
    checkouts = {"before": work / BEFORE, "now": ROOT}
    homes = {"before": work / "home", "now": ROOT / "var"}
    tokens_per_s: dict[str, list[float]] = {"before": [], "now": []}
    for number in range(ROUNDS):
        for side in list(checkouts)[:: -1 if number % 2 else 1]:
            shutil.rmtree(work / side, ignore_errors=True)
            arguments = ("fit", "lora", "--transcripts", work / "slice.jsonl", "--out", work / side)
            trilane_train(checkouts[side], homes[side], *arguments)
            metrics = json.loads((work / side / "artefact.json").read_text(encoding="utf-8"))["metrics"]
            tokens_per_s[side].append(metrics["tokens_per_s"])
            print(f"round {number + 1}, {side}: {tokens_per_s[side][-1]:.0f} tokens/s", flush=True)
    ratios = [now / before for before, now in zip(*tokens_per_s.values(), strict=True)]
    print(f"tokens/s now / before: {', '.join(f'{ratio:.2f}' for ratio in ratios)}")
    parts = [f"--artefact={work / side}" for side in ("before", "now")]
    cases = ROOT / "data/cases/dev.jsonl"
    shown = trilane_train(ROOT, homes["now"], "likelihood", "--cases", cases, "--json", *parts)
    names = ("base", f"after {DIALOGUES} dialogues, before", f"after {DIALOGUES} dialogues, now")
    for name, result in zip(names, json.loads(shown), strict=True):
        print(f"dev NLL, {name}: {result['nll']:.4f} over {result['tokens']} tokens")


if __name__ == "__main__":
    main()
