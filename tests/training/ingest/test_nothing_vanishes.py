"""Every record is kept or rejected with its reason, whatever is done to a file; what belongs together stays so."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.training.ingest.test_ingest import EXPORTS, dialogue, rows, write
from training.cli import cli
from training.dataset.folder import SourceFacts, open_dataset
from training.exports.formats import formats_named
from training.ingest.reading import Found, Rejection, read_file


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRILANE_HOME", str(tmp_path / "home"))


def outcome(file: Path) -> list[Found | Rejection]:
    return list(read_file(file, formats_named("auto"), lambda _: None, named=False))


FIXTURES = sorted(EXPORTS.iterdir())
# The formats whose records are single messages: of a damaged one the conversation lacks a message.
IN_MESSAGES = {"chatwoot-webhooks.jsonl", "csv.csv", "zendesk-audits.json"}


def damage(data: bytes, kind: str, place: int) -> bytes:
    """One thing lost, put in or turned over; `place` is somewhere in it."""
    place %= len(data)
    marks = {"brace lost": (b"{", b"}"), "quote lost": (b'"',), "bracket lost": (b"[", b"]")}
    if kind == "cut":
        return data[:place]
    if kind == "line break put in":
        return data[:place] + b"\n" + data[place:]
    if kind == "byte flipped":
        return data[:place] + bytes([data[place] ^ 0x80]) + data[place + 1 :]
    found = min((at for mark in marks[kind] if (at := data.find(mark, place)) >= 0), default=place)
    return data[:found] + data[found + 1 :]


KINDS = ("cut", "byte flipped", "brace lost", "bracket lost", "line break put in", "quote lost")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(FIXTURES), st.sampled_from(KINDS), st.integers(0, 10_000))
@example(FIXTURES[0], "line break put in", 58)
@example(EXPORTS / "intercom.json", "brace lost", 335)
@example(EXPORTS / "intercom.json", "byte flipped", 5362)
def test_damage_costs_one_record_at_most_and_never_in_silence(
    tmp_path: Path, fixture: Path, kind: str, place: int
) -> None:
    whole = outcome(fixture)
    file = tmp_path / fixture.name
    file.write_bytes(damage(fixture.read_bytes(), kind, place))
    after = outcome(file)
    kept = [one.conversation for one in after if isinstance(one, Found)]
    same = [one for one in whole if isinstance(one, Found) and one.conversation in kept]
    if kind == "cut" or fixture.name in IN_MESSAGES or fixture.name.endswith(".csv"):
        # What follows a cut is not there to be counted; a table's header is every row's.
        return
    assert len(same) >= len(whole) - 1
    assert len(after) >= len(whole) or same == whole


def test_a_source_whose_records_do_not_add_up_is_an_error() -> None:
    facts: dict[str, Any] = {"name": "x", "bytes": 1, "sha256": "", "formats": {}, "records": 3, "dialogues": 1}
    assert SourceFacts(**facts, rejected=2).rejected == 2
    with pytest.raises(ValueError, match="1 dialogues and 1 rejected are not 3 records"):
        SourceFacts(**facts, rejected=1)


@pytest.mark.parametrize("kind", KINDS)
def test_the_counts_of_each_source_add_up_whatever_is_in_it(kind: str, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for fixture in FIXTURES:
        (tmp_path / "in" / fixture.name).write_bytes(damage(fixture.read_bytes(), kind, 200))
    assert run("ingest", tmp_path / "in", "--out", tmp_path / "out").exit_code == 0
    manifest = open_dataset(tmp_path / "out")
    assert len(manifest.sources) == len(FIXTURES)
    assert all(source.records == source.dialogues + (source.rejected or 0) for source in manifest.sources)
    assert sum(source.rejected or 0 for source in manifest.sources) == len(rows(tmp_path / "out/rejected.jsonl"))
    assert sum(source.dialogues for source in manifest.sources) == manifest.dialogues


def ticket(number: int, *said: tuple[int, str], **extra: Any) -> dict[str, Any]:
    comments = [{"author_id": who, "body": text, "public": True} for who, text in said]
    return {
        "id": number,
        "requester_id": 51,
        "assignee_id": 7,
        "via": {"channel": "web"},
        "comments": comments,
    } | extra


FIRST = [
    (51, "Is my tent repaired by now, or does it take longer?"),
    (7, "I ask the workshop and write to you."),
]
LATER = [(51, "Any news? I leave on the ninth."), (7, "Yes, it is ready at the counter.")]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_one_ticket_exported_twice_the_longer_counts_once(order: tuple[int, int], tmp_path: Path) -> None:
    exports = [ticket(3, *FIRST), ticket(3, *FIRST, *LATER)]
    for name, place in zip("ab", order, strict=True):
        (tmp_path / f"{name}.json").write_text(json.dumps(exports[place]))
    assert run("ingest", tmp_path / "a.json", tmp_path / "b.json", "--out", tmp_path / "out").exit_code == 0
    (kept,) = rows(tmp_path / "out/dialogues.jsonl")
    assert len(kept["messages"]) == 4
    (rejected,) = rows(tmp_path / "out/rejected.jsonl")
    assert rejected["reason"].startswith("repeated") and rejected["of"] == kept["id"]


def test_conversations_of_one_id_from_two_files_stay_two(tmp_path: Path) -> None:
    for name in ("tent", "boot"):
        asked, answered = dialogue(name)
        text = f"chat,role,text\n1,customer,{asked}\n1,agent,{answered}\n"
        (tmp_path / f"{name}.csv").write_text(text)
    assert run("ingest", tmp_path / "tent.csv", tmp_path / "boot.csv", "--out", tmp_path / "out").exit_code == 0
    kept = rows(tmp_path / "out/dialogues.jsonl")
    assert [row["id"] for row in kept] == ["csv:1", "csv:1#2"]
    assert [len(row["messages"]) for row in kept] == [2, 2]


@pytest.mark.parametrize("own", ["4155550132", "2024-03-01", "10.0.0.1", "007", "1e5", "555-0132-77"])
def test_an_id_that_looks_like_something_else_stays_an_id(own: str, tmp_path: Path) -> None:
    file = tmp_path / "chats.jsonl"
    write(file, [dialogue("tent")])
    file.write_text(file.read_text().replace('"c0"', json.dumps(own)))
    assert run("ingest", file, "--out", tmp_path / "out").exit_code == 0
    assert rows(tmp_path / "out/dialogues.jsonl")[0]["id"] == f"openai:{own}"


def test_an_id_that_is_an_address_is_one_conversation_and_can_be_erased(tmp_path: Path) -> None:
    file = tmp_path / "chats.jsonl"
    write(file, [dialogue("tent"), dialogue("boot")])
    file.write_text(file.read_text().replace('"c0"', '"jo@x.example"').replace('"c1"', '"jo@x.example"'))
    out = tmp_path / "out"
    assert run("ingest", file, "--out", out).exit_code == 0
    first, second = (row["id"] for row in rows(out / "dialogues.jsonl"))
    assert "@" not in first and second == f"{first}#2"
    run("erase", "--conversation", "jo@x.example", out)
    assert "erased on request" in run("ingest", file, "--out", out).output


def test_all_conversations_of_a_customer_are_in_one_split(tmp_path: Path) -> None:
    topics = [one + two for one in "abcdef" for two in "abcdefghij"]
    file = tmp_path / "chats.jsonl"
    lines = []
    for place, topic in enumerate(topics):
        asked, answered = dialogue(f"t{topic}x")
        said = [{"role": "user", "content": asked}, {"role": "assistant", "content": answered}]
        lines.append(json.dumps({"id": f"c{place}", "visitor": f"v{place % 20}", "messages": said}))
    file.write_text("\n".join(lines))
    assert run("ingest", file, "--out", tmp_path / "out").exit_code == 0
    splits: dict[str, set[str]] = {}
    for row in rows(tmp_path / "out/dialogues.jsonl"):
        splits.setdefault(row["visitors"][0], set()).add(row["split"])
    assert len(splits) == 20 and all(len(split) == 1 for split in splits.values())
    assert len(set().union(*splits.values())) > 1


def test_the_summary_says_how_roles_were_guessed_and_shows_two_dialogues(tmp_path: Path) -> None:
    lines = []
    for number, topic in enumerate(("tent", "boot", "rope")):
        asked, answered = dialogue(topic)
        lines.append(json.dumps(ticket(number, (51, asked), (7, answered), assignee_id=None)))
    (tmp_path / "tickets.jsonl").write_text("\n".join(lines))
    result = run("ingest", tmp_path / "tickets.jsonl", "--out", tmp_path / "out")
    assert "Guessed in 3 conversations: zendesk: who alone answers" in result.output
    assert result.output.count("user: Please tell me") == 2
    run("erase", "--conversation", "0", tmp_path / "out")
    (guess,) = open_dataset(tmp_path / "out").guesses
    assert guess.examples == ["zendesk:1"]


def test_a_broken_archive_costs_itself_and_not_its_folder(tmp_path: Path) -> None:
    (tmp_path / "exports").mkdir()
    asked, answered = dialogue("tent")
    (tmp_path / "exports/a.csv").write_text(f"chat,role,text\n1,customer,{asked}\n1,agent,{answered}\n")
    (tmp_path / "exports/broken.zip").write_bytes(b"PK\x03\x04 and then nothing of an archive")
    assert run("ingest", tmp_path / "exports", "--out", tmp_path / "out").exit_code == 0
    assert len(rows(tmp_path / "out/dialogues.jsonl")) == 1
    (rejected,) = rows(tmp_path / "out/rejected.jsonl")
    assert (rejected["file"], rejected["line"]) == ("broken.zip", 0)
    assert "the archive is damaged" in rejected["reason"]
    named = run("ingest", tmp_path / "exports/broken.zip", "--out", tmp_path / "other")
    assert named.exit_code == 2 and "the archive is damaged" in named.output
