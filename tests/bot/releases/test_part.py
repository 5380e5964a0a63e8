"""A part's manifest: what it may state, on writing and on opening."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.errors import ArtefactInvalid
from bot.releases.part import MANIFEST, BaseFacts, DatasetFacts, open_artefact, write_manifest


def facts(**changed: Any) -> dict[str, Any]:
    return {
        "kind": "lora",
        "backend": "finetuned",
        "base": BaseFacts(id="tiny", sha256="b" * 64),
        "recipe": {},
        "dataset": DatasetFacts(sha256="d" * 64, dialogues=1, sources={"shop": 1}),
        "metrics": {"loss": 1.5},
    } | changed


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_metric_that_is_no_finite_number_is_neither_written_nor_opened(value: float, tmp_path: Path) -> None:
    with pytest.raises(ArtefactInvalid, match=r"metrics\.loss"):
        write_manifest(tmp_path, **facts(metrics={"loss": value}))
    assert not (tmp_path / MANIFEST).exists()
    write_manifest(tmp_path, **facts())
    stated = json.loads((tmp_path / MANIFEST).read_text(encoding="utf-8"))
    stated["metrics"]["loss"] = value
    (tmp_path / MANIFEST).write_text(json.dumps(stated), encoding="utf-8")
    with pytest.raises(ArtefactInvalid, match=r"artefact\.json is not valid: metrics\.loss"):
        open_artefact(tmp_path)


@pytest.mark.parametrize("failed", [None, "it is worse than the base"])
def test_the_mark_of_a_failed_training_is_in_its_manifest_and_nothing_is_in_others(
    failed: str | None, tmp_path: Path
) -> None:
    write_manifest(tmp_path, **facts(failed=failed))
    assert open_artefact(tmp_path).manifest.failed == failed
    assert ("failed" in json.loads((tmp_path / MANIFEST).read_text(encoding="utf-8"))) == (failed is not None)
