"""A re-ranker is fitted like everything else, on questions with their passages, and serves what it learnt."""

import json
from pathlib import Path

from rich.console import Console

from bot.answering.rerank import Reranker
from bot.engine.local.engine import LocalEngine
from bot.models.base import find_base, load_base
from bot.prompting.template import RerankSection
from bot.releases.part import open_artefact
from bot.retrieval.articles import Passage
from bot.retrieval.retriever import Hit
from bot.settings import Settings
from training.fitting.fit import fit

TEXTS = {
    "kites": "A kite needs 12 miles of wind an hour.",
    "boats": "A paper boat floats for 9 minutes.",
    "tops": "A top spins for 70 seconds.",
}
QUESTIONS = {"kites": "wind for my kite??", "boats": "boat sank already", "tops": "how long does it spin"}
RECIPE = """
method = "reranker"
system = "Write the question."
epochs = 30
batch_size = 3
learning_rate = 2e-2
"""


async def test_what_was_fitted_puts_the_passage_of_a_learnt_question_first(
    settings: Settings, tmp_path: Path, console: Console
) -> None:
    knowledge = settings.data / "knowledge"
    knowledge.mkdir()
    for slug, text in TEXTS.items():
        (knowledge / f"{slug}.md").write_text(f"# {slug.title()}\n\n{text}\n", encoding="utf-8")
    rows = [
        {
            "id": slug,
            "messages": [
                {"role": "user", "content": question},
                {"role": "assistant", "content": TEXTS[slug], "articles": [slug]},
            ],
        }
        for slug, question in QUESTIONS.items()
    ]
    text = "".join(json.dumps(one) + "\n" for one in rows)
    (settings.data / "transcripts" / "shop.jsonl").write_text(text, encoding="utf-8")
    (tmp_path / "reranker.toml").write_text(RECIPE, encoding="utf-8")
    exact = settings.model_copy(update={"dtype": "float32"})
    made = fit(tmp_path / "reranker.toml", tmp_path / "made", exact, console=console)
    assert (made.manifest.kind, made.manifest.backend, made.manifest.slot) == ("reranker", None, "reranker")
    assert made.manifest.dataset.dialogues == 3
    assert made.manifest.recipe["system"] == "Write the question."
    part = open_artefact(tmp_path / "made", base_sha256=find_base(exact).sha256, kinds=("reranker",))
    engine = LocalEngine(load_base(exact))
    engine.load(part)
    reranker = Reranker(part.sha256, "Write the question.", RerankSection())
    hits = [Hit(Passage(slug, slug.title(), "", text), 0.5, 0.5) for slug, text in TEXTS.items()]
    for slug, question in QUESTIONS.items():
        async with engine.admit() as place:
            ranked, _ = await reranker.ranked(place, question, hits)
        assert ranked[0].passage.article == slug
    engine.close()
