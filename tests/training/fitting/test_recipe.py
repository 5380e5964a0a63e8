from collections.abc import Callable
from pathlib import Path

import pytest

from bot.errors import RecipeInvalid
from training.fitting.recipe import SHIPPED, Recipe, find_recipe, read_recipe


@pytest.mark.parametrize("file", sorted(SHIPPED.glob("*.toml")), ids=lambda file: file.stem)
def test_a_shipped_recipe_is_valid_and_so_is_its_resolved_form(file: Path) -> None:
    recipe = read_recipe(find_recipe(file.stem))
    assert Recipe.model_validate(recipe.resolved()).resolved() == recipe.resolved()


@pytest.mark.parametrize(
    ("keys", "table", "sentence"),
    [
        ({"epoch": 3}, "", "epoch: no such key"),
        ({"epochs": 0}, "", "epochs: Input should be greater than or equal to 1"),
        ({}, "[lora]\nranks = 3", "lora.ranks: no such key"),
        ({}, "[soft-prompt]\ntokens = 3", "table [soft-prompt] does not belong to method 'lora'"),
        ({"backend": "prompted"}, "", "method 'lora' makes backend 'finetuned'"),
        ({"system": " "}, "", "needs a `system` text"),
    ],
)
def test_a_wrong_recipe_is_refused_in_one_sentence(
    recipe_file: Callable[..., Path], keys: dict[str, object], table: str, sentence: str
) -> None:
    with pytest.raises(RecipeInvalid) as caught:
        read_recipe(recipe_file("lora", table, **keys))
    assert sentence in str(caught.value)


def test_a_recipe_that_is_nowhere_is_refused_with_the_names_that_are() -> None:
    with pytest.raises(RecipeInvalid, match=r"lora.*soft-prompt"):
        find_recipe("loar")
