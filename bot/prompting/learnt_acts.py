"""What the acts' classifier has learnt, beside a prompt, so that no start embeds and fits thousands of examples.

`prompt.toml` has it in `prompt.acts.safetensors` (`trilane-train acts`): of each example its embedding and its
weights. It is fitted with other shops' questions beside, which are no examples: they only say what is no act. It
belongs to one list of examples, one embedding model and the numbers of [acts]; with others it says nothing.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

# Of embeddings of length one: a cosine is off by 0.001.
SCALE = 127


@dataclass(frozen=True, slots=True, eq=False)
class LearntActs:
    """`vectors` (examples, width) of length one; `weights` (examples, replies + 1), of questions last.

    `state` is `state_of` what it was fitted to.
    """

    state: str
    vectors: NDArray[np.float32]
    weights: NDArray[np.float32]


def acts_beside(file: Path) -> Path:
    """Where it lies for a prompt, if it has any."""
    return file.with_name(f"{file.stem}.acts.safetensors")


def state_of(embedding: str, texts: Mapping[str, tuple[str, ...]], numbers: tuple[float, ...]) -> str:
    """What a fit depends on, in one word: embedding model, each act's texts in order, numbers of [acts]."""
    facts = [embedding, list(texts.items()), numbers]
    return hashlib.sha256(json.dumps(facts, ensure_ascii=False).encode()).hexdigest()


def whole_numbers(vectors: NDArray[np.float32]) -> NDArray[np.int8]:
    """Embeddings as they are kept."""
    return np.round(vectors * SCALE).astype(np.int8)


def of_length_one(kept: NDArray[np.int8]) -> NDArray[np.float32]:
    """Embeddings from what is kept of them."""
    vectors = kept.astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def written(state: str, vectors: NDArray[np.int8], weights: NDArray[np.float32]) -> bytes:
    """The file's content."""
    return save({"vectors": vectors, "weights": weights.astype(np.float16)}, metadata={"state": state})


def read_acts(data: bytes) -> LearntActs:
    """Raises ValueError saying what is wrong with the file."""
    try:
        tensors = load(data)
        size = int.from_bytes(data[:8], "little")
        state = json.loads(data[8 : 8 + size])["__metadata__"]["state"]
        vectors, weights = tensors["vectors"], tensors["weights"]
    except (SafetensorError, ValueError, KeyError) as error:
        raise ValueError(f"it cannot be read: {error}") from error
    if vectors.dtype != np.int8 or vectors.ndim != 2 or weights.ndim != 2 or len(vectors) != len(weights):
        raise ValueError("it needs `vectors` (int8) and `weights`, a row of each for every example")
    return LearntActs(state, of_length_one(vectors), weights.astype(np.float32))
