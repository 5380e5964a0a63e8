"""What all tests share: no network, and the real base, embedder and help centre where a test asks for them."""

import os

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"

from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from bot.engine.local.render import Renderer
from bot.models.base import LoadedBase, load_base
from bot.models.embedder import Embedder, load_embedder
from bot.retrieval.index import open_knowledge
from bot.retrieval.retriever import Knowledge
from bot.settings import Settings, load_settings

ROOT = Path(__file__).parents[1]
# `make test` tries the same examples everywhere; `make fuzz` searches at random for new ones.
hypothesis.settings.register_profile("same", derandomize=True, max_examples=300, deadline=None, database=None)
hypothesis.settings.register_profile("search", max_examples=3000, deadline=None, print_blob=True)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


@pytest.fixture(autouse=True)
def no_foreign_settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A developer's TRILANE_* variables don't reach the tests."""
    for name in [name for name in os.environ if name.startswith("TRILANE_")]:
        monkeypatch.delenv(name)
    yield


@pytest.fixture(scope="session")
def shop_settings() -> Settings:
    """The shipped configuration; the prepared base in var/ is shared with `make chat`."""
    return load_settings({}, home=ROOT / "var")


@pytest.fixture(scope="session")
def settings(shop_settings: Settings) -> Settings:
    """The shipped configuration, unless a folder's tests have their own."""
    return shop_settings


@pytest.fixture(scope="session")
def base(shop_settings: Settings) -> LoadedBase:
    """The bundled base."""
    return load_base(shop_settings)


@pytest.fixture(scope="session")
def renderer(base: LoadedBase) -> Renderer:
    """The renderer of the bundled base."""
    return Renderer(base)


@pytest.fixture(scope="session")
def embedder(shop_settings: Settings) -> Embedder:
    """The bundled MiniLM."""
    return load_embedder(shop_settings)


@pytest.fixture(scope="session")
def knowledge(shop_settings: Settings, embedder: Embedder) -> Knowledge:
    """The shipped help centre."""
    return open_knowledge(shop_settings.knowledge_dir, embedder, shop_settings.home)
