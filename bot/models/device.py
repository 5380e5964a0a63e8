"""Where the models compute, and in which dtype."""

import time
from collections.abc import Sequence

import torch

from bot.errors import BaseUnusable


def choose_device(wanted: str) -> torch.device:
    """'auto' is CUDA where it is there; raises BaseUnusable when CUDA is demanded and missing."""
    if wanted == "cuda" and not torch.cuda.is_available():
        raise BaseUnusable("TRILANE_DEVICE is 'cuda', but torch sees no CUDA device; use 'auto' or 'cpu'")
    return torch.device("cuda" if wanted != "cpu" and torch.cuda.is_available() else "cpu")


def choose_dtype(wanted: str, device: torch.device) -> torch.dtype:
    """The dtype in which this machine multiplies faster, measured for a fraction of a second.

    bf16 halves the memory traffic, but a CPU without AVX512-BF16 or AMX emulates it many times slower.
    """
    if wanted != "auto":
        return torch.bfloat16 if wanted == "bfloat16" else torch.float32
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32
    seconds = matmul_seconds((torch.bfloat16, torch.float32))
    return min(seconds, key=lambda dtype: seconds[dtype])


def matmul_seconds(dtypes: Sequence[torch.dtype], rounds: int = 30) -> dict[torch.dtype, float]:
    """Best time of one decode-shaped and one prefill-shaped product for each dtype, in seconds.

    The dtypes take turns, so that another program's burst does not fall on one of them alone.
    """
    cases = {
        dtype: [(torch.randn(rows, 576).to(dtype), torch.randn(1536, 576).to(dtype)) for rows in (1, 256)]
        for dtype in dtypes
    }
    best = dict.fromkeys(dtypes, float("inf"))
    for _ in range(rounds):
        for dtype, products in cases.items():
            started = time.perf_counter()
            for rows, weight in products:
                torch.nn.functional.linear(rows, weight)
            best[dtype] = min(best[dtype], time.perf_counter() - started)
    return best
