import io
import json
import re
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from rich.console import Console
from safetensors.torch import load_file

from bot.dialogue import user_says
from bot.engine.local.render import Renderer
from bot.errors import RecipeInvalid
from bot.models.base import LoadedBase, find_base, load_base
from bot.releases.part import open_artefact
from bot.schemas import read_cases
from bot.settings import Settings
from tests.tools.stopping import BreaksAfter, SignalsAfter, StopsAfter
from training.dataset.batches import collate
from training.dataset.dataset import make_dataset, shop_sources
from training.dataset.examples import IGNORED, Example
from training.errors import OutputOccupied, TrainingDiverged
from training.evaluation.likelihood import evaluate
from training.fitting.beginning import beginning
from training.fitting.checkpoint import CheckpointFile, Progressed
from training.fitting.fit import fit
from training.fitting.losses import spoken_losses
from training.fitting.methods.adapter import fingerprint, load_adapter
from training.fitting.recipe import read_recipe

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


def test_a_training_goes_on_in_the_dtype_that_it_began_in_where_the_dtype_is_measured(
    settings: Settings, recipe_file: Callable[..., Path], tmp_path: Path, console: Console
) -> None:
    recipe = recipe_file("lora", epochs=2, learning_rate=2e-2)
    measured, began = (settings.model_copy(update={"dtype": dtype}) for dtype in ("auto", "float32"))
    whole = fit(recipe, tmp_path / "whole", began, console=console)
    with pytest.raises(KeyboardInterrupt):
        fit(recipe, tmp_path / "out", began, console=Console(file=StopsAfter("Epoch 1:"), width=200))
    resumed = io.StringIO()
    made = fit(recipe, tmp_path / "out", measured, console=Console(file=resumed, width=200))
    assert "Going on after epoch 1 of 2" in resumed.getvalue()
    assert "float32" in resumed.getvalue()
    assert made.manifest.files == whole.manifest.files


def test_a_dtype_that_was_asked_for_is_the_one_in_which_a_training_goes_on(
    settings: Settings, recipe_file: Callable[..., Path], tmp_path: Path
) -> None:
    recipe = recipe_file("lora", epochs=2)
    began = settings.model_copy(update={"dtype": "float32"})
    with pytest.raises(KeyboardInterrupt):
        fit(recipe, tmp_path / "out", began, console=Console(file=StopsAfter("Epoch 1:"), width=200))
    resumed = io.StringIO()
    fit(recipe, tmp_path / "out", settings, console=Console(file=resumed, width=200))
    assert "Going on after epoch 1 of 2" in resumed.getvalue()
    assert "torch.bfloat16" in resumed.getvalue()


def test_a_training_that_diverges_ends_in_one_sentence_and_leaves_no_artefact(
    settings: Settings, recipe_file: Callable[..., Path], tmp_path: Path, console: Console
) -> None:
    recipe = recipe_file("lora", epochs=6, learning_rate=1e30, warmup=0.0)
    with pytest.raises(TrainingDiverged, match="lower learning_rate"):
        fit(recipe, tmp_path / "out", settings, console=console)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("learning_rate", "reference", "failed"),
    [(1e-3, "Your parcel is on its way.", False), (0.3, "Zebra " * 50, True)],
)
def test_a_part_that_answers_worse_than_the_base_is_marked(
    learning_rate: float,
    reference: str,
    failed: bool,
    settings: Settings,
    recipe_file: Callable[..., Path],
    tmp_path: Path,
    console: Console,
) -> None:
    write_case(settings, "Where is my parcel?", reference)
    recipe = recipe_file("lora", epochs=30, learning_rate=learning_rate, warmup=0.0)
    manifest = fit(recipe, tmp_path / "out", settings, console=console).manifest
    assert (manifest.metrics["dev_nll"] > manifest.metrics["dev_nll_base"]) == failed
    assert (manifest.failed is not None) == failed


