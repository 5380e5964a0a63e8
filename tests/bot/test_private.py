"""Folders that Trilane makes on its way to a file are their owner's alone; what was there stays as it was."""

from pathlib import Path

from bot.files import appearing, write_whole


def rights(folder: Path) -> int:
    return folder.stat().st_mode & 0o777


def test_a_home_that_is_made_on_the_way_is_its_owners_alone(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    write_whole(tmp_path / "home" / "deep" / "file.json", "{}")
    with appearing(tmp_path / "other" / "models" / "base") as made:
        (made / "file").write_text("", encoding="utf-8")
    for name in ("home", "home/deep", "other", "other/models"):
        assert rights(tmp_path / name) == 0o700, name
    assert rights(tmp_path) == 0o755
