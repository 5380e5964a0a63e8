"""Tables of anybody's: who spoke, when, and for whom."""

import json
from pathlib import Path
from typing import Any

import pytest

from training.exports.conversation import ExportedConversation, Unreadable
from training.exports.formats import formats_named
from training.exports.formats.dates import times_of
from training.exports.formats.plain_csv import PlainCSV
from training.ingest.reading import Found, Rejection, read_file


def read(tmp_path: Path, text: str, suffix: str = ".csv") -> list[ExportedConversation]:
    found = outcome(tmp_path, text, suffix)
    assert not [one for one in found if isinstance(one, Rejection)]
    return [one.conversation for one in found if isinstance(one, Found)]


def outcome(tmp_path: Path, text: str, suffix: str = ".csv") -> list[Found | Rejection]:
    file = tmp_path / f"export{suffix}"
    file.write_text(text, encoding="utf-8")
    return list(read_file(file, formats_named("auto"), lambda _: None, named=False))


def said(conversation: ExportedConversation) -> list[tuple[str, str]]:
    return [(message.left_out or message.role, message.text) for message in conversation.messages]


ASKED = [("user", "Is it open?"), ("agent", "Until six.")]


@pytest.mark.parametrize(
    "text",
    [
        "conversation_id,author,author_role,text\n1,Jo Doe,customer,Is it open?\n1,Pia,agent,Until six.\n",
        "Session;User type;Message\n1;Customer;Is it open?\n1;Agent;Until six.\n",
        "ticketId,sender,senderRole,body\n1,u-1,customer,Is it open?\n1,a-2,agent,Until six.\n",
        "ticket_id,from,direction,body\n1,jo@x.example,inbound,Is it open?\n1,b@x.example,outbound,Until six.\n",
        "sep=;\nconversation_id;role;text\n1;customer;Is it open?\n1;agent;Until six.\n",
        "Export, March\n\nconversation_id,role,text\n1,customer,Is it open?\n1,agent,Until six.\n",
        "conversation_id,role,text,rating\n1,customer,Is it open?\n1,agent,Until six.\n",
        "conversation_id,role,text,\n1,customer,Is it open?,\n1,agent,Until six.,\n",
        "chat,role,text,date,time\n1,agent,Until six.,2024-03-02,00:05\n1,customer,Is it open?,2024-03-01,23:59\n",
        "chat,role,text,date\n1,agent,Until six.,01.03.2024 10:05\n1,customer,Is it open?,01.03.2024 09:59\n",
        "chat,role,text,time\n1,agent,Until six.,3/1/2024 1:05 PM\n1,customer,Is it open?,3/1/2024 11:59 AM\n",
    ],
)
def test_columns_titles_hints_and_dates_of_many_kinds(text: str, tmp_path: Path) -> None:
    (found,) = read(tmp_path, text)
    assert said(found) == ASKED


def test_bots_under_any_name_are_left_out(tmp_path: Path) -> None:
    rows = "".join(
        f"1,{who},I am a robot.\n" for who in ("Bot", "AI", "Answer Bot", "Virtual Agent", "auto-reply")
    )
    (found,) = read(tmp_path, f"chat,role,text\n1,customer,Is it open?\n{rows}1,agent,Until six.\n")
    assert [one for one in said(found) if one[0] != "bot answer"] == ASKED and len(found.messages) == 7


def test_markup_in_cells_is_markup(tmp_path: Path) -> None:
    (found,) = read(tmp_path, "chat,role,text\n1,customer,<p>Is it open?</p>\n1,agent,write to <pia@x.example>\n")
    assert [message.markup for message in found.messages] == ["html", "plain"]


def test_a_cell_of_any_length_is_read(tmp_path: Path) -> None:
    long, lines = "gps lost; " * 20_000, "line of a log\n" * 5_000
    (found,) = read(tmp_path, f'chat,role,text\n1,customer,{long}\n1,customer,"{lines}"\n1,agent,Thank you.\n')
    assert [len(message.text) for message in found.messages] == [len(long), len(lines), 10]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"role": "supervisor"}, "role: 'supervisor' is not a role"),
        ({"role": "agent", "direction": "inbound"}, "role 'agent' and direction 'inbound' do not agree"),
        ({"role": "agent", "visibility": "tier-2"}, "visibility: 'tier-2' does not say"),
        ({"role": " "}, "role: it is empty"),
    ],
)
def test_a_row_that_is_not_understood_ends_what_is_learnt(row: dict[str, Any], reason: str) -> None:
    asked, answered = ({"chat": "1", "role": role, "text": text} for role, text in ASKED)
    doubtful = {"chat": "1", "text": "He lies a lot."} | row
    late = answered | {"text": "As I said."}
    found = PlainCSV().read({"rows": [asked, answered, doubtful, late]})
    assert said(found) == [*ASKED, ("not understood", ""), ("not understood", "")]
    with pytest.raises(Unreadable, match=reason):
        PlainCSV().read({"rows": [asked, doubtful, answered]})


def test_a_row_too_short_for_its_mark_is_not_learnt(tmp_path: Path) -> None:
    text = "chat,role,text,internal\n1,customer,Is it open?,false\n1,agent,He lies a lot.\n"
    (found,) = outcome(tmp_path, text)
    assert isinstance(found, Rejection) and found.reason.startswith("internal: None does not say")


def test_days_and_months_are_told_apart_by_the_whole_conversation() -> None:
    assert times_of(["3/4/2024 10:00", "25/3/2024 10:00"])[0] == "2024-04-03T10:00:00+00:00"
    assert times_of(["3/4/2024 10:00", "3/25/2024 10:00"])[0] == "2024-03-04T10:00:00+00:00"
    assert times_of(["3/4/2024 12:30 AM"]) == ["2024-03-04T00:30:00+00:00"]
    assert times_of(["1/2/2024 10:00", "2/1/2024 09:00"]) == [None, None]
    assert times_of(["31.02.2024", "2024-03-01T08:00:00Z"]) == [None, "2024-03-01T08:00:00+00:00"]


def test_a_note_in_a_chat_row_is_left_out(tmp_path: Path) -> None:
    row = {"messages": [{"role": "user", "content": "Is it open?"}, {"role": "agent", "content": "Until six."}]}
    for name, value in (("private", True), ("isInternal", "yes"), ("visibility", "agents"), ("kind", "note")):
        noted = {
            "messages": [
                row["messages"][0],
                {"role": "agent", "content": "He lies.", name: value},
                row["messages"][1],
            ]
        }
        (found,) = read(tmp_path, json.dumps(noted) + "\n", ".jsonl")
        assert said(found) == [ASKED[0], ("private note", "He lies."), ASKED[1]]
