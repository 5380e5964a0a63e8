"""An ingest of 200,000 dialogues: how many a second, how much memory, against parsing the same JSON alone.

The dialogues are the shop's transcripts over and over, each with other letters, so that none is a duplicate.
"""

import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

DIALOGUES = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
TRANSCRIPTS = Path(__file__).parents[2] / "data/transcripts"


def write(file: Path) -> None:
    written = [source.read_text(encoding="utf-8") for source in sorted(TRANSCRIPTS.glob("*.jsonl"))]
    rows = [json.loads(line) for text in written for line in text.splitlines()]
    chance = random.Random(0)
    letters = "abcdefghijklmnopqrstuvwxyz"
    with file.open("w", encoding="utf-8") as target:
        for number in range(DIALOGUES):
            row = rows[number % len(rows)]
            shift = str.maketrans(letters, "".join(chance.sample(letters, len(letters))))
            said = [(message["role"], message["content"].translate(shift)) for message in row["messages"]]
            messages = [{"role": role, "content": text} for role, text in said]
            target.write(json.dumps({"id": str(number), "messages": messages}) + "\n")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "export.jsonl"
        write(file)
        started = time.perf_counter()
        with file.open(encoding="utf-8") as lines:
            for line in lines:
                json.loads(line)
        alone = time.perf_counter() - started
        started = time.perf_counter()
        command = [sys.executable, "-m", "training.cli", "ingest", str(file), "--out", str(Path(folder) / "out")]
        subprocess.run(command, check=True)
        taken = time.perf_counter() - started
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{DIALOGUES} dialogues in {taken:.0f} s: {DIALOGUES / taken:.0f} a second, peak {peak:.0f} MiB")
    print(f"Parsing the JSON alone: {alone:.1f} s, {taken / alone:.0f} times less")


if __name__ == "__main__":
    main()
