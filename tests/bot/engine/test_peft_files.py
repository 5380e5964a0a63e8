"""Tests of PEFT's files: applied exactly or refused, and never mapped into memory."""

import dataclasses
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, PeftModel
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

from bot.engine.local.adapters import Adapters
from bot.engine.local.peft_files import read_lora, read_soft_prompt
from bot.errors import ArtefactInvalid
from tests.tools.tiny_adapters import seal, write_tiny_lora, write_tiny_soft_prompt

# Another value than the default for each field of PEFT's LoraConfig, with which a saved adapter computes the same.
SAME: dict[str, Any] = {
    "task_type": None, "peft_type": "LORA", "auto_mapping": {"parent_library": "x"}, "peft_version": "0.1",
    "base_model_name_or_path": "another/name", "revision": "main", "inference_mode": False,
    "target_modules": "all-linear", "exclude_modules": ["o_proj"], "lora_dropout": 0.5, "layers_pattern": "layers",
    "eva_config": {"rho": 2.0}, "megatron_core": "elsewhere", "qalora_group_size": 8, "runtime_config": {},
    "init_lora_weights": "gaussian", "layers_to_transform": [0, 1],
}  # fmt: skip
# Fields that are read, with a value that this adapter's weights contradict; alpha and rsLoRA are compared below.
READ: dict[str, Any] = {"r": 8}
COMPARED = {"lora_alpha", "use_rslora"}


def rewrite(folder: Path, tiny_folder: Path, **fields: Any) -> Any:
    """The same adapter with other fields in its configuration."""
    file = folder / "adapter_config.json"
    file.write_text(json.dumps(json.loads(file.read_text(encoding="utf-8")) | fields), encoding="utf-8")
    return seal(folder, tiny_folder, kind="lora", backend="finetuned")


@pytest.fixture
def model(tiny_folder: Path) -> Any:
    return AutoModelForCausalLM.from_pretrained(tiny_folder, dtype=torch.float32)


@pytest.mark.parametrize("field", [field.name for field in dataclasses.fields(LoraConfig)])
def test_every_field_of_pefts_configuration_is_applied_or_refused_by_name(
    tiny_folder: Path, tmp_path: Path, model: Any, field: str
) -> None:
    write_tiny_lora(tmp_path, tiny_folder)
    if field in SAME:
        assert read_lora(rewrite(tmp_path, tiny_folder, **{field: SAME[field]}), model).layers
    elif field not in COMPARED:
        other = {field: READ.get(field, {"q_proj": 2})}
        with pytest.raises(ArtefactInvalid, match="rank 8" if field in READ else field):
            read_lora(rewrite(tmp_path, tiny_folder, **other), model)


@pytest.mark.parametrize(
    "fields",
    [
        {"use_rslora": True},
        {"lora_alpha": 3},
        {"init_lora_weights": "orthogonal"},
        {"target_modules": "all-linear"},
        {"layers_to_transform": [1]},
    ],
)
def test_an_adapter_that_is_served_computes_what_peft_computes(
    tiny_folder: Path, tmp_path: Path, model: Any, fields: dict[str, Any]
) -> None:
    artefact = write_tiny_lora(tmp_path, tiny_folder, **fields)
    ids = torch.tensor([[5, 9, 300, 41, 7]])
    adapters = Adapters(model)
    with torch.inference_mode():
        adapters.add("one", read_lora(artefact, model))
        with adapters.using([("one", 5)]):
            ours = model(inputs_embeds=adapters.embed(ids)).logits
        plain = model(ids).logits
        theirs = PeftModel.from_pretrained(model, str(tmp_path)).eval()(input_ids=ids).logits
    torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-4)
    assert not torch.allclose(ours, plain, atol=0.01)


@pytest.mark.parametrize(
    "start", ["pissa", "pissa_niter_4", "olora", "corda", "loftq", "lora_ga", "mica", "of a later version"]
)
def test_a_start_that_changes_the_base_is_refused(
    tiny_folder: Path, tmp_path: Path, model: Any, start: str
) -> None:
    write_tiny_lora(tmp_path, tiny_folder)
    with pytest.raises(ArtefactInvalid, match="init_lora_weights"):
        read_lora(rewrite(tmp_path, tiny_folder, init_lora_weights=start), model)


