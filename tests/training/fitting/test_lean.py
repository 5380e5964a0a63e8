"""The parts of training that are computed otherwise than by torch, transformers and PEFT give what those give."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model

from bot.models.base import load_base
from bot.settings import Settings
from training.fitting.attention import LONGEST, NAME, attend, use_block_attention
from training.fitting.lora_linear import LeanLinear, use_lean_linears
from training.fitting.methods.adapter import quiet_peft
from training.fitting.norms import LeanNorm, use_lean_norms

CPU = torch.device("cpu")


@pytest.mark.parametrize("length", [1, 63, 64, 150])
@pytest.mark.parametrize("key_heads", [1, 3])
def test_attention_in_blocks_is_causal_attention(length: int, key_heads: int) -> None:
    torch.manual_seed(0)
    q, k, v = (torch.randn(2, heads, length, 8, requires_grad=True) for heads in (3, key_heads, key_heads))
    wanted = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True, scale=0.3, enable_gqa=True)
    ours, _ = attend(SimpleNamespace(), q, k, v, None, scaling=0.3)
    weights = torch.randn_like(wanted)
    expected = torch.autograd.grad((wanted * weights).sum(), (q, k, v))
    found = torch.autograd.grad((ours.transpose(1, 2) * weights).sum(), (q, k, v))
    torch.testing.assert_close(ours.transpose(1, 2), wanted)
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize(
    ("length", "mask"), [(LONGEST + 1, None), (4, torch.zeros(1, 1, 4, 4).masked_fill(torch.eye(4) == 0, -1e9))]
)
def test_what_is_not_short_causal_attention_goes_torchs_way(length: int, mask: torch.Tensor | None) -> None:
    q, k, v = (torch.randn(1, 1, length, 4) for _ in range(3))
    module: Any = SimpleNamespace(is_causal=True, training=False, num_key_value_groups=1)
    found, _ = attend(module, q, k, v, mask)
    wanted = torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=mask, is_causal=mask is None)
    torch.testing.assert_close(found.transpose(1, 2), wanted)


@pytest.mark.parametrize("plain", [True, False])
def test_a_base_with_a_sliding_window_keeps_its_attention(plain: bool, settings: Settings) -> None:
    model = load_base(settings).model
    if not plain:
        model.config.sliding_window = 4
    use_block_attention(model, CPU)
    assert (model.config._attn_implementation == NAME) == plain


def test_the_lean_norms_give_what_the_bases_own_give(settings: Settings) -> None:
    ids = torch.arange(5, 25).reshape(2, 10)
    logits = []
    for lean in (False, True):
        model = load_base(settings.model_copy(update={"dtype": "float32"})).model
        if lean:
            use_lean_norms(model)
        assert any(type(module) is LeanNorm for module in model.modules()) == lean
        logits.append(model(input_ids=ids).logits)
    torch.testing.assert_close(logits[1], logits[0])


def test_the_lean_linear_layers_give_what_pefts_give(settings: Settings) -> None:
    exact = settings.model_copy(update={"dtype": "float32"})
    ids = torch.arange(5, 25).reshape(2, 10)
    found: list[dict[str, torch.Tensor]] = []
    for lean in (False, True):
        base = load_base(exact)
        torch.manual_seed(0)
        config = LoraConfig(r=4, lora_alpha=12, target_modules="all-linear", init_lora_weights=False)
        with quiet_peft():
            model = get_peft_model(base.model, config)
        if lean:
            use_lean_linears(model)
        assert any(type(module) is LeanLinear for module in model.modules()) == lean
        logits = model(input_ids=ids).logits
        torch.autograd.backward(logits.square().mean())
        trained = {name: part.grad for name, part in model.named_parameters() if part.requires_grad}
        assert all(grad is not None for grad in trained.values())
        found.append({"logits": logits.detach()} | {n: grad for n, grad in trained.items() if grad is not None})
    assert found[0].keys() == found[1].keys()
    for name, wanted in found[0].items():
        torch.testing.assert_close(found[1][name], wanted, msg=name)
