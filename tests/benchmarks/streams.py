"""How fast the engine of a checkout writes: one reply alone, and several of all backends at once.

`python tests/benchmarks/streams.py [CHECKOUT]` takes this checkout by default, and any commit whose engine has
places. Real dev questions behind their articles, greedy; the caches are empty before each round.
"""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).parents[2]
NEW_TOKENS, ROUNDS = 96, 3
SEVERAL = (1, 8, 32)
SYSTEM = "You are the support assistant of Juniper Outfitters. Answer in a few friendly sentences."
KINDS = ("finetuned", "prompt-tuned", "prompted")


def prompts() -> list[str]:
    """Dev questions behind the beginning of an article that answers."""
    from bot.retrieval.articles import read_articles
    from bot.schemas import read_cases

    articles = {article.slug: article for article in read_articles(HERE / "data" / "knowledge")}
    asked = [case for case in read_cases([HERE / "data/cases/dev.jsonl"]) if case.expect == "answer"]
    known = [(articles[case.articles[0]], case) for case in asked if case.articles]
    return [f"{article.title}: {article.body[:900]}\n\n{case.dialogue.turns[-1].text}" for article, case in known]


async def measure() -> None:
    from bot.assembly import local_engine
    from bot.dialogue import user_says
    from bot.engine.protocol import Generation, Prompt, Stopped, Text
    from bot.models.base import load_base
    from bot.releases.part import open_artefact
    from bot.settings import load_settings

    settings = load_settings()
    engine = local_engine(load_base(settings), settings)
    adapters: dict[str, str | None] = {"prompted": None}
    for name in ("finetuned", "prompt-tuned"):
        part = open_artefact(settings.shipped_part(name))
        engine.load(part)
        adapters[name] = part.sha256
    # Where there is a faster way that is made while others are served, it is waited for.
    if quickening := getattr(engine, "_quickening", None):
        await asyncio.to_thread(quickening.join)

    async def reply(text: str, kind: str, began: float) -> tuple[int, float, float]:
        first, tokens = 0.0, 0
        async with engine.admit() as place:
            prompt = Prompt(user_says(text), SYSTEM, adapters[kind])
            async for piece in place.stream(Generation(prompt, max_new_tokens=NEW_TOKENS)):
                if isinstance(piece, Text) and not first:
                    first = time.perf_counter()
                if isinstance(piece, Stopped):
                    tokens = piece.completion_tokens
        return tokens, first - began, time.perf_counter() - first

    async def together(texts: Sequence[str], kinds: Sequence[str]) -> dict[str, float]:
        engine.forget()
        began = time.perf_counter()
        done = await asyncio.gather(*(reply(text, kind, began) for text, kind in zip(texts, kinds, strict=True)))
        seconds = time.perf_counter() - began
        return {
            "tokens_per_s": sum(tokens for tokens, _, _ in done) / seconds,
            "first_s": max(first for _, first, _ in done),
            "written_per_s": statistics.mean((tokens - 1) / max(took, 1e-9) for tokens, _, took in done),
        }

    texts = prompts()
    found: dict[str, dict[str, float]] = {}
    await together(texts[:1], KINDS[:1])
    for several in SEVERAL:
        rounds = [
            await together(
                [texts[(number + several * place) % len(texts)] for number in range(several)],
                [KINDS[number % len(KINDS)] if several > 1 else KINDS[place % 3] for number in range(several)],
            )
            for place in range(ROUNDS)
        ]
        found[str(several)] = {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}
    engine.close()
    print(json.dumps(found))


def main() -> None:
    checkout = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else HERE
    environ = os.environ | {"PYTHONPATH": str(checkout), "HF_HUB_OFFLINE": "1", "TRILANE_HOME": str(HERE / "var")}
    command = [sys.executable, str(Path(__file__).resolve()), "--here"]
    said = subprocess.run(command, cwd=checkout, env=environ, check=True, capture_output=True, text=True).stdout
    figures = json.loads(said.splitlines()[-1])
    print(f"{checkout.name}: replies of at most {NEW_TOKENS} tokens, medians of {ROUNDS} rounds")
    print(f"{'at once':>8}{'tokens/s in all':>18}{'written tokens/s each':>24}{'slowest first text, s':>24}")
    for several, one in figures.items():
        print(f"{several:>8}{one['tokens_per_s']:>18.1f}{one['written_per_s']:>24.1f}{one['first_s']:>24.2f}")


if __name__ == "__main__":
    if "--here" in sys.argv:
        asyncio.run(measure())
    else:
        main()
