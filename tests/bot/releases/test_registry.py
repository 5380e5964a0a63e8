"""Tests of the registry on disk: two processes at once, one that is killed, and what a release's sha256 is."""

import itertools
import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot.releases.part import open_artefact
from bot.releases.registry import sha256_of_manifest
from bot.releases.release import Release
from bot.releases.serving import begin, raise_index
from bot.releases.shop import slug
from tests.bot.releases.conftest import ROOT, House

PROMOTE = """
import sys
from bot.models.base import base_sha256
from bot.releases.registry import Registry
from bot.settings import load_settings

settings = load_settings()
registry, base = Registry(settings), base_sha256(settings)
print("ready", flush=True)
sys.stdin.readline()
for _ in range(25):
    for sha256 in sys.argv[1:]:
        registry.promote(sha256, base)
"""
# A file that grows past the limit kills the process there and then, as a full power cut would.
LIMITED = """
import resource, signal, sys
from bot.cli import cli
import bot.models.base, bot.releases.show, bot.releases.serving

signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
cli(sys.argv[2:])
"""


def program(house: House, text: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", text, *arguments],
        env=os.environ | house.environment | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def killed(house: House, limit: int, *arguments: str) -> None:
    """A command that the system kills as soon as it writes past `limit` bytes into one file."""
    process = program(house, LIMITED, str(limit), *arguments)
    _, errors = process.communicate()
    assert process.returncode == -signal.SIGXFSZ, errors


def test_two_processes_that_promote_at_once_lose_nothing(house: House, loras: list[Path], tmp_path: Path) -> None:
    adapters = [house.register(lora) for lora in loras[:2]]
    prompts = [house.register(house.prompt(tmp_path / str(number), number=number)) for number in range(2)]
    processes = [program(house, PROMOTE, *parts) for parts in (adapters[::-1], prompts)]
    for process in processes:
        assert process.stdout and process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        _, errors = process.communicate()
        assert process.returncode == 0, errors
    history = house.history()
    assert [change["number"] for change in history] == list(range(1, len(history) + 1))
    # Nothing that one process chose was undone by the other: each line differs from the last in its own slot.
    for before, after in itertools.pairwise(history[3:]):
        assert after["parts"] == before["parts"] | {after["slot"]: after["sha256"]}
    assert len(history) == 4 + 50 + 50
    assert house.answering("finetuned") == adapters[0]
    assert house.answering("prompted") == prompts[1]


def test_a_process_killed_while_it_copies_a_part_leaves_no_part(house: House, loras: list[Path]) -> None:
    listed = house.listed()
    weights = (loras[1] / "adapter_model.safetensors").stat().st_size
    killed(house, weights // 2, "release", "register", str(loras[1]))
    assert house.listed() == listed
    assert house.history() == []
    other = house.register(loras[1])
    house.release("promote", other)
    assert house.answering() == other
    assert {file.name for file in (house.folder / "finetuned").iterdir()} == {other}


def test_a_process_killed_while_it_promotes_changes_nothing(house: House, loras: list[Path]) -> None:
    other = house.register(loras[1])
    listed, history = house.listed(), house.history()
    killed(house, 100, "release", "promote", other)
    assert house.listed() == listed
    assert house.history() == history
    house.release("promote", other)
    assert house.answering() == other


def test_a_process_killed_before_the_history_is_written_has_promoted_all_the_same(
    house: House, loras: list[Path]
) -> None:
    first, second = (house.register(part) for part in loras[1:])
    house.release("promote", first)
    # Longer than any one change, shorter than the history with one more.
    killed(house, (house.folder / "history.jsonl").stat().st_size + 10, "release", "promote", second)
    written = (house.folder / "history.jsonl").read_bytes()
    assert not written.endswith(b"\n")
    assert house.answering() == second
    assert [change["sha256"] for change in house.history()] == [first, second, first, second]
    # Whoever changes something next completes the file.
    house.release("rollback", "--why", "again")
    lines = (house.folder / "history.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["what"] for line in lines] == ["register"] * 2 + ["promote"] * 2 + ["rollback"]
    assert house.answering() == first


def test_a_full_disk_leaves_the_release_as_it_was(house: House, loras: list[Path]) -> None:
    other = house.register(loras[1])
    listed = house.listed()
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limit[1]))
    try:
        result = house.trilane("release", "promote", other)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert result.exit_code != 0
    assert house.listed() == listed
    assert not [file.name for file in house.folder.iterdir() if file.name.startswith(".")]


def test_what_the_registry_writes_is_its_owners_alone(house: House, loras: list[Path]) -> None:
    house.release("promote", house.register(loras[1]))
    begin(house.registry, house.registry.places(), retriever="stock", index="a")
    files = [house.home, *house.home.rglob("*")]
    assert {"current.json", "history.jsonl", "index.json", "lock"} <= {file.name for file in files}
    assert [file for file in files if file.stat().st_mode & 0o077] == []


def test_a_releases_sha256_is_that_of_what_answers_and_of_nothing_else() -> None:
    one = Release(parts={"finetuned": "a" * 64, "retriever": "b" * 64}, profile="c" * 64)
    same = Release(parts={"retriever": "b" * 64, "finetuned": "a" * 64}, profile="c" * 64)
    assert one.sha256 == same.sha256 == "1159bfdf3bfda84635569fdc4e5a8d606f19e39360de29513f4b863303c1b88e"
    others = [
        Release(parts={"finetuned": "a" * 64}, profile="c" * 64),
        Release(parts=one.parts, profile="d" * 64),
        Release(parts={"prompt-tuned": "a" * 64, "retriever": "b" * 64}, profile="c" * 64),
    ]
    assert len({release.sha256 for release in [one, *others]}) == 4


def test_another_profile_is_another_release_and_its_comments_are_not(house: House) -> None:
    profile = house.data / "shop.toml"
    text = profile.read_text(encoding="utf-8")
    first = house.listed()["release"]
    profile.write_text(f"# A comment.\n{text}", encoding="utf-8")
    assert house.listed()["release"] == first
    profile.write_text(text.replace("help@", "desk@"), encoding="utf-8")
    assert house.listed()["release"] != first


def test_the_index_version_rises_with_every_change_and_not_without_one(house: House) -> None:
    versions = [raise_index(house.registry, state) for state in ("a", "a", "b", "a")]
    assert versions == [1, 1, 2, 3]
    assert house.listed()["index_version"] == 3


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("Juniper Trail Outfitters", "juniper-trail-outfitters"),
        ("Café Łódź & Söhne", "cafe-odz-sohne"),
        ("../../etc", "etc"),
    ],
)
def test_a_shops_name_is_a_plain_folder(name: str, folder: str) -> None:
    assert slug(name) == folder


def test_names_without_latin_letters_have_folders_of_their_own() -> None:
    assert slug("東京茶房").startswith("shop-")
    assert slug("東京茶房") != slug("京都茶房")


KEPT = [*sorted((ROOT / "data" / "releases").iterdir()), *sorted((ROOT / "tests" / "kept").glob("*/artefacts/*"))]


@pytest.mark.parametrize("folder", KEPT, ids=lambda folder: str(folder.relative_to(ROOT)))
def test_every_part_that_was_ever_shipped_still_opens(folder: Path) -> None:
    assert open_artefact(folder).sha256 == sha256_of_manifest(folder)
