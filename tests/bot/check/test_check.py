"""Tests of `trilane init` and `trilane check`, through the command line."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bot.cli import cli

ROOT = Path(__file__).parents[3]


def trilane(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments), env={"TRILANE_HOME": str(ROOT / "var")})


def checked(folder: Path) -> dict[str, Any]:
    result = trilane("check", str(folder), "--json")
    findings: dict[str, Any] = json.loads(result.stdout)
    assert result.exit_code == (1 if findings["problems"] else 0)
    return findings


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    assert trilane("init", str(folder)).exit_code == 0
    return folder


def lines_of(folder: Path, findings: dict[str, Any]) -> list[str]:
    return [
        f"{Path(problem['file']).relative_to(folder)}:{problem['line']}: {problem['reason']}"
        for problem in findings["problems"]
    ]


def test_the_shipped_shop_has_no_problem() -> None:
    findings = checked(ROOT / "data")
    assert (findings["problems"], findings["notes"]) == ([], [])
    assert findings["counts"] == {"articles": 47, "cases": 800, "transcripts": 430}


def test_the_starter_has_no_problem_and_a_readme_of_ten_lines(shop: Path) -> None:
    findings = checked(shop)
    assert (findings["problems"], findings["notes"]) == ([], [])
    assert findings["counts"] == {"articles": 2, "cases": 6, "transcripts": 3}
    assert len((shop / "README.md").read_text(encoding="utf-8").splitlines()) == 10
    assert sorted(path.name for path in shop.parent.iterdir()) == ["mine"]


def test_init_refuses_a_folder_with_something_in_it_and_leaves_it_alone(tmp_path: Path) -> None:
    (tmp_path / "kept.txt").write_text("mine", encoding="utf-8")
    result = trilane("init", str(tmp_path))
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert "not empty" in result.stderr
    assert [file.name for file in tmp_path.iterdir()] == ["kept.txt"]


def test_init_takes_an_empty_folder(tmp_path: Path) -> None:
    assert trilane("init", str(tmp_path)).exit_code == 0
    assert checked(tmp_path)["problems"] == []


def test_everything_wrong_in_every_file_is_said_at_once_with_its_line(shop: Path) -> None:
    def edit(name: str, *pairs: tuple[str, str]) -> None:
        text = (shop / name).read_text(encoding="utf-8")
        for old, new in pairs:
            assert old in text
            text = text.replace(old, new, 1)
        (shop / name).write_text(text, encoding="utf-8")

    edit(
        "shop.toml",
        ("[links]", "[links]\nfaq = 1"),
        ('example = "CB-10234"', 'example = "10234"'),
        ('closes = "18:00"', 'closes = "06:00"'),
    )
    edit("cases/dev.jsonl", ("delivery", "deliveries"), ('["3 days"]', '["4 days", "four days"]'))
    edit("cases/dev.jsonl", ("at the counter or", "at the bar or"))
    edit("cases/test.jsonl", ("test-2", "dev-1"), ('"kind": "hand-off"', '"kid": "hand-off"'))
    edit("transcripts/chats.jsonl", ("chat-3", "chat-1"), ('"role": "user"', '"role": "buyer"'))
    (shop / "knowledge" / "empty.md").write_text("---\ntitle: Empty\n---\n\n# Empty\n", encoding="utf-8")
    (shop / "knowledge" / "broken.md").write_text("---\ntitle: [\n---\n\nText.\n", encoding="utf-8")

    found = lines_of(shop, checked(shop))
    expected = [
        "cases/dev.jsonl:1: sentences: 'Order a birthday cake at least 3 days ahead, at the bar or by teleph",
        "cases/dev.jsonl:1: must_include: 4 days / four days stands in no article",
        "cases/dev.jsonl:2: articles: there is no 'deliveries' in the help centre",
        "cases/test.jsonl:2: id: 'dev-1' stands in dev.jsonl, too",
        "cases/test.jsonl:3: kind: it is missing",
        "cases/test.jsonl:3: kid: no such key",
        "knowledge/broken.md:3: the front matter cannot be read",
        "knowledge/empty.md:None: the article is empty",
        "shop.toml:30: hours.open.0: it closes at 06:00, before it opens at 07:00",
        "shop.toml:40: orders: `example` 10234 does not match `pattern` CB-\\d{5}",
        "shop.toml:49: links.faq: no such key",
        "transcripts/chats.jsonl:1: messages.0.role: Input should be",
    ]
    assert len(found) == len(expected), found
    for line, start in zip(found, expected, strict=True):
        assert line.startswith(start), line


@pytest.mark.parametrize(
    ("name", "line", "reason"),
    [
        ("cases/dev.jsonl", '{"id": "dev-9", "kind": "fact", "messages": [], "reference": "x"}', "messages: "),
        ("cases/dev.jsonl", "{not json", "the row: "),
        ("transcripts/chats.jsonl", '{"id": "x", "messages": [{"role": "user", "content": "hi"}]}', "messages: "),
        ("transcripts/chats.jsonl",
         '{"id": "x", "article": "cakes", "messages": [{"role": "assistant", "content": "hi"}]}', "article: "),
    ],
)  # fmt: skip
def test_a_broken_row_does_not_hide_the_next(shop: Path, name: str, line: str, reason: str) -> None:
    file = shop / name
    rows = file.read_text(encoding="utf-8").splitlines()
    again = line.replace("dev-9", "dev-8").replace('"x"', '"y"')
    file.write_text("\n".join([line, rows[0], again]), encoding="utf-8")
    problems = checked(shop)["problems"]
    assert [problem["line"] for problem in problems] == [1, 3]
    assert all(problem["reason"].startswith(reason) for problem in problems)


def test_what_is_missing_is_a_note_where_the_bot_can_do_without(shop: Path) -> None:
    for file in [*(shop / "cases").iterdir(), *(shop / "transcripts").iterdir()]:
        file.unlink()
    (shop / "transcripts" / "export.zip").write_bytes(b"PK")
    findings = checked(shop)
    assert findings["problems"] == []
    assert [Path(note["file"]).name for note in findings["notes"]] == [
        "dev.jsonl", "test.jsonl", "transcripts", "export.zip",
    ]  # fmt: skip


def test_a_folder_that_is_no_shop_is_said_so_in_words(tmp_path: Path) -> None:
    result = trilane("check", str(tmp_path))
    assert result.exit_code == 1
    assert "shop.toml: there is no such file; `trilane init`" in result.stdout
    assert "knowledge: there is no *.md article in it" in result.stdout
    assert result.stdout.splitlines()[-1].endswith("0 articles, 0 cases and 0 transcripts; 2 problems")


def test_a_prompt_that_says_what_the_shop_leaves_out_is_a_problem(shop: Path, tmp_path: Path) -> None:
    prompt = tmp_path / "prompted"
    prompt.mkdir()
    shipped = ROOT / "data" / "releases" / "prompted"
    text = (shipped / "prompt.toml").read_text(encoding="utf-8")
    text = text.replace("{{ shop.contacts.ways }}", "{{ shop.contacts.page }}")
    (prompt / "prompt.toml").write_text(text, encoding="utf-8")
    (prompt / "artefact.json").write_bytes((shipped / "artefact.json").read_bytes())
    environment = {"TRILANE_HOME": str(ROOT / "var"), "TRILANE_PROMPTED": str(prompt)}
    result = CliRunner().invoke(cli, ["check", str(shop)], env=environment)
    assert result.exit_code == 1
    assert "prompt.toml cannot be read: replies." in result.stdout
    assert "'shop.contacts.page' has no value in this shop" in result.stdout
