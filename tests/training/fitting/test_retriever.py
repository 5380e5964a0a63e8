"""A retriever is fitted like everything else, goes on where it was stopped, and finds what it learnt."""

import io
import json
import signal
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from bot.engine.local.embedding import with_retriever
from bot.errors import ArtefactInvalid
from bot.models.embedder import Embedder, embedding_identity, find_embedding_folder
from bot.releases.part import Artefact, open_artefact
from bot.retrieval.index import open_knowledge
from bot.settings import Settings
from tests.tools.stopping import SignalsAfter, StopsAfter
from training.fitting.fit import fit

TEXTS = {
    "kites": "A kite needs 12 miles of wind an hour.",
    "boats": "A paper boat floats for 9 minutes.",
    "tops": "A top spins for 70 seconds.",
}
# In words that the articles don't have, and which lead the stock model elsewhere.
QUESTIONS = {"kites": "zorb flumps??", "boats": "quindle sank my wug", "tops": "blicket dax forever"}
RECIPE = """
method = "retriever"
epochs = {epochs}
batch_size = {batch_size}
learning_rate = 3e-3

[lora]
rank = 8

[retriever]
guard = 0.1
"""


@pytest.fixture
def taught(settings: Settings) -> Settings:
    """A shop with three articles and a question on each; the same questions are its dev cases."""
    knowledge, cases = settings.data / "knowledge", settings.data / "cases"
    knowledge.mkdir()
    cases.mkdir()
    for slug, text in TEXTS.items():
        (knowledge / f"{slug}.md").write_text(f"# {slug.title()}\n\n{text}\n", encoding="utf-8")
    asked = {slug: [{"role": "user", "content": question}] for slug, question in QUESTIONS.items()}
    rows = [
        {
            "id": slug,
            "messages": [*said, {"role": "assistant", "content": TEXTS[slug], "articles": [slug]}],
        }
        for slug, said in asked.items()
    ]
    dev = [
        {"id": slug, "messages": said, "reference": TEXTS[slug], "articles": [slug], "kind": "fact"}
        for slug, said in asked.items()
    ]
    for file, lines in ((settings.data / "transcripts" / "shop.jsonl", rows), (cases / "dev.jsonl", dev)):
        file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return settings


def fitted(settings: Settings, out: Path, console: Console, *, epochs: int = 12, batch_size: int = 3) -> Artefact:
    recipe = out.parent / f"{out.name}.toml"
    recipe.write_text(RECIPE.format(epochs=epochs, batch_size=batch_size), encoding="utf-8")
    return fit(recipe, out, settings, console=console)


def test_what_was_fitted_finds_the_articles_of_learnt_questions(
    taught: Settings, tmp_path: Path, console: Console, embedder: Embedder
) -> None:
    before = embedder.encode_queries(list(QUESTIONS.values()))
    made = fitted(taught, tmp_path / "made", console)
    files = {file.name for file in (tmp_path / "made").iterdir()}
    assert files == {"adapter_config.json", "adapter_model.safetensors", "artefact.json"}
    assert (made.manifest.kind, made.manifest.backend, made.manifest.slot) == ("retriever", None, "retriever")
    assert made.manifest.base.sha256 == embedding_identity(find_embedding_folder(taught))
    assert "system" not in made.manifest.recipe
    metrics = made.manifest.metrics
    assert made.manifest.failed is None
    assert metrics["dev_hit_at_1"] == 1.0 > metrics["dev_hit_at_1_stock"]
    # What is served has the figures that were measured.
    trained = with_retriever(embedder, open_artefact(tmp_path / "made", kinds=("retriever",)))
    knowledge = open_knowledge(taught.knowledge_dir, trained, taught.home)
    for slug, question in QUESTIONS.items():
        assert knowledge.search(question)[0].passage.article == slug
    # The stock model is as it was, and its vectors are not taken for the trained ones.
    np.testing.assert_array_equal(embedder.encode_queries(list(QUESTIONS.values())), before)
    stock = open_knowledge(taught.knowledge_dir, embedder, taught.home)
    assert stock.state != knowledge.state
    assert trained.identity != embedder.identity


def test_a_stopped_fit_goes_on_after_its_last_whole_epoch_and_ends_the_same(
    taught: Settings, tmp_path: Path, console: Console
) -> None:
    whole = fitted(taught, tmp_path / "whole", console, epochs=4)
    with pytest.raises(KeyboardInterrupt):
        fitted(taught, tmp_path / "again", Console(file=StopsAfter("Epoch 2:"), width=200), epochs=4)
    assert not (tmp_path / "again").exists()
    resumed = Console(file=io.StringIO(), width=200)
    again = fitted(taught, tmp_path / "again", resumed, epochs=4)
    assert isinstance(resumed.file, io.StringIO)
    assert "Going on after epoch 2 of 4." in resumed.file.getvalue()
    name = "adapter_model.safetensors"
    assert again.manifest.files[name] == whole.manifest.files[name]
    assert again.manifest.metrics["epoch"] == whole.manifest.metrics["epoch"]


@pytest.mark.usefixtures("interruptible")
def test_a_fit_that_is_stopped_within_an_epoch_goes_on_there_and_ends_the_same(
    taught: Settings, tmp_path: Path, console: Console
) -> None:
    whole = fitted(taught, tmp_path / "whole", console, epochs=2, batch_size=1).manifest
    for step in range(1, 5):
        screen = SignalsAfter(f" {step}/6 steps", signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            fitted(taught, tmp_path / "again", Console(file=screen, width=200), epochs=2, batch_size=1)
        assert f"Going on after step {step - 1} of 6" in screen.getvalue() or step == 1
    again = fitted(taught, tmp_path / "again", console, epochs=2, batch_size=1).manifest
    assert again.files["adapter_model.safetensors"] == whole.files["adapter_model.safetensors"]
    assert again.metrics | {"seconds": 0.0} == whole.metrics | {"seconds": 0.0}


def test_a_damaged_retriever_is_refused(
    taught: Settings, tmp_path: Path, console: Console, embedder: Embedder
) -> None:
    made = fitted(taught, tmp_path / "made", console, epochs=1)
    file = made.folder / "adapter_model.safetensors"
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    with pytest.raises(ArtefactInvalid, match="is damaged"):
        with_retriever(embedder, made)
