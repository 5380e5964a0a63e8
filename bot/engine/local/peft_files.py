"""LoRAs and soft prompts out of PEFT's files: what cannot be applied exactly is refused, not approximated.

The bytes are read and checked against the manifest before anything is taken from them. They are never
memory-mapped: a file that is overwritten under a running server must not reach into its memory.
"""

import json
from dataclasses import dataclass
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load

from bot.errors import ArtefactInvalid
from bot.releases.part import Artefact

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
_PREFIX, _A, _B = "base_model.model.", ".lora_A.weight", ".lora_B.weight"

# Fields of PEFT's LoraConfig that change nothing of what a saved adapter computes, whatever their value: the
# weights' own names say which layers they belong to, dropout is off, and the rest is bookkeeping.
_FREE = {
    "task_type", "peft_type", "auto_mapping", "peft_version", "base_model_name_or_path", "revision",
    "inference_mode", "target_modules", "exclude_modules", "lora_dropout", "layers_pattern", "eva_config",
    "megatron_core", "qalora_group_size", "runtime_config",
}  # fmt: skip
# Fields that are read below.
_APPLIED = {"r", "lora_alpha", "use_rslora", "layers_to_transform"}
# Ways to begin that leave the base's weights as they are; PiSSA, OLoRA, CorDA, LoftQ and LoRA-GA change them.
_HARMLESS_STARTS = (True, False, "gaussian", "eva", "orthogonal")


@dataclass(frozen=True, eq=False, slots=True)
class Lora:
    """Low-rank additions by the name of the linear layer that they belong to: A (r, in), B (out, r)."""

    layers: dict[str, tuple[torch.Tensor, torch.Tensor]]
    scale: float

    @property
    def rank(self) -> int:
        """r, the same of all layers."""
        return next(len(a) for a, _ in self.layers.values())


def read_lora(artefact: Artefact, model: Any) -> Lora:
    """The LoRA of a verified artefact; every layer must exist in `model`.

    Raises ArtefactInvalid for what a plain low-rank addition of one rank would not compute exactly.
    """
    config, weights = _read(artefact, "LORA")
    for name, value in config.items():
        _refuse_what_is_not_applied(artefact, name, value)
    modules = dict(model.named_modules())
    layers: dict[str, tuple[torch.Tensor, torch.Tensor]] = {}
    for name in sorted({key.removesuffix(_A).removesuffix(_B) for key in weights}):
        a, b = weights.get(name + _A), weights.get(name + _B)
        layer = name.removeprefix(_PREFIX)
        linear = modules.get(layer)
        if a is None or b is None:
            raise ArtefactInvalid(artefact.folder, f"{name} is not a LoRA weight that can be served")
        if not isinstance(linear, torch.nn.Linear):
            raise ArtefactInvalid(artefact.folder, f"the base has no linear layer for {name}")
        out, into = linear.weight.shape
        if a.shape != (config["r"], into) or b.shape != (out, config["r"]):
            raise ArtefactInvalid(
                artefact.folder, f"{name} has another shape than rank {config['r']} on the base's layer"
            )
        if not _is_among(layer, config.get("layers_to_transform")):
            raise ArtefactInvalid(artefact.folder, f"{name} is a layer that layers_to_transform leaves out")
        layers[layer] = (a.to(linear.weight), b.to(linear.weight))
    if not layers:
        raise ArtefactInvalid(artefact.folder, f"{WEIGHTS} holds no LoRA weights")
    rank_scale = config["r"] ** 0.5 if config.get("use_rslora") else config["r"]
    return Lora(layers, config["lora_alpha"] / rank_scale)


def read_soft_prompt(artefact: Artefact, model: Any) -> torch.Tensor:
    """The rows of a verified artefact of PEFT's prompt tuning, shape (virtual tokens, hidden size)."""
    config, weights = _read(artefact, "PROMPT_TUNING")
    table = model.get_input_embeddings().weight
    rows = weights.get("prompt_embeddings")
    if rows is None or rows.shape != (config.get("num_virtual_tokens"), table.shape[1]):
        raise ArtefactInvalid(
            artefact.folder, f"{WEIGHTS} has no prompt_embeddings of num_virtual_tokens rows in the base's width"
        )
    if config.get("modules_to_save") or config.get("num_transformer_submodules") not in (None, 1):
        raise ArtefactInvalid(artefact.folder, "only a plain soft prompt before the input can be served")
    return rows.to(table)


def _read(artefact: Artefact, peft_type: str) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    """adapter_config.json and the weights, all of them finite."""
    try:
        config = json.loads(artefact.read(CONFIG))
        weights = load(artefact.read(WEIGHTS))
    except (ValueError, SafetensorError) as error:
        raise ArtefactInvalid(artefact.folder, f"its adapter cannot be read: {error}") from error
    if not isinstance(config, dict) or config.get("peft_type") != peft_type:
        raise ArtefactInvalid(artefact.folder, f"{CONFIG} is not PEFT's {peft_type}")
    for name, tensor in weights.items():
        if not bool(torch.isfinite(tensor).all()):
            raise ArtefactInvalid(
                artefact.folder, f"{name} holds numbers that are not finite: its training diverged; fit it again"
            )
    return config, weights


def _refuse_what_is_not_applied(artefact: Artefact, name: str, value: Any) -> None:
    if name in _FREE | _APPLIED:
        return
    if name == "init_lora_weights":
        if value not in _HARMLESS_STARTS:
            raise ArtefactInvalid(
                artefact.folder,
                f"init_lora_weights is {value!r}, which changes the base; "
                "convert it to a plain LoRA when saving (PEFT's path_initial_model_for_weight_conversion)",
            )
    elif value not in (None, False, {}, []) and not (name == "bias" and value == "none"):
        raise ArtefactInvalid(
            artefact.folder, f"{name} is {value!r} in {CONFIG}; only a plain LoRA of one rank can be served"
        )


def _is_among(layer: str, indices: int | list[int] | None) -> bool:
    """Whether the layer's number, the first one in its name, is among those that PEFT would transform."""
    if indices is None:
        return True
    chosen = [indices] if isinstance(indices, int) else indices
    return next((int(part) for part in layer.split(".") if part.isdigit()), None) in chosen
