#!/bin/bash
# Freezing a causal LM (requires_grad_(False)) makes it several times slower at the output layer, where few logits of
# several rows are asked for: on a CPU, in bfloat16, with `logits_to_keep`, which generate() passes for each prompt.
#
# `logits_to_keep=n` slices the last hidden states, which leaves gaps between the rows of a batch. torch.matmul folds a
# batch of that kind into one matrix product only if the weights want a gradient, even under inference_mode(); frozen
# ones are multiplied row by row, and in bfloat16 with a copy of all of them for each row. Way round: name the positions
# in a tensor, which copies the few hidden states instead: `logits_to_keep=torch.arange(length - n, length)`.
#
# Seen with the versions below, on x86 with AVX512-BF16 and AMX; 6 rows of 80 tokens, 46 kept, 49,152 words, width 576:
#   as loaded, a number: 1 MiB beside the logits, 30 ms
#   frozen, a number: 324 MiB beside the logits, 217 ms
#   frozen, positions: 1 MiB beside the logits, 31 ms
# Prints its own figures, and exits 0 while only a frozen model with a number copies its weights for each row.
set -euo pipefail
venv=$(mktemp -d)
trap 'rm -rf "$venv"' EXIT
python3 -m venv "$venv"
"$venv/bin/pip" install --quiet torch==2.13.0 transformers==5.23.0
"$venv/bin/python" - <<'PY'
import time

import torch
import transformers
from torch.profiler import ProfilerActivity, profile

ROWS, LENGTH, KEPT, WORDS, WIDTH = 6, 80, 46, 49152, 576
config = transformers.LlamaConfig(
    vocab_size=WORDS, hidden_size=WIDTH, intermediate_size=WIDTH, num_hidden_layers=1, num_attention_heads=9
)
model = transformers.LlamaForCausalLM(config).eval().bfloat16()
ids = torch.arange(ROWS * LENGTH).view(ROWS, LENGTH)
weights = model.lm_head.weight.nbytes


def beside_logits(kept) -> tuple[int, float]:
    """Bytes of the largest single allocation that is not the logits, and seconds."""
    with torch.inference_mode():
        logits = model(input_ids=ids, logits_to_keep=kept).logits
        began = time.perf_counter()
        model(input_ids=ids, logits_to_keep=kept)
        seconds = time.perf_counter() - began
        with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiled:
            model(input_ids=ids, logits_to_keep=kept)
    sizes = [event.self_cpu_memory_usage for event in profiled.events()]
    return max(size for size in sizes if size != logits.nbytes), seconds


positions = torch.arange(LENGTH - KEPT, LENGTH)
found = {}
for name, frozen, kept in (
    ("as loaded, a number", False, KEPT),
    ("frozen, a number", True, KEPT),
    ("frozen, positions", True, positions),
):
    model.requires_grad_(not frozen)
    found[name], seconds = beside_logits(kept)
    print(f"{name}: {found[name] / 2**20:.0f} MiB beside the logits, {seconds * 1000:.0f} ms")
print("torch", torch.__version__, "transformers", transformers.__version__, f"weights {weights / 2**20:.0f} MiB")
assert found["frozen, a number"] >= ROWS * weights, "mended upstream: bot/engine/local/runner.py can pass a number"
assert found["as loaded, a number"] < weights and found["frozen, positions"] < weights
PY
