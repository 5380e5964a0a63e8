"""What it costs to weigh a question after twelve passages: all at once and one after the other, cold and warm.

The adapter is the shipped LoRA, which has a re-ranker's size; the passages are what the search finds.
"""

import asyncio
import statistics
import time
from collections.abc import Sequence

from bot.answering.rerank import reading
from bot.assembly import local_engine
from bot.engine.local.engine import LocalEngine
from bot.engine.protocol import Prompt, Scoring
from bot.models.base import load_base
from bot.models.embedder import load_embedder
from bot.releases.part import open_artefact
from bot.retrieval.index import open_knowledge
from bot.settings import load_settings
from training.evaluation.machine import machine

PASSAGES = 12
SYSTEM = "You read a part of a help centre. Write the question of a customer that it answers."
QUESTIONS = (
    "how long do i have to send a tent back if it has been in the garden once",
    "my sister in canada has to pay something for the jacket i sent, how much is that",
    "can i wash my down sleeping bag at home or will it be ruined",
    "you charged my card twice for the same boots!!",
    "is there a fee when i bring the rented skis back a day late",
)


async def weighed_s(engine: LocalEngine, prompts: Sequence[Prompt], question: str, *, together: bool) -> float:
    """Seconds for one question."""
    began = time.perf_counter()
    async with engine.admit() as place:
        for some in [tuple(prompts)] if together else [(prompt,) for prompt in prompts]:
            await place.score(Scoring(some, (question,)))
    return time.perf_counter() - began


async def measure() -> None:
    settings = load_settings()
    base = load_base(settings)
    knowledge = open_knowledge(settings.knowledge_dir, load_embedder(settings), settings.home)
    engine = local_engine(base, settings)
    artefact = open_artefact(settings.shipped_part("finetuned"))
    engine.load(artefact)
    facts = machine()
    print(f"{facts['model']}, {facts['cpus']} CPUs: {facts['flags']}")
    print(f"{base.dtype}, {PASSAGES} passages, the base under a LoRA of rank 16; ms, medians of {len(QUESTIONS)}")
    figures: dict[str, list[float]] = {}
    tokens = []
    for question in QUESTIONS:
        found = knowledge.search(question, PASSAGES)
        prompts = [Prompt(reading(hit.passage), SYSTEM, artefact.sha256) for hit in found]
        tokens += [engine.tokens(reading(hit.passage).turns[0].text) for hit in found]
        for together in (True, False):
            engine.forget()
            how = "all at once" if together else "one by one"
            for state in ("cold", "warm"):
                figures.setdefault(f"{how}, {state}", []).append(
                    await weighed_s(engine, prompts, question, together=together)
                )
    print(f"a passage has {statistics.mean(tokens):.0f} tokens, with a title of its own")
    for name, seconds in figures.items():
        print(f"{name:<20}{1000 * statistics.median(seconds):>8.0f}")
    engine.close()


if __name__ == "__main__":
    asyncio.run(measure())
