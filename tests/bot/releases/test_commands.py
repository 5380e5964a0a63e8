"""Tests of `trilane release`: what answers, what is a candidate, and how one goes back."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.releases.registry import sha256_of_manifest
from tests.bot.releases.conftest import RECIPE, House, OpenHouse
from training.cli import cli as training


def fit(house: House, folder: Path) -> str:
    recipe = folder / "lora.toml"
    recipe.write_text(f"{RECIPE}seed = 7\n", encoding="utf-8")
    made = CliRunner().invoke(training, ["fit", str(recipe)], env=house.environment)
    assert made.exit_code == 0, made.output
    return " ".join(made.stdout.split())


def test_a_fit_beside_a_shipped_part_is_a_candidate_that_says_how_to_promote_it(
    house: House, loras: list[Path], tmp_path: Path
) -> None:
    shipped = house.answering()
    before = house.listed()["release"]
    said = fit(house, tmp_path)
    (made,) = (part for part in house.listed()["parts"] if part["origin"] == "registered")
    assert f"trilane release promote {made['sha256'][:12]}" in said
    assert house.answering() == shipped == sha256_of_manifest(loras[0])
    assert house.listed()["release"] == before
    said = house.release("promote", made["sha256"][:12], "--why", "it says less")
    assert house.answering() == made["sha256"]
    after = house.listed()["release"]
    assert after != before
    assert f"Release {after[:12]} of lantern-oar" in said
    assert "from the next start on" in said
    # What was fitted lies in the registry only.
    assert not list((house.home / "fitting").iterdir())


def test_the_first_fit_answers_where_nothing_else_could(open_house: OpenHouse, tmp_path: Path) -> None:
    house = open_house()
    said = fit(house, tmp_path)
    assert "it answers from the next start on" in said
    assert [(change["what"], change["why"]) for change in house.history()] == [
        ("register", "fit lora"),
        ("promote", "fit lora"),
    ]
    assert house.answering() == house.history()[0]["sha256"]


def test_the_first_fit_for_another_base_than_the_shipped_parts_answers(
    open_house: OpenHouse, loras: list[Path], tmp_path: Path
) -> None:
    house = open_house(loras[0])
    manifest = house.data / "releases" / "finetuned" / "artefact.json"
    facts = json.loads(manifest.read_text(encoding="utf-8"))
    facts["base"]["sha256"] = "0" * 64
    manifest.write_text(json.dumps(facts), encoding="utf-8")
    first = fit(house, tmp_path)
    assert "it answers from the next start on" in first
    # The second one finds a slot that has somebody.
    assert "candidate" in house.release("register", str(loras[1]))
    assert house.answering() == house.history()[0]["sha256"]


def test_rolling_back_goes_back_and_not_forward_again(house: House, loras: list[Path]) -> None:
    shipped = house.answering()
    first, second = (house.register(part) for part in loras[1:])
    house.release("promote", first)
    house.release("promote", second)
    house.release("rollback", "--why", "it invents prices")
    assert house.answering() == first
    house.release("rollback")
    assert house.answering() == shipped
    assert "no release to go back to" in house.refused("release", "rollback")
    house.release("promote", second)
    house.release("promote", first)
    assert "only 2 back" in house.refused("release", "rollback", "--steps", "3")
    assert house.answering() == first
    house.release("rollback", "--steps", "2")
    assert house.answering() == shipped
    there_and_back = ["promote", "promote", "rollback"]
    whats = ["register", "register", *there_and_back, "rollback", *there_and_back]
    history = house.history()
    assert [change["what"] for change in history] == whats
    assert [change["number"] for change in history] == list(range(1, len(whats) + 1))
    assert history[4]["why"] == "it invents prices"
    assert [change["parts"].get("finetuned") for change in history[2:]] == [
        first, second, first, None, second, first, None,
    ]  # fmt: skip


def test_the_shipped_part_can_be_promoted_again(house: House, loras: list[Path]) -> None:
    shipped, other = house.answering(), house.register(loras[1])
    house.release("promote", other)
    house.release("promote", shipped[:8])
    assert house.answering() == shipped
    assert "answers already" in house.release("promote", shipped[:8])
    house.release("rollback")
    assert house.answering() == other


def test_the_shipped_part_still_answers_where_it_is_registered_too(house: House, loras: list[Path]) -> None:
    assert house.register(loras[0]) == house.answering()


def test_a_prefix_that_means_two_parts_or_none_is_refused(house: House, tmp_path: Path) -> None:
    seen: dict[str, Path] = {}
    for number in range(5000):
        part = house.prompt(tmp_path / "parts" / str(number), number=number)
        prefix = str(sha256_of_manifest(part))[:4]
        if prefix in seen:
            break
        seen[prefix] = part
    for one in (part, seen[prefix]):
        house.register(one)
    said = house.refused("release", "promote", prefix)
    assert "beginning of 2 parts" in said
    assert str(sha256_of_manifest(part))[:16] in said
    assert "trilane release list" in house.refused("release", "promote", "f" * 64)
    assert "in slot 'finetuned'" in house.refused("release", "promote", prefix, "--slot", "finetuned")
    assert "too short" in house.refused("release", "promote", prefix[:3])
    assert house.history()[-1]["what"] == "register"


def test_a_part_for_another_base_is_registered_and_cannot_be_promoted(house: House, tmp_path: Path) -> None:
    foreign = house.register(house.prompt(tmp_path / "foreign", base_sha256_="0" * 64))
    said = house.refused("release", "promote", foreign)
    assert "made for base tiny" in said
    assert "TRILANE_BASE_MODEL" in said
    (part,) = (part for part in house.listed()["parts"] if part["sha256"] == foreign)
    assert part["problem"]
    assert not part["answers"]


def test_a_part_whose_training_failed_is_registered_and_never_promoted(house: House, tmp_path: Path) -> None:
    part = house.prompt(tmp_path / "failed", failed="the loss is no number")
    said = house.release("register", str(part))
    assert "cannot be promoted: its training failed: the loss is no number" in said
    said = house.refused("release", "promote", str(sha256_of_manifest(part)))
    assert "its training failed: the loss is no number; fit it again" in said
    # Not even where its slot has no other part.
    shutil.rmtree(house.data / "releases" / "prompted")
    house.register(part)
    assert "prompted" not in house.history()[-1]["parts"]
    # To look at, its folder can be served by hand.
    listed = house.listed(TRILANE_PROMPTED=str(part))["parts"]
    assert [one["problem"] for one in listed if one["answers"] and one["slot"] == "prompted"] == [None]


def test_a_part_with_a_metric_that_is_no_number_is_not_registered(house: House, tmp_path: Path) -> None:
    part = house.prompt(tmp_path / "part", loss=1.5)
    manifest = part / "artefact.json"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace("1.5", "NaN"), encoding="utf-8")
    assert "metrics.loss" in house.refused("release", "register", str(part))


def test_a_promoted_part_that_is_damaged_is_refused_at_the_start_and_names_the_way_back(
    house: House, loras: list[Path]
) -> None:
    shipped, other = house.answering(), house.register(loras[1])
    house.release("promote", other)
    weights = house.folder / "finetuned" / other / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"?")
    said = house.refused("ask", "--backend", "finetuned", "Hi")
    assert "adapter_model.safetensors is damaged" in said
    assert "trilane release rollback" in said
    assert "damaged" in house.release("list")
    # The shipped part is not served in silence, but one command brings it back.
    assert house.answering() == other
    house.release("rollback")
    assert house.answering() == shipped
    assert "damaged" in house.refused("release", "promote", other)
    # Registered again, the copy is whole again.
    house.register(loras[1])
    house.release("promote", other)
    assert house.answering() == other


def test_a_manifest_that_was_changed_is_not_the_part_that_was_promoted(house: House, loras: list[Path]) -> None:
    other = house.register(loras[1])
    house.release("promote", other)
    manifest = house.folder / "finetuned" / other / "artefact.json"
    manifest.write_text(manifest.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert "its sha256 is not the folder's name" in house.refused("ask", "--backend", "finetuned", "Hi")


def test_a_rollback_to_a_part_that_is_gone_is_refused_and_changes_nothing(house: House, loras: list[Path]) -> None:
    first, second = (house.register(part) for part in loras[1:])
    house.release("promote", first)
    house.release("promote", second)
    shutil.rmtree(house.folder / "finetuned" / first)
    assert "there is no artefact.json" in house.refused("release", "rollback")
    assert house.answering() == second
    house.release("rollback", "--steps", "2")
    assert house.answering() == sha256_of_manifest(loras[0])


def test_a_folder_given_by_an_option_answers_and_is_in_the_release(house: House, loras: list[Path]) -> None:
    given = {"TRILANE_FINETUNED": str(loras[2])}
    before, after = house.listed(), house.listed(**given)
    assert after["release"] != before["release"]
    answers = [part for part in after["parts"] if part["slot"] == "finetuned" and part["answers"]]
    assert [(part["origin"], part["sha256"]) for part in answers] == [("given", sha256_of_manifest(loras[2]))]


def test_a_part_that_is_damaged_is_not_registered(house: House, loras: list[Path], tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(loras[1], broken)
    (broken / "adapter_config.json").write_text("{}", encoding="utf-8")
    assert "adapter_config.json is damaged" in house.refused("release", "register", str(broken))
    assert house.history() == []


@pytest.mark.parametrize("name", ["current.json", "history.jsonl"])
def test_a_damaged_file_of_the_registry_is_named_with_the_way_out(
    house: House, loras: list[Path], name: str
) -> None:
    house.register(loras[1])
    (house.folder / name).write_text("{}\n", encoding="utf-8")
    assert name in house.refused("release", "history")


def test_lists_fit_80_columns_with_every_word_whole(house: House, loras: list[Path], tmp_path: Path) -> None:
    foreign = house.register(house.prompt(tmp_path / "foreign", base_sha256_="0" * 64))
    why = "a reason of more than a line " * 5
    house.release("promote", house.register(loras[2]), "--why", why)
    (problem,) = (part["problem"] for part in house.listed()["parts"] if part["sha256"] == foreign)
    for command, said in (("list", problem), ("history", why)):
        shown = house.trilane("release", command).stdout
        assert max(map(len, shown.splitlines())) <= 80
        assert set(said.split()) <= set(shown.replace("│", " ").split())
        assert foreign[:12] in shown
