"""A reader is fitted like everything else, on questions with sentences, and serves what it learnt."""

import io
import json
from pathlib import Path

import pytest
import torch
from rich.console import Console
from tokenizers import normalizers

from bot.answering.reader import NO, YES, row
from bot.engine.local.engine import LocalEngine
from bot.engine.local.render import Renderer
from bot.engine.protocol import Judging
from bot.errors import BaseUnusable
from bot.models.base import find_base, load_base
from bot.models.embedder import load_embedder
from bot.releases.part import open_artefact
from bot.retrieval.index import open_knowledge
from bot.settings import Settings
from training.dataset.batches import collate
from training.dataset.examples import IGNORED, Example
from training.fitting.choosing import Chosen
from training.fitting.fit import fit

# In each article the sentence that answers is not the one that sounds like the question.
ARTICLES = {
    "kites": ("The wind for my kite is often asked about.", "It needs 12 miles an hour."),
    "boats": ("A boat may have sunk already.", "Let it dry for 9 minutes."),
    "tops": ("How long a top spins, people wonder.", "About 70 seconds."),
}
QUESTIONS = {
    "kites": "wind for my kite??",
    "boats": "my boat has sunk already",
    "tops": "how long does a top spin",
}
RECIPE = """
method = "reader"
shops = ["trades/*"]
epochs = 60
batch_size = 4
learning_rate = 2e-2
[reader]
passages = 2
missing = 0.0
shuffled = 0.0
"""


@pytest.fixture
def toys(settings: Settings) -> Settings:
    """A trade to learn from; the shop asks the same questions of the same articles, and holds them back."""
    cases = [
        {
            "id": slug,
            "messages": [{"role": "user", "content": question}],
            "reference": "Well.",
            "articles": [slug],
            "sentences": [ARTICLES[slug][1]],
            "kind": "fact",
        }
        for slug, question in QUESTIONS.items()
    ]
    for shop, file in ((settings.data / "trades" / "toys", "all.jsonl"), (settings.data, "dev.jsonl")):
        (shop / "knowledge").mkdir(parents=True)
        (shop / "cases").mkdir()
        for slug, said in ARTICLES.items():
            text = f"# {slug.title()}\n\n{' '.join(said)}\n"
            (shop / "knowledge" / f"{slug}.md").write_text(text, encoding="utf-8")
        (shop / "cases" / file).write_text("".join(json.dumps(one) + "\n" for one in cases), encoding="utf-8")
    return settings.model_copy(update={"dtype": "float32"})


async def test_what_was_fitted_gives_the_sentence_that_answers_a_learnt_question_the_best_score(
    toys: Settings, tmp_path: Path, console: Console
) -> None:
    (tmp_path / "reader.toml").write_text(RECIPE, encoding="utf-8")
    made = fit(tmp_path / "reader.toml", tmp_path / "made", toys, console=console)
    assert (made.manifest.kind, made.manifest.backend, made.manifest.slot) == ("reader", None, "reader")
    assert (made.manifest.dataset.dialogues, made.manifest.failed) == (3, None)
    metrics = made.manifest.metrics
    assert (metrics["dev_right"], metrics["dev_right_cosine"]) == (1.0, 0.0)
    part = open_artefact(tmp_path / "made", base_sha256=find_base(toys).sha256, kinds=("reader",))
    engine = LocalEngine(load_base(toys))
    engine.load(part)
    knowledge = open_knowledge(toys.knowledge_dir, load_embedder(toys), toys.home)
    for slug, question in QUESTIONS.items():
        found = [(hit.passage, hit.passage.sentences) for hit in knowledge.search(question, 2)]
        read = row(question, found, tokens=len, max_tokens=4096)
        async with engine.admit() as place:
            judged = await place.judge(Judging(read.pieces, read.marks, YES, NO, part.sha256))
        best = max(range(len(read.marks)), key=lambda mark: judged.values[mark])
        assert read.pieces[read.marks[best] - 1] == ARTICLES[slug][1]
    engine.close()


def test_a_reader_that_chooses_no_better_than_the_search_is_marked(
    toys: Settings, tmp_path: Path, console: Console
) -> None:
    cases = toys.data / "cases" / "dev.jsonl"
    rows = [json.loads(line) for line in cases.read_text(encoding="utf-8").splitlines()]
    nearest = [one | {"sentences": [ARTICLES[one["id"]][0]]} for one in rows]
    cases.write_text("".join(json.dumps(one) + "\n" for one in nearest), encoding="utf-8")
    recipe = tmp_path / "reader.toml"
    recipe.write_text(RECIPE.replace("60", "1"), encoding="utf-8")
    manifest = fit(recipe, tmp_path / "made", toys, console=console).manifest
    assert manifest.metrics["dev_right_cosine"] == 1.0
    assert manifest.failed is not None and "it chooses no better" in manifest.failed
    cases.unlink()
    manifest = fit(recipe, tmp_path / "unmeasured", toys, console=console).manifest
    assert manifest.failed is None and "dev_right" not in manifest.metrics
    assert isinstance(console.file, io.StringIO) and "no held-back questions" in console.file.getvalue()


def test_sentences_and_none_compete_and_several_may_be_right(toys: Settings) -> None:
    base = load_base(toys)
    loss = Chosen.by(Renderer(base))
    marks = {3: 1, 5: 0, 8: 1, 9: 0}
    several = Example(tuple(range(5, 15)), tuple(marks.get(place, IGNORED) for place in range(10)))
    nothing = Example((7, 8, 9), (IGNORED, 0, 1))
    batch = collate([several, nothing])
    losses, rows = loss(base.model, batch, base.device)
    logits = base.model(batch.input_ids).logits
    scores = logits[..., loss.yes] - logits[..., loss.no]
    shares = torch.softmax(scores[0, list(marks)], 0)
    wanted = -(torch.log(shares[0] + shares[2]) + (shares[0].log() + shares[2].log()) / 2) / 2
    torch.testing.assert_close(losses, torch.stack([wanted, -torch.log_softmax(scores[1, 1:3], 0)[1]]))
    assert rows.tolist() == [0, 1]
    best = [several.labels[place] == 1 for place in sorted(list(marks)[:3], key=lambda at: -scores[0, at])]
    assert loss.right(base.model, [several, nothing, Example((7, 8), (IGNORED, 1))], base.device) == [
        best[0],
        False,
        False,
    ]


def test_a_base_whose_vocabulary_cannot_end_a_sentence_is_refused(toys: Settings) -> None:
    base = load_base(toys)
    base.tokenizer.backend_tokenizer.normalizer = normalizers.Replace("\n", "")
    with pytest.raises(BaseUnusable, match="a reader cannot be made for this base"):
        Chosen.by(Renderer(base))
