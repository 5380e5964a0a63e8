"""Tests of the embedding model: where it comes from, and the prompts that it was trained with."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from bot.errors import BaseUnusable, EmbeddingUnusable
from bot.models.base import find_base
from bot.models.embedder import Embedder, find_embedding_folder, load_embedder
from bot.settings import Settings, load_settings


@pytest.fixture
def prompted_folder(shop_settings: Settings, tmp_path: Path) -> Path:
    """MiniLM as if it had been trained with prompts, under the names that E5 models use."""
    folder = tmp_path / "prompted"
    shutil.copytree(find_embedding_folder(shop_settings), folder)
    (folder / "config_sentence_transformers.json").write_text(
        '{"prompts": {"query": "query: ", "passage": "passage: "}, "default_prompt_name": null}', encoding="utf-8"
    )
    return folder


def test_a_models_own_prompts_stand_before_questions_and_documents(
    embedder: Embedder, prompted_folder: Path
) -> None:
    own = load_embedder(load_settings({}, embedding_model=str(prompted_folder)))
    for encode, written in (
        (own.encode_queries, "query: a torn tent"),
        (own.encode_documents, "passage: a torn tent"),
    ):
        np.testing.assert_allclose(encode(["a torn tent"]), embedder.encode_queries([written]), atol=1e-5)
    assert own.identity != embedder.identity


def test_a_model_without_prompts_gets_none(embedder: Embedder) -> None:
    texts = ["a torn tent", "query: a torn tent"]
    np.testing.assert_array_equal(embedder.encode_queries(texts), embedder.encode_documents(texts))
    assert embedder.encode_queries([]).shape == (0, 384)


def test_a_model_that_is_neither_here_nor_on_the_hub_is_refused_in_a_sentence() -> None:
    settings = load_settings({}, base_model="nobody/no-such-model", embedding_model="nobody/no-such-model")
    advice = r"_MODEL=nobody/no-such-model: .*HF_HUB_OFFLINE.*'bundled'"
    with pytest.raises(EmbeddingUnusable, match="TRILANE_EMBEDDING" + advice):
        load_embedder(settings)
    with pytest.raises(BaseUnusable, match="TRILANE_BASE" + advice):
        find_base(settings)


def test_a_hub_id_is_found_in_the_hubs_cache(
    shop_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = "0" * 40
    repository = tmp_path / "models--somebody--tiny"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text(commit, encoding="utf-8")
    shutil.copytree(find_embedding_folder(shop_settings), repository / "snapshots" / commit)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    found = load_embedder(load_settings({}, embedding_model="somebody/tiny"))
    assert found.encode_queries(["a torn tent"]).shape == (1, 384)