def test_the_dev_figures_are_those_of_evaluate(
    settings: Settings, recipe_file: Callable[..., Path], tmp_path: Path, console: Console
) -> None:
    exact = settings.model_copy(update={"dtype": "float32"})
    write_case(settings, "Where is my parcel?", "Your parcel is on its way.")
    made = fit(recipe_file("lora", epochs=2, learning_rate=2e-2), tmp_path / "out", exact, console=console)
    cases = read_cases([settings.cases_dir])
    system = str(made.manifest.recipe["system"])
    base, ours = evaluate(cases, [tmp_path / "out"], exact, system=system, console=console)
    metrics = made.manifest.metrics
    assert metrics["dev_nll_base"] == pytest.approx(base.nll, abs=1e-4)
    # What was saved is rounded to bf16 once more.
    assert metrics["dev_nll"] == pytest.approx(ours.nll, abs=1e-2)
    assert metrics["dev_nll"] != pytest.approx(metrics["dev_nll_base"], abs=1e-2)


def test_the_dev_split_of_a_dataset_is_what_its_fit_is_measured_on(
    settings: Settings, recipe_file: Callable[..., Path], tmp_path: Path, console: Console
) -> None:
    rows = [row("a", "train"), row("b", "dev")]
    (tmp_path / "mine.jsonl").write_text("".join(json.dumps(one) + "\n" for one in rows), encoding="utf-8")
    recipe, mine = recipe_file("lora", epochs=1), [tmp_path / "mine.jsonl"]
    made = fit(recipe, tmp_path / "out", settings, transcripts=mine, console=console)
    assert "dev_nll" in made.manifest.metrics
    assert made.manifest.dataset.dialogues == 1
    (tmp_path / "mine.jsonl").write_text(json.dumps(rows[0]), encoding="utf-8")
    made = fit(recipe, tmp_path / "other", settings, transcripts=mine, console=console)
    assert "dev_nll" not in made.manifest.metrics


def test_long_dialogues_never_stop_a_fit_and_are_counted_by_name(
    settings: Settings, recipe_file: Callable[..., Path], tmp_path: Path, console: Console
) -> None:
    rows = [row("short"), row("long", exchanges=40), row("endless", words=400)]
    (tmp_path / "mine.jsonl").write_text("".join(json.dumps(one) + "\n" for one in rows), encoding="utf-8")
    made = fit(
        recipe_file("lora", epochs=1, max_tokens=256),
        tmp_path / "out",
        settings,
        transcripts=[tmp_path / "mine.jsonl"],
        console=console,
    )
    assert isinstance(console.file, io.StringIO)
    assert "without their oldest turns: 1 (long)" in console.file.getvalue()
    assert "over 256 tokens: 1 (endless)" in console.file.getvalue()
    metrics = made.manifest.metrics
    assert (metrics["dialogues_shortened"], metrics["dialogues_too_long"]) == (1, 1)


def test_the_output_layer_sees_only_what_is_learnt_from_and_gives_the_same_loss(settings: Settings) -> None:
    base = load_base(settings.model_copy(update={"dtype": "float32"}))
    example = Example(tuple(range(5, 15)), (*[IGNORED] * 6, 11, 12, IGNORED, 14))
    batch = collate([example, Example((7, 8), (IGNORED, 8))])
    seen: list[torch.Size] = []
    base.model.lm_head.register_forward_hook(lambda _layer, _inputs, logits: seen.append(logits.shape))
    losses, rows = spoken_losses(base.model, batch, base.device)
    assert seen == [(1, 4, base.model.config.vocab_size)]
    assert rows.tolist() == [0, 0, 0, 1]
    logits = base.model(batch.input_ids).logits[:, :-1]
    whole = torch.nn.functional.cross_entropy(logits.transpose(1, 2), batch.labels[:, 1:], reduction="none")
    torch.testing.assert_close(losses, whole[batch.labels[:, 1:] != IGNORED])


def row(name: str, split: str | None = None, *, exchanges: int = 1, words: int = 3) -> dict[str, object]:
    """A transcript row of ours."""
    messages: list[dict[str, str]] = []
    for number in range(exchanges):
        messages.append({"role": "user", "content": f"ask{number} " * words})
        messages.append({"role": "assistant", "content": f"answer{number} " * words})
    made: dict[str, object] = {"id": name, "messages": messages}
    return made | ({"split": split} if split else {})


def write_case(settings: Settings, asked: str, reference: str) -> None:
    """The shop's dev cases: one."""
    settings.cases_dir.mkdir()
    case = {"id": "c", "messages": [{"role": "user", "content": asked}], "reference": reference, "kind": "fact"}
    (settings.cases_dir / "dev.jsonl").write_text(json.dumps(case) + "\n", encoding="utf-8")


