"""Marks of the erased."""

from pathlib import Path

import pytest

from bot.errors import StoreUnusable
from bot.store.tombstones import Tombstones, bury, mark_of, visitor_marks


def test_marks_are_the_same_whoever_writes_them() -> None:
    # Datasets and homes of earlier versions hold these.
    assert mark_of("visitor", " Ann@Example.org ") == "5d9c24034b7e7ca17402a82ece06e330"
    assert visitor_marks("trilane", "v1") == [mark_of("visitor", "trilane:v1")]
    assert visitor_marks("zendesk", "ann@example.org") == [mark_of("visitor", "ann@example.org")]


def test_marks_are_added_to_those_that_are_there_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    file = tmp_path / "home" / "tombstones.jsonl"
    bury(file, ["b", "a"])
    bury(file, ["c", "a"])
    assert file.read_text(encoding="utf-8") == '{"mark": "a"}\n{"mark": "b"}\n{"mark": "c"}\n'
    assert Tombstones([file, tmp_path / "none"]).marks == {"a", "b", "c"}
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("damage", ["{", "{}", "[]", "7"])
def test_a_damaged_file_is_refused_and_nobody_comes_back_through_it(tmp_path: Path, damage: str) -> None:
    file = tmp_path / "tombstones.jsonl"
    bury(file, ["a"])
    file.write_text(file.read_text(encoding="utf-8") + damage, encoding="utf-8")
    with pytest.raises(StoreUnusable, match="line 2"):
        Tombstones([file])
