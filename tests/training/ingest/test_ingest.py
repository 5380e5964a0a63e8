"""Tests of `trilane-train ingest`, erase and show: what goes in, what comes out, and what stays out."""

import itertools
import json
import re
import shutil
import signal
import string
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bot.settings import Settings
from bot.store.sqlite.connection import connect
from training.cli import cli
from training.dataset.dataset import named_sources
from training.dataset.folder import open_dataset
from training.errors import DatasetInvalid

EXPORTS = Path(__file__).parents[1] / "exports" / "files"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


def rows(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def write(file: Path, dialogues: list[list[str]], **extra: Any) -> Path:
    """An OpenAI export of dialogues that begin with the customer."""
    lines = []
    for number, texts in enumerate(dialogues):
        said = [{"role": ("user", "assistant")[place % 2], "content": text} for place, text in enumerate(texts)]
        lines.append(json.dumps({"id": f"c{number}", "messages": said, **extra}))
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def dialogue(topic: str) -> list[str]:
    words = " ".join(topic + letter for letter in string.ascii_lowercase)
    return [f"Please tell me about {words}", f"Here is what I know of {words}"]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TRILANE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.mark.parametrize("export", sorted(EXPORTS.iterdir()), ids=lambda file: file.name)
def test_every_format_gives_dialogues_of_two_sides(export: Path, tmp_path: Path) -> None:
    result = run("ingest", export, "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    found = rows(tmp_path / "out/dialogues.jsonl")
    assert found
    for row in found:
        sides = [message["role"] == "user" for message in row["messages"]]
        assert all(before != after for before, after in itertools.pairwise(sides))
        text = " ".join(message["content"] for message in row["messages"])
        assert not re.search(r"<(?:p|br|div)\b|&nbsp;|@[a-z]+\.(?:com|org)", text)


def test_an_answer_of_weight_0_stays_in_its_row_as_context_and_alone_is_nothing_to_learn(tmp_path: Path) -> None:
    def said(*answers: tuple[str, int]) -> dict[str, Any]:
        messages: list[dict[str, Any]] = [{"role": "user", "content": "Can worn boots be returned to your shop?"}]
        for text, weight in answers:
            messages.append({"role": "assistant", "content": text, "weight": weight})
        return {"messages": messages}

    export = tmp_path / "export.jsonl"
    exported = [said(("Never ever.", 0), ("Within 60 days.", 1)), said(("Any gas will do.", 0))]
    export.write_text("".join(json.dumps(row) + "\n" for row in exported), encoding="utf-8")
    assert run("ingest", export, "--out", tmp_path / "out").exit_code == 0
    (row,) = rows(tmp_path / "out/dialogues.jsonl")
    assert [message.get("weight") for message in row["messages"]] == [None, 0, None]
    assert rows(tmp_path / "out/rejected.jsonl")[0]["reason"].startswith("nothing to learn")
    again = run("ingest", tmp_path / "out/dialogues.jsonl", "--out", tmp_path / "again")
    assert again.exit_code == 0, again.output
    assert rows(tmp_path / "again/dialogues.jsonl")[0]["messages"] == row["messages"]


def test_the_same_input_gives_the_same_bytes_and_nothing_is_lost(tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert run("ingest", EXPORTS, "--out", tmp_path / name).exit_code == 0
    for file in ("dialogues.jsonl", "rejected.jsonl", "manifest.json"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()
    manifest = open_dataset(tmp_path / "one")
    assert sum(source.records for source in manifest.sources) == manifest.dialogues + len(
        rows(tmp_path / "one/rejected.jsonl")
    )
    assert sum(manifest.rejected.values()) == len(rows(tmp_path / "one/rejected.jsonl"))


def test_what_is_rejected_is_named_with_file_line_reason_and_a_redacted_excerpt(tmp_path: Path) -> None:
    file = write(tmp_path / "chats.jsonl", [dialogue("tent"), ["my mail is ann@example.org, anyone there?"]])
    file.write_text(file.read_text() + '{"messages": [{"role": "user", "content": "call ann@example.org"\n')
    run("ingest", file, "--out", tmp_path / "out")
    rejected = rows(tmp_path / "out/rejected.jsonl")
    assert [(row["file"], row["line"]) for row in rejected] == [("chats.jsonl", 2), ("chats.jsonl", 3)]
    assert rejected[0]["reason"].startswith("one-sided") and rejected[1]["reason"].startswith("not valid JSON")
    assert all("[EMAIL_1]" in row["excerpt"] and "ann@" not in row["excerpt"] for row in rejected)


def test_duplicates_go_and_relatives_share_a_split(tmp_path: Path) -> None:
    alike = [[f"{text} order JT{number}234567" for text in dialogue("boot")] for number in range(3)]
    cousins = []
    topics = [one + two for one in "abcdef" for two in string.ascii_lowercase[:10]]
    for topic in topics:
        first, second = dialogue(f"t{topic}x")
        cousins += [[first, second], [first, second + " and some more words than the other one had at its end"]]
    file = write(tmp_path / "chats.jsonl", [*alike, alike[0], *cousins])
    run("ingest", file, "--out", tmp_path / "out")
    reasons = [row["reason"] for row in rows(tmp_path / "out/rejected.jsonl")]
    assert reasons.count("duplicate") == 1 and reasons.count("near-duplicate") >= 2
    splits: dict[str, set[str]] = {}
    for row in rows(tmp_path / "out/dialogues.jsonl"):
        (found,) = set(re.findall(r"t[a-j]{2}x|boot", row["messages"][0]["content"]))
        splits.setdefault(found, set()).add(row["split"])
    assert len(splits) == 61 and all(len(split) == 1 for split in splits.values())
    assert {"train", "dev", "test"} == set().union(*splits.values())


def test_an_unknown_file_is_refused_in_one_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    for name, text in (("poem.txt", "Roses are red"), ("other.json", '[{"some": "thing"}]')):
        (tmp_path / name).write_text(text)
        result = run("ingest", tmp_path / name, "--out", tmp_path / "out")
        assert result.exit_code == 2 and name in result.output
        assert "Traceback" not in result.output and not (tmp_path / "out").exists()
    assert "zendesk" in result.output and "intercom" in result.output
    assert "'word'" in run("ingest", EXPORTS, "--format", "word", "--out", tmp_path / "out").output


def test_a_folder_that_is_no_dataset_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    result = run("ingest", EXPORTS, "--out", tmp_path)
    assert result.exit_code == 2 and "something else is there" in result.output
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


# The ingest says so when it comes to its last file, and waits there until a signal has come.
HELD = """
import os, signal, sys
from training.cli import cli

last = ["last.jsonl"]

def hold(event, arguments):
    if event == "open" and last and str(arguments[0]).endswith(last[0]):
        last.clear()
        waiting, awake = os.pipe()
        os.set_blocking(awake, False)
        signal.set_wakeup_fd(awake)
        print("held", flush=True)
        os.read(waiting, 1)

# A shell that starts the tests in the background has had SIGINT ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.addaudithook(hold)
cli()
"""


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_interrupted_ingest_leaves_no_dataset(tmp_path: Path, sign: signal.Signals) -> None:
    first = write(tmp_path / "first.jsonl", [dialogue("tent")])
    last = write(tmp_path / "last.jsonl", [dialogue("boot")])
    out, work = tmp_path / "out", tmp_path / ".out.making"
    command = [sys.executable, "-c", HELD, "ingest", str(first), str(last), "--out", str(out)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    assert "held\n" in iter(process.stdout.readline, "")
    assert (work / "spool.jsonl").exists()
    process.send_signal(sign)
    output, _ = process.communicate()
    assert not out.exists(), output
    if sign != signal.SIGKILL:
        assert process.returncode == 130 and "nothing was written" in output
        assert not work.exists()
    assert run("ingest", first, "--out", out).exit_code == 0
    assert not work.exists()


def test_an_erased_person_stays_out_of_later_ingests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ann = write(tmp_path / "ann.jsonl", [dialogue("tent")], visitor="Ann@example.org")
    ben = write(tmp_path / "ben.jsonl", [dialogue("boot"), dialogue("rope")], visitor="ben")
    out = tmp_path / "out"
    assert run("ingest", ann, ben, "--out", out).exit_code == 0
    assert "ann@" not in (out / "dialogues.jsonl").read_text().casefold()
    result = run("erase", "--visitor", "ann@example.org", "--conversation", "c1", out)
    assert result.exit_code == 0 and "2 erased" in result.output
    assert open_dataset(out).dialogues == 1
    for later, home in ((out, "another"), (tmp_path / "elsewhere", "home")):
        # The mark lies in the dataset as well as in HOME.
        monkeypatch.setenv("TRILANE_HOME", str(tmp_path / home))
        assert run("ingest", ann, ben, "--out", later).exit_code == 0
        (left,) = rows(later / "dialogues.jsonl")
        assert "boot" in left["messages"][0]["content"]
        assert open_dataset(later).rejected == {"erased on request": 2}


def test_a_person_is_erased_by_the_e_mail_that_a_help_desk_keeps(tmp_path: Path) -> None:
    ticket = {
        "id": 7,
        "requester_id": 55,
        "requester": {"id": 55, "name": "Ann", "email": "Ann@example.org"},
        "via": {"channel": "chat"},
        "comments": [
            {"author_id": 55, "body": "Is my tent repaired by now?", "public": True},
            {"author_id": 1, "body": "It is, and on its way back.", "public": True},
        ],
    }
    for name, row in (
        ("a", ticket),
        ("b", ticket | {"id": 8, "requester": {"id": 56, "email": "bo@example.org"}}),
    ):
        (tmp_path / f"{name}.json").write_text(json.dumps(row).replace("tent", "boot" if name == "b" else "tent"))
    out = tmp_path / "out"
    assert run("ingest", tmp_path / "a.json", "--out", out).exit_code == 0
    assert "1 erased" in run("erase", "--visitor", "ann@example.org", out).output
    nobody = run("erase", "--visitor", "zendesk:99", out)
    assert nobody.exit_code == 1
    assert "no dialogue is theirs" in nobody.output and "Nobody was found" in nobody.output
    assert "`trilane erase --visitor zendesk:99`" in nobody.output
    assert run("erase", "--visitor", "", out).exit_code == 2
    assert run("ingest", tmp_path / "a.json", tmp_path / "b.json", "--out", out).exit_code == 0
    assert [row["id"] for row in rows(out / "dialogues.jsonl")] == ["zendesk:8"]


def test_languages_are_tagged_names_can_stay_and_so_do_the_shops_own_addresses(tmp_path: Path) -> None:
    german = [
        "Guten Tag, ich heiße Ana Ruiz, wo bleibt mein Paket denn so lange?",
        "Schreiben Sie an hilfe@laden.example.",
    ]
    file = write(
        tmp_path / "chats.jsonl", [german, ["Hello, where is my parcel, please? ana@example.org", "On its way."]]
    )
    (tmp_path / "help").mkdir()
    (tmp_path / "help/contact.md").write_text("---\ntitle: Kontakt\n---\n\nhilfe@laden.example\n")
    options = ("--keep-names", "--knowledge", tmp_path / "help")
    assert run("ingest", file, "--out", tmp_path / "out", *options).exit_code == 0
    first, second = rows(tmp_path / "out/dialogues.jsonl")
    assert (first["language"], second["language"]) == ("de", "en")
    assert "Ana Ruiz" in first["messages"][0]["content"]
    assert "hilfe@laden.example" in first["messages"][1]["content"]
    assert second["messages"][0]["content"].endswith("[EMAIL_1]")


def test_names_in_the_fields_of_an_export_are_not_left_in_its_texts(tmp_path: Path) -> None:
    said = [
        {"role": "user", "content": "a\u200bnn@example.org asks again", "author": "Ann Brown"},
        {"role": "agent", "content": "that was Keiko, who is away", "author": "admin"},
    ]
    row = {
        "messages": said,
        "intent": "call +44 20 7946 0958",
        "agent": {"name": "Keiko Tanabe", "email": "k@x.example"},
    }
    (tmp_path / "chats.jsonl").write_text(json.dumps(row))
    assert run("ingest", tmp_path / "chats.jsonl", "--out", tmp_path / "out").exit_code == 0
    (kept,) = rows(tmp_path / "out/dialogues.jsonl")
    assert "intent" not in kept
    assert kept["messages"] == [
        {"role": "user", "content": "[EMAIL_1] asks again"},
        {"role": "agent", "content": "that was [NAME_1], who is away", "author": "admin"},
    ]


def test_only_the_train_split_of_a_dataset_is_learnt_from(tmp_path: Path) -> None:
    topics = [one + two for one in "abcdef" for two in string.ascii_lowercase[:10]]
    out = tmp_path / "out"
    run("ingest", write(tmp_path / "chats.jsonl", [dialogue(f"t{topic}x") for topic in topics]), "--out", out)
    (found,) = named_sources([out])
    train, dev = (
        {row["id"] for row in rows(out / "dialogues.jsonl") if row["split"] == split} for split in ("train", "dev")
    )
    assert {one.id for one in found.dialogues} == train and 30 < len(train) < 60
    assert {one.id for one in found.dev} == dev and dev
    (out / "dialogues.jsonl").write_text("")
    with pytest.raises(DatasetInvalid, match="was changed"):
        named_sources([out])


def test_half_an_emoji_costs_nothing(tmp_path: Path) -> None:
    said = (
        '{"role": "user", "content": "my tent \\ud83d is torn"}, {"role": "assistant", "content": "we repair it"}'
    )
    (tmp_path / "chats.jsonl").write_text(f'{{"messages": [{said}]}}\n')
    assert run("ingest", tmp_path / "chats.jsonl", "--out", tmp_path / "out").exit_code == 0
    assert "my tent \ufffd is torn" in (tmp_path / "out/dialogues.jsonl").read_text()


def test_trilanes_own_database_gives_what_was_rated_helpful_or_said_by_a_person(tmp_path: Path) -> None:
    file = tmp_path / "trilane.db"
    db = connect(file)
    db.table("visitors").insert({"id": "v", "created_at": "2026-01-01"})
    for name, rating in (("good", "up"), ("bad", "down"), ("plain", None)):
        row = {"id": name, "visitor_id": "v", "backend_choice": "auto", "last_seq": 0, "created_at": "2026-01-01"}
        db.table("conversations").insert(row)
        for place, (role, text) in enumerate(
            (
                ("user", f"How about {name} tents?"),
                ("assistant", "They are waterproof."),
                ("user", "Thanks then"),
            )
        ):
            turn = {"id": f"{name}{place}", "conversation_id": name, "position": place, "role": role, "text": text}
            db.table("turns").insert(turn | {"created_at": f"2026-01-01T00:00:0{place}Z"})
        if rating:
            vote = {"turn_id": f"{name}1", "rating": rating, "reasons": "[]", "comment": "", "backend": "prompted"}
            db.table("feedback").insert(vote | {"artefact_sha256": "0", "created_at": "x", "updated_at": "x"})
    db.conn.commit()
    db.conn.close()
    assert run("ingest", file, "--out", tmp_path / "out").exit_code == 0
    (kept,) = rows(tmp_path / "out/dialogues.jsonl")
    assert kept["id"] == "trilane:good"
    said = [message["content"] for message in kept["messages"]]
    assert said == ["How about good tents?", "They are waterproof.", "Thanks then"]
    assert sorted(row["reason"].partition(":")[0] for row in rows(tmp_path / "out/rejected.jsonl")) == [
        "nothing to learn",
        "one-sided",
    ]


def test_show_prints_counts_lengths_languages_and_dialogues(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shop_settings: Settings
) -> None:
    monkeypatch.setenv("TRILANE_HOME", str(shop_settings.home))
    run("ingest", EXPORTS, "--out", tmp_path / "out")
    result = run("show", tmp_path / "out", "--seed", 1)
    assert result.exit_code == 0, result.output
    for heading in ("dialogues", "Length in tokens", "Intents", "Languages", "user: "):
        assert heading in result.output
    shutil.copy(EXPORTS / "openai.jsonl", tmp_path / "out/dialogues.jsonl")
    assert "was changed" in run("show", tmp_path / "out").output


def test_a_limit_stops_the_reading(tmp_path: Path) -> None:
    file = write(tmp_path / "chats.jsonl", [dialogue(f"t{letter}x") for letter in "abcdefghi"])
    run("ingest", file, "--out", tmp_path / "out", "--limit", 4)
    assert len(rows(tmp_path / "out/dialogues.jsonl")) == 4
