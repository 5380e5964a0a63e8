"""Tests of reading damaged and whole exports: one record at a time, and what is broken is named."""

import gzip
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from training.exports.conversation import Record
from training.exports.files import Export, ExportUnreadable, find_exports, opened
from training.exports.json_document import read_document
from training.exports.pieces import Broken, Piece
from training.exports.tables import read_table

ROWS = [
    {"id": number, "said": [{"text": f'row {number} "quoted" {{[', "tags": ["a", "é\n"]}]} for number in range(12)
]


def is_record(record: Record) -> bool:
    return "id" in record and "said" in record


def read(text: str) -> list[Piece | Broken]:
    return list(read_document(io.StringIO(text), is_record))


def ids(pieces: list[Piece | Broken]) -> list[Any]:
    return [piece.record.get("id") for piece in pieces if isinstance(piece, Piece)]


def pieces_of(path: Path) -> list[Piece | Broken]:
    with opened(path) as (_, exports):
        # One by one: an archive's member is open only until the next is asked for.
        return [piece for export in exports if isinstance(export, Export) for piece in export.pieces(is_record)]


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("chunk", [7, 1 << 18])
@pytest.mark.parametrize(
    "wrap",
    [lambda rows: rows, lambda rows: {"count": 12, "tickets": rows}, lambda rows: {"data": {"payload": rows}}],
)
def test_every_record_of_any_layout_is_read(wrap: Any, indent: int | None, chunk: int) -> None:
    text = json.dumps(wrap(ROWS), indent=indent)
    assert ids(list(read_document(io.StringIO(text), is_record, chunk=chunk, long=2000))) == list(range(12))


def test_a_record_says_the_line_on_which_it_begins() -> None:
    text = json.dumps({"tickets": ROWS[:2]}, indent=1)
    lines = [piece.line for piece in read(text)]
    assert [text.split("\n")[line - 1].strip() for line in lines] == ["{", "{"]


LAYOUTS = {
    "list": ROWS,
    "envelope": {"tickets": ROWS},
    "unknown envelope": {"meta": {"next": None}, "threads": ROWS, "users": [{"id": 1}]},
}


def damaged_document(layout: str, indent: int | None, place: int, mark: str) -> str:
    text = json.dumps(LAYOUTS[layout], indent=indent)
    place %= len(text)
    return text[:place] + mark + text[place + (mark == "") :]


@given(
    st.sampled_from(list(LAYOUTS)),
    st.sampled_from([None, 1]),
    st.integers(0, 3000),
    st.sampled_from(["", '"', "{", "}", "[", "]", "x", "\n", "\udcff"]),
    st.sampled_from([64, 1 << 18]),
    st.sampled_from([300, 1 << 23]),
)
@example("envelope", None, 58, "\n", 1 << 18, 1 << 23)
def test_one_damaged_character_costs_one_record_at_most(
    layout: str, indent: int | None, place: int, mark: str, chunk: int, long: int
) -> None:
    text = damaged_document(layout, indent, place, mark)
    pieces = list(read_document(io.StringIO(text), is_record, chunk=chunk, long=long))
    whole = [piece for piece in pieces if isinstance(piece, Piece) and piece.record in ROWS]
    assert len(whole) >= 11
    assert len(whole) == 12 or len(pieces) > len(whole), "something was lost in silence"
    # Of a damaged envelope its own parts may be counted too.
    assert len(pieces) <= 16


def test_a_record_longer_than_any_limit_is_read_and_one_that_swallowed_others_is_not() -> None:
    big = {"id": 99, "said": [{"text": "much " * 2000, "tags": [{"x": {"y": number}} for number in range(500)]}]}
    text = json.dumps([*ROWS[:2], big, *ROWS[2:]])
    pieces = list(read_document(io.StringIO(text), is_record, chunk=64, long=1000))
    assert ids(pieces) == [0, 1, 99, *range(2, 12)]
    cut = text.replace('much "', "much ", 1)
    pieces = list(read_document(io.StringIO(cut), is_record, chunk=64, long=1000))
    assert ids(pieces) == list(range(12)) and len(pieces) == 13


def test_a_damaged_conversation_does_not_come_back_as_its_messages() -> None:
    def of_chatwoot(record: Record) -> bool:
        return "messages" in record or "message_type" in record

    talks = [
        {"id": talk, "meta": {}, "messages": [{"id": n, "content": "x", "message_type": 0} for n in range(4)]}
        for talk in range(3)
    ]
    text = json.dumps(talks).replace('"content"', '"content', 1)
    pieces = list(read_document(io.StringIO(text), of_chatwoot))
    assert [isinstance(piece, Broken) for piece in pieces] == [True, False, False]
    assert ids(pieces) == [1, 2]


