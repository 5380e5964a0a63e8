"""Test of fitting the engineered prompt: its numbers are chosen, and all that lies beside it goes with it."""

import shutil
from pathlib import Path

import pytest
from rich.console import Console

from bot.errors import RecipeInvalid
from bot.prompting.examples import beside
from bot.prompting.probes import probes_beside
from bot.prompting.template import read_prompt
from bot.releases.part import open_artefact
from bot.settings import Settings
from bot.shop.profile import read_shop
from training.fitting.fit import fit
from training.fitting.methods.prompt import GRID, _write

SHIPPED = Path(__file__).parents[3] / "data" / "prompts" / "support.toml"
ARTICLE = """---
title: Order tracking
---
Your parcel is on its way once we have sent you a number. It arrives within five days.

We write when it has left our house.
"""


def test_the_examples_and_probes_of_a_prompt_go_with_it(
    settings: Settings, tmp_path: Path, console: Console
) -> None:
    prompts, knowledge = settings.data / "prompts", settings.data / "knowledge"
    prompts.mkdir()
    knowledge.mkdir()
    (knowledge / "order-tracking.md").write_text(ARTICLE, encoding="utf-8")
    mine = Path(shutil.copyfile(SHIPPED, prompts / "mine.toml"))
    recipe = tmp_path / "prompt.toml"
    recipe.write_text(
        'method = "prompt"\nbackend = "prompted"\ntranscripts = ["transcripts/*"]\n'
        '[prompt]\nfile = "prompts/mine.toml"\nsample = 1\n',
        encoding="utf-8",
    )
    alone = fit(recipe, tmp_path / "alone", settings, console=console)
    assert sorted(alone.manifest.files) == ["prompt.toml"]
    shutil.copyfile(beside(SHIPPED), beside(mine))
    shutil.copyfile(probes_beside(SHIPPED), probes_beside(mine))
    whole = fit(recipe, tmp_path / "whole", settings, console=console)
    assert sorted(whole.manifest.files) == ["prompt.examples.jsonl", "prompt.probes.json", "prompt.toml"]
    assert open_artefact(whole.folder, base_sha256=whole.manifest.base.sha256, kinds=("prompt",)) == whole
    shop = read_shop(settings.shop_dir)
    made, shipped = read_prompt(whole.folder / "prompt.toml", shop), read_prompt(SHIPPED, shop)
    assert made.probes == shipped.probes and made.acts.questions == shipped.acts.questions
    chosen = made.constraints.model_dump(include=set(GRID))
    assert all(chosen[name] in values for name, values in GRID.items())


def test_only_the_numbers_of_the_constraints_are_written(settings: Settings, tmp_path: Path) -> None:
    # [rerank] has `sentences` and `cosine_weight` too.
    before = read_prompt(SHIPPED, read_shop(settings.shop_dir))
    written = tmp_path / "prompt.toml"
    _write(SHIPPED, written, {"sentences": 3, "cosine_weight": 48.0, "second_margin": 0.2})
    after = read_prompt(written, read_shop(settings.shop_dir))
    assert (after.constraints.sentences, after.constraints.cosine_weight) == (3, 48.0)
    assert after.rerank == before.rerank
    bare = tmp_path / "bare.toml"
    bare.write_text("format = 1\n", encoding="utf-8")
    with pytest.raises(RecipeInvalid, match="no table"):
        _write(bare, written, {"sentences": 3})
