"""Random LoRAs and soft prompts for a tiny base, in PEFT's own files with our manifest."""

from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, PeftModel, PromptTuningConfig, TaskType, get_peft_model
from transformers import AutoModel, AutoModelForCausalLM

from bot.files import sha256_of, sha256_of_text
from bot.models.embedder import embedding_identity, find_embedding_folder
from bot.releases.part import Artefact, write_manifest
from bot.settings import load_settings

LAYERS = ["q_proj", "v_proj", "down_proj"]


def write_tiny_lora(folder: Path, base: Path, *, seed: int = 0, **options: Any) -> Artefact:
    """A LoRA of rank 4 whose additions are large enough to change what a tiny base says."""
    config = LoraConfig(task_type=TaskType.CAUSAL_LM, **{"r": 4, "target_modules": LAYERS} | options)
    return _write(folder, base, config, seed, kind="lora", backend="finetuned")


def write_tiny_reranker(folder: Path, base: Path, *, seed: int = 0) -> Artefact:
    """A LoRA in the slot of the re-ranker."""
    config = LoraConfig(task_type=TaskType.CAUSAL_LM, r=4, target_modules=LAYERS)
    return _write(folder, base, config, seed, kind="reranker")


def write_tiny_reader(folder: Path, base: Path, *, seed: int = 0) -> Artefact:
    """A LoRA in the slot of the reader."""
    config = LoraConfig(task_type=TaskType.CAUSAL_LM, r=4, target_modules=LAYERS)
    return _write(folder, base, config, seed, kind="reader", recipe={})


def write_tiny_retriever(folder: Path, *, seed: int = 0) -> Artefact:
    """A LoRA on the bundled embedding model, which changes what is near to what."""
    source = find_embedding_folder(load_settings({}))
    config = LoraConfig(r=4, target_modules=["query", "value"])
    model: PeftModel = get_peft_model(AutoModel.from_pretrained(source), config)
    _randomise(model, seed, std=0.1)
    model.save_pretrained(str(folder), save_embedding_layers=False)
    (folder / "README.md").unlink(missing_ok=True)
    return write_manifest(
        folder,
        kind="retriever",
        base={"id": "minilm", "sha256": embedding_identity(source)},
        dataset={"sha256": "0" * 64, "dialogues": 0, "sources": {}},
        recipe={},
        metrics={},
    )


def write_tiny_soft_prompt(folder: Path, base: Path, *, seed: int = 0, tokens: int = 4) -> Artefact:
    """A soft prompt of random rows."""
    config = PromptTuningConfig(task_type=TaskType.CAUSAL_LM, num_virtual_tokens=tokens)
    return _write(folder, base, config, seed, kind="soft-prompt", backend="prompt-tuned")


def seal(folder: Path, base: Path, **facts: Any) -> Artefact:
    """Write the manifest of whatever lies in the folder now."""
    digest = sha256_of_text("".join(sha256_of(file) for file in sorted(base.glob("*.safetensors"))))
    rest: dict[str, Any] = {"recipe": {"system": "You are the support assistant."}, "metrics": {}}
    dataset = {"sha256": "0" * 64, "dialogues": 0, "sources": {}}
    return write_manifest(folder, base={"id": "tiny", "sha256": digest}, dataset=dataset, **rest | facts)


def _write(folder: Path, base: Path, config: Any, seed: int, **facts: Any) -> Artefact:
    model: PeftModel = get_peft_model(AutoModelForCausalLM.from_pretrained(base), config)
    _randomise(model, seed, std=0.5)
    model.save_pretrained(str(folder), save_embedding_layers=False)
    (folder / "README.md").unlink(missing_ok=True)
    return seal(folder, base, **facts)


def _randomise(model: PeftModel, seed: int, *, std: float) -> None:
    torch.manual_seed(seed)
    for parameter in model.parameters():
        if parameter.requires_grad:
            torch.nn.init.normal_(parameter, std=std)
