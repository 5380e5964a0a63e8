from collections.abc import Callable
from pathlib import Path

import pytest

from bot.errors import RecipeInvalid
from bot.shop.profile import read_shop
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
        ({"replay": 1.0}, "", "replay: Input should be less than 1"),
        ({}, "[reading]\nbeside = 2", "reading.beside: Input should be less than or equal to 1"),
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


def test_a_recipe_is_filled_for_the_shop_that_it_is_fitted_for_and_kept_with_its_slots(tmp_path: Path) -> None:
    (tmp_path / "shop.toml").write_text(
        'name = "Lark & Loom"\n[contacts]\nemail = "a@b.example"\n', encoding="utf-8"
    )
    shop, shipped = read_shop(tmp_path), read_recipe(find_recipe("soft-prompt"))
    assert "{{ shop.name }}" in shipped.system
    filled = shipped.filled(shop)
    assert filled.system == "You are the support assistant of Lark & Loom. Answer in a few friendly sentences."
    assert filled.model_copy(update={"system": shipped.system}) == shipped
    file = tmp_path / "recipe.toml"
    for key in ("system", "init_text"):
        texts = {"system": "Hi.", "init_text": "Hi."} | {key: "Hi from {{ shop.city }}."}
        text = f'method = "soft-prompt"\nbackend = "prompt-tuned"\nsystem = "{texts["system"]}"\n'
        file.write_text(f'{text}[soft-prompt]\ninit_text = "{texts["init_text"]}"\n', encoding="utf-8")
        with pytest.raises(RecipeInvalid, match="there is no slot 'city'"):
            read_recipe(file).filled(shop)
