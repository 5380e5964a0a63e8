"""Tests of parts that every backend shares: a shop is served without them, and they wait to be promoted."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.doctor import examine
from bot.errors import ArtefactInvalid
from bot.models.base import base_sha256
from bot.releases.part import MANIFEST, BaseFacts, DatasetFacts, open_artefact, write_manifest
from bot.releases.registry import sha256_of_manifest
from tests.bot.releases.conftest import House


def shared(out: Path, base: str, **changed: Any) -> Path:
    out.mkdir(parents=True)
    facts: dict[str, Any] = {
        "kind": "reranker",
        "base": BaseFacts(id="tiny", sha256=base),
        "recipe": {},
        "dataset": DatasetFacts(sha256="d" * 64, dialogues=0, sources={}),
        "metrics": {},
    }
    write_manifest(out, **facts | changed)
    return out


def test_a_shared_part_names_no_backend_and_any_other_one_does(tmp_path: Path) -> None:
    part = open_artefact(shared(tmp_path / "reranker", "b" * 64))
    assert (part.manifest.backend, part.manifest.slot) == (None, "reranker")
    assert "backend" not in json.loads((part.folder / MANIFEST).read_text(encoding="utf-8"))
    with pytest.raises(ArtefactInvalid, match="names none, because every backend shares it"):
        shared(tmp_path / "of-one", "b" * 64, backend="finetuned")
    with pytest.raises(ArtefactInvalid, match="names the backend that it is for"):
        shared(tmp_path / "of-none", "b" * 64, kind="lora")


@pytest.mark.parametrize("slot", ["reranker", "reader"])
def test_a_shared_part_is_registered_as_a_candidate_and_answers_once_promoted(
    house: House, tmp_path: Path, slot: str
) -> None:
    before = house.listed()["release"]
    sha256 = house.register(shared(tmp_path / "part", base_sha256(house.settings), kind=slot))
    (part,) = (part for part in house.listed()["parts"] if part["slot"] == slot)
    assert (part["sha256"], part["answers"], part["problem"]) == (sha256, False, None)
    assert house.listed()["release"] == before
    house.release("promote", sha256)
    assert house.answering(slot) == sha256
    assert house.listed()["release"] != before
    house.release("rollback")
    assert house.listed()["release"] == before


@pytest.mark.parametrize("slot", ["reranker", "reader"])
def test_a_shipped_shared_part_of_another_base_is_as_if_there_were_none(house: House, slot: str) -> None:
    without = house.listed()["release"]
    part = shared(house.data / "releases" / slot, "0" * 64, kind=slot)
    assert house.listed()["release"] == without
    (listed,) = (part for part in house.listed()["parts"] if part["slot"] == slot)
    assert not listed["answers"] and "it was made for base" in listed["problem"]
    (finding,) = (finding for finding in examine(house.settings) if finding.part == f"part {slot}")
    assert finding.ok and finding.facts.startswith(f"left out: the shipped {slot} was made for base tiny")
    # One that somebody asks for must fit.
    given = house.listed(**{f"TRILANE_{slot.upper()}": str(part)})
    assert given["release"] != without
    assert str(sha256_of_manifest(part)) in json.dumps(given["parts"])