def test_objects_beside_records_are_rejected_rows_wherever_they_stand() -> None:
    text = json.dumps({"threads": [{"idd": 0, "said": []}, *ROWS[:2]], "users": [{"id": 4}]})
    pieces = read(text)
    assert [piece.record for piece in pieces if isinstance(piece, Piece)] == [{"idd": 0, "said": []}, *ROWS[:2]]


def test_entries_of_a_list_that_are_no_objects_count_one_each() -> None:
    text = json.dumps({"data": [ROWS[0], {"id": 3}, ROWS[1], None, 5, -1.5, True]})
    pieces = read(text)
    assert [piece.text for piece in pieces if isinstance(piece, Broken)] == ["null", "5", "-1.5", "true"]
    assert len(pieces) == 7


def test_a_lost_line_break_costs_no_record_and_an_envelope_may_have_a_record_a_line(tmp_path: Path) -> None:
    lines = [json.dumps(row) for row in ROWS]
    (tmp_path / "joined.jsonl").write_text("\n".join(lines).replace("\n", "", 1))
    (tmp_path / "envelope.json").write_text('{"tickets": [\n' + ",\n".join(lines) + "\n]}")
    assert ids(pieces_of(tmp_path / "joined.jsonl")) == list(range(12))
    assert ids(pieces_of(tmp_path / "envelope.json")) == list(range(12))


def test_a_file_that_was_cut_off_gives_what_is_whole_and_says_so() -> None:
    text = json.dumps(ROWS, indent=1)
    pieces = read(text[: len(text) // 2])
    assert 4 <= len(ids(pieces)) <= 6
    assert isinstance(pieces[-1], Broken) and "cut off" in pieces[-1].reason


def test_a_broken_line_is_rejected_and_the_rest_goes_on(tmp_path: Path) -> None:
    lines = [json.dumps(row).encode() for row in ROWS[:4]]
    lines[1] = lines[1][:-9]
    lines[2] = lines[2].replace(b"row", b"r\xffw")
    file = tmp_path / "export.jsonl"
    file.write_bytes(b"\n".join(lines))
    pieces = pieces_of(file)
    assert ids(pieces) == [0, 3]
    broken = [(piece.line, piece.reason) for piece in pieces if isinstance(piece, Broken)]
    assert broken[0][0] == 2 and "not valid JSON" in broken[0][1]
    assert broken[1] == (3, "it holds bytes that are not UTF-8")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-8"])
def test_byte_order_marks_are_understood(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "export.json"
    file.write_bytes(json.dumps(ROWS, ensure_ascii=False).encode(encoding))
    assert ids(pieces_of(file)) == list(range(12))


def test_archives_are_read_by_what_is_in_them(tmp_path: Path) -> None:
    text = json.dumps(ROWS).encode()
    (tmp_path / "a.data").write_bytes(gzip.compress(text))
    with zipfile.ZipFile(tmp_path / "b.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("folder/one.json", text)
        archive.writestr("two.json.gz", gzip.compress(text))
    assert [len(ids(pieces_of(file))) for file in find_exports([tmp_path])] == [12, 24]


def test_a_damaged_archive_gives_what_it_can_and_says_so(tmp_path: Path) -> None:
    file = tmp_path / "a.gz"
    packed = gzip.compress("\n".join(json.dumps({**row, "x": str(hash(str(row)))}) for row in ROWS * 99).encode())
    file.write_bytes(packed[: len(packed) // 2])
    pieces = pieces_of(file)
    assert isinstance(pieces[-1], Broken) and "damaged" in pieces[-1].reason


def test_a_file_that_is_neither_json_nor_a_table_is_named(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("Dear diary")
    with pytest.raises(ExportUnreadable, match=r"notes\.txt: it is neither JSON nor a table"):
        pieces_of(tmp_path / "notes.txt")


def test_a_table_loses_only_the_row_whose_quote_is_never_closed() -> None:
    text = 'a;B ;c\n1;"x\ny; ""q""";3\n2;5" long;4\n3;"lost;4\n4;k;l\n5;a\n6;"";\n'
    pieces = list(read_table(io.StringIO(text)))
    assert [piece.record for piece in pieces if isinstance(piece, Piece)] == [
        {"a": "1", "b": 'x\ny; "q"', "c": "3"},
        {"a": "2", "b": '5" long', "c": "4"},
        {"a": "4", "b": "k", "c": "l"},
        {"a": "5", "b": "a", "c": None},
        {"a": "6", "b": "", "c": ""},
    ]
    assert [(piece.line, piece.reason) for piece in pieces if isinstance(piece, Broken)] == [
        (5, "a quote is opened and never closed"),
    ]