def test_a_field_of_a_later_peft_is_refused_unless_it_is_off(
    tiny_folder: Path, tmp_path: Path, model: Any
) -> None:
    write_tiny_lora(tmp_path, tiny_folder)
    assert read_lora(rewrite(tmp_path, tiny_folder, use_later=False, later_config=None), model).layers
    with pytest.raises(ArtefactInvalid, match="use_later"):
        read_lora(rewrite(tmp_path, tiny_folder, use_later=True), model)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda weights: {"base_model.model.model.layers.0.mlp.lora_A.weight": weights[0]}, "not a LoRA weight"),
        (lambda weights: {"base_model.model.model.embed_tokens.lora_embedding_A": weights[0]}, "embed_tokens"),
        (lambda weights: {"base_model.model.model.layers.0.q.lora_B.bias": weights[0]}, "not a LoRA weight"),
        (lambda _: {}, "no LoRA weights"),
        (lambda weights: {"x.lora_A.weight": weights[0], "x.lora_B.weight": weights[1]}, "no linear layer"),
    ],
)
def test_weights_that_fit_no_layer_are_refused(
    tiny_folder: Path, tmp_path: Path, model: Any, change: Any, complaint: str
) -> None:
    write_tiny_lora(tmp_path, tiny_folder)
    file = tmp_path / "adapter_model.safetensors"
    save_file(change(list(load_file(file).values())), file)
    with pytest.raises(ArtefactInvalid, match=complaint):
        read_lora(rewrite(tmp_path, tiny_folder), model)


def test_a_layer_that_peft_would_not_transform_is_refused(tiny_folder: Path, tmp_path: Path, model: Any) -> None:
    write_tiny_lora(tmp_path, tiny_folder)
    with pytest.raises(ArtefactInvalid, match="layers_to_transform"):
        read_lora(rewrite(tmp_path, tiny_folder, layers_to_transform=1), model)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_refused(
    tiny_folder: Path, tmp_path: Path, model: Any, value: float
) -> None:
    for write, read in ((write_tiny_lora, read_lora), (write_tiny_soft_prompt, read_soft_prompt)):
        artefact = write(tmp_path / read.__name__, tiny_folder)
        file = artefact.folder / "adapter_model.safetensors"
        weights = {name: tensor.clone() for name, tensor in load_file(file).items()}
        next(iter(weights.values()))[0, 0] = value
        save_file(weights, file)
        facts = {"kind": artefact.manifest.kind, "backend": artefact.manifest.backend}
        with pytest.raises(ArtefactInvalid, match="diverged"):
            read(seal(artefact.folder, tiny_folder, **facts), model)


def test_bytes_that_changed_after_the_check_are_not_loaded(tiny_folder: Path, tmp_path: Path, model: Any) -> None:
    artefact = write_tiny_lora(tmp_path, tiny_folder)
    write_tiny_lora(tmp_path / "other", tiny_folder, seed=1)
    weights = "adapter_model.safetensors"
    (tmp_path / weights).write_bytes((tmp_path / "other" / weights).read_bytes())
    with pytest.raises(ArtefactInvalid, match="is damaged"):
        read_lora(artefact, model)


OVERWRITTEN = """
import sys
from pathlib import Path
import torch
from bot.engine.local.adapters import Adapters
from bot.engine.local.peft_files import read_lora, read_soft_prompt
from transformers import AutoModelForCausalLM
from tests.tools.tiny_adapters import write_tiny_lora, write_tiny_soft_prompt

base, folder = map(Path, sys.argv[1:])
lora, soft = write_tiny_lora(folder / "lora", base), write_tiny_soft_prompt(folder / "soft", base)
# In the files' own dtype, so that no cast copies them.
model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
adapters = Adapters(model)
adapters.add("one", read_lora(lora, model))
adapters.add("two", read_soft_prompt(soft, model))


def logits():
    with torch.inference_mode(), adapters.using([("one", 6)]):
        return model(inputs_embeds=adapters.embed(torch.tensor([[512, 513, 514, 515, 5, 9]]))).logits


before = logits()
for artefact in (lora, soft):
    with (artefact.folder / "adapter_model.safetensors").open("r+b") as file:
        file.truncate(0)
assert torch.equal(before, logits())
"""


def test_an_artefact_truncated_in_place_does_not_end_the_process(tiny_folder: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", OVERWRITTEN, str(tiny_folder), str(tmp_path)]
    run = subprocess.run(command, cwd=Path(__file__).parents[3], capture_output=True, text=True, check=False)
    assert run.returncode == 0, (run.returncode, run.stderr)
