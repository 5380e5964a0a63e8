#!/bin/bash
# A model that was trained with a "passage" prompt gets no prompt from encode_document().
#
# encode_document() takes the first of the prompts named "document", "passage" and "corpus"; but the constructor gives
# every model an empty "document" prompt, which is found first. So models of the E5 family, whose authors name their
# prompts "query" and "passage", embed documents without it, silently. Way round: pass `prompt=` yourself.
#
# Seen with the versions below (CPU). Prints `documents get: ''` and exits 0 while it is so.
set -euo pipefail
venv=$(mktemp -d)
trap 'rm -rf "$venv"' EXIT
python3 -m venv "$venv"
"$venv/bin/pip" install --quiet torch==2.13.0 sentence-transformers==6.2.0
"$venv/bin/python" - <<'PY'
import numpy as np
import sentence_transformers
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import StaticEmbedding
from tokenizers import Tokenizer, models, pre_tokenizers

words = {word: number for number, word in enumerate(["[UNK]", "query", "passage", ":", "tent"])}
tokenizer = Tokenizer(models.WordLevel(words, unk_token="[UNK]"))
tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
model = SentenceTransformer(
    modules=[StaticEmbedding(tokenizer, embedding_dim=8)],
    prompts={"query": "query: ", "passage": "passage: "},
    device="cpu",
)
print("sentence-transformers", sentence_transformers.__version__, "prompts", model.prompts)
documents = model.encode_document(["tent"])
seen = [prompt for prompt in ("", "passage: ") if np.allclose(documents, model.encode(["tent"], prompt=prompt))]
print(f"documents get: {seen[0]!r}")
assert seen == [""], "mended upstream: bot/models/embedder.py can leave the choice of the prompt to the library"
PY
