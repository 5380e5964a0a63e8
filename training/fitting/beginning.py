"""Where a training begins: with the base alone, or with what an artefact has learnt before (`init_from`)."""

import json
from pathlib import Path
from typing import Any

from peft import get_peft_model_state_dict, set_peft_model_state_dict
from safetensors.torch import load

from bot.errors import ArtefactInvalid, RecipeInvalid
from bot.releases.part import Artefact, open_artefact
from bot.settings import Settings
from training.fitting.recipe import Recipe

SHIPPED = "shipped"
# Of PEFT's config, what the weights mean nothing without.
_SAME = ("r", "lora_alpha", "num_virtual_tokens")


def beginning(recipe: Recipe, settings: Settings, base_sha256: str) -> Artefact | None:
    """The artefact that a recipe begins with, verified; None: with the base alone. Raises RecipeInvalid."""
    if recipe.init_from is None:
        return None
    shipped = settings.shipped_part(recipe.backend or recipe.method)
    folder = shipped if recipe.init_from == SHIPPED else Path(recipe.init_from)
    try:
        return open_artefact(folder, base_sha256=base_sha256, kinds=(recipe.method,))
    except ArtefactInvalid as error:
        raise RecipeInvalid(f"init_from {recipe.init_from}: {error}") from error


def take_up(model: Any, part: Artefact) -> None:
    """Give a PEFT model the weights of a part. Raises RecipeInvalid where they are of another shape or scale."""
    stated = json.loads(part.read("adapter_config.json"))
    config = model.peft_config["default"]
    for key in _SAME:
        wanted, there = getattr(config, key, None), stated.get(key)
        if wanted != there:
            raise RecipeInvalid(f"init_from {part.folder}: its {key} is {there} and the recipe's is {wanted}")
    weights = load(part.read("adapter_model.safetensors"))
    own = get_peft_model_state_dict(model, save_embedding_layers=False)
    other = {name for name in own.keys() | weights.keys() if _shape(own, name) != _shape(weights, name)}
    if other:
        raise RecipeInvalid(f"init_from {part.folder}: {min(other)} is missing on one side or has another shape")
    set_peft_model_state_dict(model, weights)


def _shape(weights: Any, name: str) -> tuple[int, ...] | None:
    return tuple(weights[name].shape) if name in weights else None