@pytest.mark.parametrize("method", METHODS)
def test_a_stopped_training_goes_on_and_ends_where_an_unbroken_one_does(
    method: str,
    settings: Settings,
    recipe_file: Callable[..., Path],
    tmp_path: Path,
    console: Console,
) -> None:
    recipe = recipe_file(method, epochs=4, learning_rate=RATES[method])
    whole = fit(recipe, tmp_path / "whole", settings, console=console)
    out = tmp_path / "stopped"
    with pytest.raises(KeyboardInterrupt):
        fit(recipe, out, settings, console=Console(file=StopsAfter("Epoch 2:"), width=200))
    assert not out.exists()
    resumed = Console(file=io.StringIO(), width=200)
    made = fit(recipe, out, settings, console=resumed)
    assert isinstance(resumed.file, io.StringIO)
    assert "Going on after epoch 2 of 4" in resumed.file.getvalue()
    name = "adapter_model.safetensors"
    assert made.manifest.files[name] == whole.manifest.files[name]
    assert not (tmp_path / ".stopped.training").exists()


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize(("method", "sign"), [("lora", signal.SIGINT), ("soft-prompt", signal.SIGTERM)])
def test_a_training_that_is_stopped_at_each_of_its_steps_ends_where_an_unbroken_one_does(
    method: str,
    sign: signal.Signals,
    settings: Settings,
    recipe_file: Callable[..., Path],
    tmp_path: Path,
    console: Console,
) -> None:
    write_transcripts(settings, 3)
    table = "[lora]\ndropout = 0.2" if method == "lora" else ""
    recipe = recipe_file(method, table, epochs=2, batch_size=1, learning_rate=RATES[method])
    whole = fit(recipe, tmp_path / "whole", settings, console=console).manifest
    for step in range(1, 6):
        screen = SignalsAfter(f" {step}/6 steps", sign)
        with pytest.raises(KeyboardInterrupt):
            fit(recipe, tmp_path / "out", settings, console=Console(file=screen, width=200))
        assert f"Going on after step {step - 1} of 6" in screen.getvalue() or step == 1
    made = fit(recipe, tmp_path / "out", settings, console=console).manifest
    assert made.files["adapter_model.safetensors"] == whole.files["adapter_model.safetensors"]
    for name in ("loss_epoch_1", "loss_epoch_2"):
        assert made.metrics[name] == whole.metrics[name]
    tokens, expected = (one.metrics["tokens_per_s"] * one.metrics["seconds"] for one in (made, whole))
    assert tokens == pytest.approx(expected, rel=0.02)


