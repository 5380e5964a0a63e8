import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from rich.console import Console
from safetensors.torch import load_file

import training.fitting.loop
from bot.dialogue import user_says
from bot.engine.local.render import Renderer
from bot.models.base import LoadedBase, find_base, load_base
from bot.releases.part import open_artefact
from bot.settings import Settings
from training.errors import OutputOccupied
from training.fitting.checkpoint import CheckpointFile, Progressed
from training.fitting.fit import fit
from training.fitting.methods.method import load_adapter

METHODS = ("lora", "soft-prompt")
RATES = {"lora": 2e-2, "soft-prompt": 5e-1}
FILES = {"adapter_config.json", "adapter_model.safetensors", "artefact.json"}


@pytest.mark.parametrize("method", METHODS)
def test_overfitting_one_dialogue_lowers_the_loss_and_leaves_exactly_the_artefact(
    method: str, settings: Settings, recipe_file: Callable[..., Path], tmp_path: Path, console: Console
) -> None:
    out = tmp_path / "made" / method
    artefact = fit(recipe_file(method, epochs=20, learning_rate=RATES[method]), out, settings, console=console)
    metrics = artefact.manifest.metrics
    assert metrics["loss"] < 0.9 * metrics["loss_epoch_1"]
    assert {file.name for file in out.iterdir()} == FILES
    assert [file.name for file in out.parent.iterdir()] == [method]
    base = find_base(settings)
    assert open_artefact(out, base_sha256=base.sha256, kinds=("lora", "soft-prompt")) == artefact
    assert artefact.manifest.recipe["system"] == "You are the support assistant."
    for name in ("adapter_config.json", "artefact.json"):
        assert str(tmp_path.parent) not in (out / name).read_text(encoding="utf-8")
    assert json.loads((out / "adapter_config.json").read_text())["base_model_name_or_path"] == "tiny"


def test_the_loaded_lora_is_low_rank_addition_in_bf16(
    settings: Settings, recipe_file: Callable[..., Path], tmp_path: Path, console: Console
) -> None:
    out = tmp_path / "lora"
    fit(recipe_file("lora", epochs=2, learning_rate=2e-2), out, settings, console=console)
    tensors = load_file(out / "adapter_model.safetensors")
    assert {tensor.dtype for tensor in tensors.values()} == {torch.bfloat16}
    assert len(tensors) == 2 * 7 * 2
    exact = settings.model_copy(update={"dtype": "float32"})
    base, merged = load_base(exact), load_base(exact)
    ids = torch.tensor([_render(base, soft_tokens=0)])
    model = load_adapter(base.model, out)
    for name, parameter in merged.model.named_parameters():
        key = f"base_model.model.{name.removesuffix('.weight')}"
        if f"{key}.lora_A.weight" in tensors:
            low, high = tensors[f"{key}.lora_A.weight"], tensors[f"{key}.lora_B.weight"]
            parameter.data += 32 / 16 * (high.float() @ low.float())
    with torch.inference_mode():
        ours, theirs = merged.model(ids).logits, model(ids).logits
        bare = load_base(exact).model(ids).logits
    torch.testing.assert_close(ours, theirs, atol=1e-3, rtol=1e-3)
    assert not torch.allclose(bare, theirs, atol=1e-1)


def test_pefts_soft_prompt_reads_what_serving_renders(
    settings: Settings, recipe_file: Callable[..., Path], tmp_path: Path, console: Console
) -> None:
    out = tmp_path / "soft-prompt"
    fit(recipe_file("soft-prompt", epochs=2, learning_rate=0.5), out, settings, console=console)
    rows = load_file(out / "adapter_model.safetensors")["prompt_embeddings"]
    assert rows.shape == (24, 32)
    base = load_base(settings)
    vocabulary = base.model.config.vocab_size
    seen: list[torch.Tensor] = []
    base.model.model.register_forward_pre_hook(
        lambda _module, _args, kwargs: seen.append(kwargs["inputs_embeds"]), with_kwargs=True
    )
    model = load_adapter(base.model, out)
    with torch.inference_mode():
        theirs = model(input_ids=torch.tensor([_render(base, soft_tokens=0)])).logits
        served = torch.tensor(_render(base, soft_tokens=24))
        assert served[:24].tolist() == list(range(vocabulary, vocabulary + 24))
        table = torch.cat([base.model.get_input_embeddings().weight, rows.to(base.dtype)])
        assert torch.equal(seen[0], table[served][None])
        ours = base.model(inputs_embeds=table[served][None]).logits
    assert torch.equal(ours, theirs)


@pytest.mark.parametrize("method", METHODS)
def test_a_stopped_training_goes_on_and_ends_where_an_unbroken_one_does(
    method: str,
    settings: Settings,
    recipe_file: Callable[..., Path],
    tmp_path: Path,
    console: Console,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    recipe = recipe_file(method, epochs=4, learning_rate=RATES[method])
    whole = fit(recipe, tmp_path / "whole", settings, console=console)
    real = training.fitting.loop.spoken_losses
    steps = 0

    def stop_at_third(*arguments: object) -> tuple[torch.Tensor, torch.Tensor]:
        nonlocal steps
        steps += 1
        if steps == 3:
            raise KeyboardInterrupt
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(training.fitting.loop, "spoken_losses", stop_at_third)
    out = tmp_path / "stopped"
    with pytest.raises(KeyboardInterrupt):
        fit(recipe, out, settings, console=console)
    assert not out.exists()
    resumed = Console(file=io.StringIO(), width=200)
    made = fit(recipe, out, settings, console=resumed)
    assert isinstance(resumed.file, io.StringIO)
    assert "Going on after epoch 2 of 4" in resumed.file.getvalue()
    assert steps == 5
    name = "adapter_model.safetensors"
    assert made.manifest.files[name] == whole.manifest.files[name]
    assert not (tmp_path / ".stopped.training").exists()


def test_a_checkpoint_of_another_training_is_not_taken_up(tmp_path: Path) -> None:
    CheckpointFile(tmp_path, "one").write(Progressed((1.0,), 10, 1.0), {"0.master": torch.ones(2)})
    assert CheckpointFile(tmp_path, "another").read() is None
    found = CheckpointFile(tmp_path, "one").read()
    assert found is not None
    assert found[0] == Progressed((1.0,), 10, 1.0)


def test_a_checkpoint_that_cannot_be_taken_up_is_named(
    settings: Settings, recipe_file: Callable[..., Path], tmp_path: Path, console: Console
) -> None:
    CheckpointFile(tmp_path / ".out.training", "of another recipe").write(
        Progressed(), {"0.master": torch.ones(2)}
    )
    fit(recipe_file("lora", epochs=1), tmp_path / "out", settings, console=console)
    assert isinstance(console.file, io.StringIO)
    assert "training starts anew" in console.file.getvalue()


def test_a_folder_that_is_no_artefact_is_left_alone(
    settings: Settings, recipe_file: Callable[..., Path], tmp_path: Path, console: Console
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("precious", encoding="utf-8")
    with pytest.raises(OutputOccupied, match="something else is there"):
        fit(recipe_file("lora"), tmp_path / "mine", settings, console=console)


def _render(base: LoadedBase, *, soft_tokens: int) -> list[int]:
    renderer = Renderer(base)
    return list(
        renderer.render(
            user_says("Where is my parcel?"),
            system="You are the support assistant.",
            soft=range(renderer.vocabulary, renderer.vocabulary + soft_tokens),
        ).ids
    )