@pytest.mark.usefixtures("interruptible")
def test_a_second_interrupt_does_not_wait_for_the_step(
    settings: Settings, recipe_file: Callable[..., Path], tmp_path: Path
) -> None:
    screen = SignalsAfter(" 1/3 steps", signal.SIGINT, signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        fit(recipe_file("lora", epochs=3), tmp_path / "out", settings, console=Console(file=screen, width=200))
    # What the second one broke off is not taken for a whole step.
    assert not (tmp_path / ".out.training").exists()


def test_a_training_that_was_killed_goes_on_after_its_last_checkpoint(
    settings: Settings, recipe_file: Callable[..., Path], tmp_path: Path, console: Console
) -> None:
    write_transcripts(settings, 3)
    recipe = recipe_file("lora", epochs=1, batch_size=1, learning_rate=RATES["lora"])
    whole = fit(recipe, tmp_path / "whole", settings, console=console).manifest
    with pytest.raises(OSError, match="no space"):
        broken = Console(file=BreaksAfter(" 1/3 steps"), width=200)
        fit(recipe, tmp_path / "out", settings, console=broken, checkpoint_s=0)
    resumed = io.StringIO()
    made = fit(recipe, tmp_path / "out", settings, console=Console(file=resumed, width=200)).manifest
    assert "Going on after step 1 of 3." in resumed.getvalue()
    assert made.files["adapter_model.safetensors"] == whole.files["adapter_model.safetensors"]


def write_transcripts(settings: Settings, count: int) -> None:
    """The shop's transcripts: as many, each of another length."""
    rows = [row(f"row-{number}", words=number + 1) for number in range(count)]
    (settings.data / "transcripts" / "shop.jsonl").write_text(
        "".join(json.dumps(one) + "\n" for one in rows), encoding="utf-8"
    )


def test_a_training_without_a_terminal_says_how_far_it_is(
    settings: Settings, recipe_file: Callable[..., Path], tmp_path: Path, console: Console
) -> None:
    fit(recipe_file("lora", epochs=3), tmp_path / "out", settings, console=console)
    assert isinstance(console.file, io.StringIO)
    said = [line for line in console.file.getvalue().splitlines() if " steps, loss " in line]
    shape = r"Epoch \d of 3 \d/3 steps, loss \d+\.\d{3} \d:\d\d:\d\d ETA (-:--:--|\d:\d\d:\d\d)"
    assert all(re.fullmatch(shape, line) for line in said)
    assert said[0].startswith("Epoch 1 of 3 1/3") and said[-1].startswith("Epoch 3 of 3 3/3")


def test_a_checkpoint_of_another_training_is_not_taken_up(tmp_path: Path) -> None:
    checkpoint = CheckpointFile(tmp_path, "one")
    checkpoint.write(Progressed((1.0,), 10, 1.0, 2, 0.1, 3), {"0.master": torch.ones(2)}, dtype="float32")
    assert CheckpointFile(tmp_path, "another").read() is None
    found = CheckpointFile(tmp_path, "one").read()
    assert found is not None
    assert found[0] == Progressed((1.0,), 10, 1.0, 2, 0.1, 3)


def test_a_checkpoint_that_cannot_be_taken_up_is_named(
    settings: Settings, recipe_file: Callable[..., Path], tmp_path: Path, console: Console
) -> None:
    CheckpointFile(tmp_path / ".out.training", "of another recipe").write(
        Progressed(), {"0.master": torch.ones(2)}, dtype="float32"
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


@pytest.mark.parametrize("method", METHODS)
def test_a_training_begins_with_the_weights_of_an_artefact(
    method: str, settings: Settings, recipe_file: Callable[..., Path], tmp_path: Path, console: Console
) -> None:
    first, out = tmp_path / "first", tmp_path / "out"
    fit(recipe_file(method, epochs=4, learning_rate=RATES[method]), first, settings, console=console)
    onward = recipe_file(method, epochs=1, learning_rate=1e-9, init_from=str(first))
    fit(onward, out, settings, console=console)
    before, after = (load_file(folder / "adapter_model.safetensors") for folder in (first, out))
    assert before.keys() == after.keys()
    for name, tensor in before.items():
        torch.testing.assert_close(after[name].float(), tensor.float(), atol=1e-3, rtol=1e-2)
    # And the shipped one where it says so; it is part of what names a training.
    shipped = settings.shipped_part({"lora": "finetuned", "soft-prompt": "prompt-tuned"}[method])
    shutil.copytree(first, shipped)
    recipe, base = read_recipe(recipe_file(method, init_from="shipped")), find_base(settings)
    begun = beginning(recipe, settings, base.sha256)
    assert begun is not None and begun.folder == shipped
    dataset = make_dataset(shop_sources(settings, ["transcripts/*"]))
    assert fingerprint(recipe, dataset, base, begun) != fingerprint(recipe, dataset, base)


@pytest.mark.parametrize(
    ("method", "table", "sentence"),
    [
        ("lora", "[lora]\nrank = 4", "its r is 16 and the recipe's is 4"),
        ("lora", "[lora]\nalpha = 8", "its lora_alpha is 32 and the recipe's is 8"),
        ("soft-prompt", "", "it is a 'lora', but 'soft-prompt' is wanted here"),
    ],
)
def test_what_a_training_cannot_begin_with_is_refused(
    method: str,
    table: str,
    sentence: str,
    settings: Settings,
    recipe_file: Callable[..., Path],
    tmp_path: Path,
    console: Console,
) -> None:
    first, out = tmp_path / "first", tmp_path / "out"
    fit(recipe_file("lora", epochs=1), first, settings, console=console)
    with pytest.raises(RecipeInvalid) as caught:
        fit(recipe_file(method, table, init_from=str(first)), out, settings, console=console)
    assert sentence in str(caught.value) and "init_from" in str(caught.value)
    with pytest.raises(RecipeInvalid, match="make one with"):
        fit(recipe_file("lora", init_from="nowhere"), out, settings, console=console)
    assert not out.exists()
