"""Each export in exports/ is invented, and goes the way that a customer's goes: opened, matched, read."""

import copy
import functools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answer import FinishReason, Source
from bot.errors import StoreUnusable
from bot.store.sqlite.store import SqliteStore
from bot.store.values import NewRun, Outcome
from training.exports.conversation import ExportedConversation, ExportedMessage, Format, Record, Unreadable
from training.exports.files import Export, find_exports, opened
from training.exports.formats import FORMATS, UnknownFormat, formats_named, titles
from training.exports.formats.trilane import read_database
from training.exports.pieces import Piece

EXPORTS = find_exports([Path(__file__).parent / "files"])
FORMAT_OF = {
    "abcd.json": "ABCD",
    "bitext-qa.jsonl": "Bitext",
    "bitext.csv": "Bitext",
    "chatwoot-webhooks.jsonl": "ChatwootMessages",
    "chatwoot.json": "ChatwootConversations",
    "csv.csv": "PlainCSV",
    "freshdesk.json": "Freshdesk",
    "intercom.json": "Intercom",
    "openai.jsonl": "OpenAI",
    "sharegpt.json": "ShareGPT",
    "star.json": "STAR",
    "trl.jsonl": "TRL",
    "zendesk-audits.json": "ZendeskAudits",
    "zendesk-chat.json": "ZendeskChat",
    "zendesk.json": "ZendeskTickets",
}
# A message is its role, or why it is left out, and its text.
SAID: dict[str, list[list[tuple[str, str]]]] = {
    "openai.jsonl": [
        [
            ("system", "You help customers of Larkspur Outdoors."),
            ("user", "A pole of my Alder 2 snapped."),
            ("event", ""),
            ("event", ""),
            ("assistant", "We have spare poles\nat 14 dollars each."),
            ("user", "Great"),
            ("user", "and can you send two?"),
            ("assistant", "Yes, two are fine."),
            ("agent", "I packed them myself."),
        ],
        [
            ("user", "Do you sell gas canisters?"),
            ("assistant", "In the shops only, never by post."),
        ],
    ],
    "sharegpt.json": [
        [
            ("system", "You help customers of an outdoor shop."),
            ("user", "How do I wash a down jacket?"),
            ("assistant", "At 30 degrees, with down soap and two clean tennis balls."),
            ("user", "Tumble dry?"),
            ("event", ""),
            ("event", ""),
            ("assistant", "Yes, on low heat until no lumps are left."),
        ],
        [
            ("user", "Is the Fen boot waterproof?"),
            ("event", ""),
            ("assistant", "The Fen Mid is, the Fen Low is not."),
        ],
    ],
    "trl.jsonl": [
        [("user", "Can I fly with my stove?"), ("assistant", "Only when it is clean and without fuel.")],
        [
            ("system", "Be brief."),
            ("user", "Which pad for winter?"),
            ("assistant", "One with an R-value above 5."),
        ],
        [("user", "Do you rent skis?"), ("assistant", "Yes, from December to March.")],
        [
            ("user", "My zip is stuck."),
            ("assistant", "Which jacket is it?"),
            ("user", "The Moss."),
            ("assistant", "Rub a candle along the zip."),
        ],
        [("user", "Are poles sold in pairs?"), ("assistant", "Yes, always.")],
        [("user", "Is the rope dry treated?"), ("assistant", "The Heron is.")],
    ],
    "zendesk.json": [
        [
            ("user", "My boots leak after two walks.\n\n\nBest,\nNora"),
            ("bot answer", "We have got your message."),
            ("private note", "Third leak of this batch."),
            ("agent", "<p>Please send us a <b>photo</b> of the seam.</p>"),
            ("agent", "The order number would help too."),
        ],
        [
            ("user", "hi, where is my parcel"),
            ("bot answer", "These articles may help."),
            ("agent", "It left us on Friday."),
            ("event", ""),
        ],
        [("agent", "Do you sell gift cards?")],
    ],
    "zendesk-audits.json": [
        [
            ("user", "Which pack does the rain cover fit?"),
            ("agent", "It fits a 60 litre pack."),
            ("private note", "Asked twice this week."),
        ],
        [("user", "Can I swap my sleeping bag?")],
    ],
    "zendesk-chat.json": [
        [
            ("event", ""),
            ("bot answer", "Can we help?"),
            ("user", "do you have crampons"),
            ("user", "for size 48"),
            ("agent", "Yes, the Rime goes up to 49."),
            ("event", ""),
        ],
        [("user", "Is the climbing wall open?"), ("agent", "Until eight tonight.")],
        [("user", "Please call me about the kayak.")],
    ],
    "intercom.json": [
        [
            ("user", "<p>Can I return a <i>used</i> headlamp?</p>"),
            ("bot answer", "<p>Returns are open for 60 days.</p>"),
            ("event", ""),
            ("private note", "<p>Be generous here.</p>"),
            ("agent", "<p>Yes, if it still works.</p>"),
            ("user", "<p>Lovely.</p>"),
            ("event", ""),
        ],
        [("user", "Which tent for four?"), ("agent", "<p>The Alder 4.</p>")],
    ],
    "freshdesk.json": [
        [
            ("user", "The kettle lid does not close."),
            ("private note", "Known fault."),
            ("agent", "<div>Which <b>size</b> is it?</div>"),
            ("user", "The small one, in green."),
            ("bot answer", "We received your reply."),
            ("event", "Extremely happy"),
        ],
        [("user", "hi, any snowshoes left?"), ("agent", "Twelve pairs.")],
        [("user", "May dogs come in?"), ("agent", "Of course.")],
    ],
    "chatwoot.json": [
        [
            ("user", "Is the workshop open on Sunday?"),
            ("bot answer", "I can help with that!"),
            ("event", ""),
            ("private note", "He asked last week as well."),
            ("agent", "Sundays from ten to two."),
        ],
        [("user", "<p>The pump is broken.</p>"), ("agent", "A new one is on its way.")],
    ],
    "chatwoot-webhooks.jsonl": [
        [("user", "can i book a bike fitting"), ("agent", "On Tuesday at nine?")],
        [("user", "hello?"), ("agent", "Good morning!")],
    ],
    "bitext.csv": [
        [
            ("user", "where is order {{Order Number}}, please?"),
            ("assistant", "It is on its way, and arrives by {{Delivery Date}}."),
        ],
        [("user", "want my money back")],
    ],
    "bitext-qa.jsonl": [[("user", "can i pay by invoice"), ("assistant", "Yes, as a club or a school.")]],
    "abcd.json": [
        [
            ("agent", "Hello!"),
            ("agent", "What can I do for you?"),
            ("user", "This rucksack is the wrong blue."),
            ("event", ""),
            ("agent", "I will send you a label."),
        ],
        [("user", "Do you price match?"), ("agent", "Within 14 days, yes.")],
    ],
    "star.json": [
        [
            ("event", ""),
            ("user", "I would like to learn knots."),
            ("event", ""),
            ("event", ""),
            ("assistant", "There is a course on Friday."),
            ("assistant", "Shall I book it?"),
            ("event", ""),
        ]
    ],
    "csv.csv": [
        [
            ("user", "Is the lake route open?"),
            ("bot answer", "Thanks for asking!"),
            ("agent", "It opens in May."),
        ],
        [("user", "Hello;\ntwo lines"), ("user", "anyone?"), ("assistant", "We are here.")],
    ],
}
IDS: dict[str, list[tuple[str, str | None, str | None]]] = {
    "openai.jsonl": [("row-1", "v-7", "tent_repair"), ("2", None, None)],
    "sharegpt.json": [("sg-1", None, None), ("", None, None)],
    "zendesk.json": [("501", "9001", None), ("502", "9002", None), ("503", "9003", None)],
    "zendesk-audits.json": [("61", "9010", None), ("62", "9011", None)],
    "zendesk-chat.json": [
        ("2501.c1", "vis-1", None),
        ("2501.c2", "jo@example.com", None),
        ("2501.c3", "vis-3", None),
    ],
    "intercom.json": [("801", "con-1", None), ("802", "u2", None)],
    "freshdesk.json": [("31", "700", None), ("32", "701", None), ("33", "702", None)],
    "chatwoot.json": [("11", "14", None), ("12", "15", None)],
    "chatwoot-webhooks.jsonl": [("9", "30", None), ("10", "31", None)],
    "bitext.csv": [("", None, "track_order"), ("", None, "get_refund")],
    "bitext-qa.jsonl": [("77", None, "payment_methods")],
    "abcd.json": [("4001", None, "return_color"), ("4002", None, None)],
    "star.json": [("90", None, "book_course")],
    "csv.csv": [("A1", "c-5", "routes"), ("B2", "c-6", None)],
}


def first_match(record: Record) -> Format | None:
    return next((one for one in FORMATS if one.matches(record)), None)


def records_of(name: str) -> Iterator[Record]:
    path = next(path for path in EXPORTS if path.name == name)
    with opened(path) as (_, exports):
        for export in exports:
            assert isinstance(export, Export)
            for piece in export.pieces(lambda record: first_match(record) is not None):
                assert isinstance(piece, Piece)
                yield piece.record


def read_export(name: str) -> list[ExportedConversation]:
    read: list[ExportedConversation] = []
    rows: dict[str, list[Record]] = {}
    for record in records_of(name):
        reader = first_match(record)
        assert reader is not None
        if hasattr(reader, "conversation_of"):
            rows.setdefault(reader.conversation_of(record), []).append(record)
        else:
            read.append(reader.read(record))
    # A file's messages are all of one format.
    return read + [reader.read({"rows": group}) for group in rows.values() if (reader := first_match(group[0]))]


def said(conversation: ExportedConversation) -> list[tuple[str, str]]:
    return [(message.left_out or message.role, message.text) for message in conversation.messages]


def message(name: str, conversation: int, place: int) -> ExportedMessage:
    return read_export(name)[conversation].messages[place]


def reader_of(kind: str) -> Format:
    return next(one for one in FORMATS if type(one).__name__ == kind)


def test_every_export_is_known_and_every_format_has_one() -> None:
    assert {path.name for path in EXPORTS} == set(FORMAT_OF) == set(SAID)
    assert set(FORMAT_OF.values()) == {type(one).__name__ for one in FORMATS}


@pytest.mark.parametrize("name", FORMAT_OF)
def test_the_right_format_matches_and_no_other(name: str) -> None:
    for record in records_of(name):
        matching = [type(one).__name__ for one in FORMATS if one.matches(record)]
        # A Chatwoot message that names its conversation and sender is a row of a table as well, and stands first.
        also = ["PlainCSV"] if name == "chatwoot-webhooks.jsonl" and "sender_type" in record else []
        assert matching == [FORMAT_OF[name], *also]


@pytest.mark.parametrize("name", SAID)
def test_who_said_what_and_what_is_left_out(name: str) -> None:
    assert [said(conversation) for conversation in read_export(name)] == SAID[name]


@pytest.mark.parametrize("name", IDS)
def test_whose_conversation_it_is(name: str) -> None:
    found = [(one.id, one.visitor, one.intent) for one in read_export(name)]
    assert found == IDS[name]


@pytest.mark.parametrize(
    ("name", "conversation", "place", "at"),
    [
        ("openai.jsonl", 0, 1, "2025-03-02T08:15:00+00:00"),
        ("zendesk.json", 0, 3, "2025-01-10T09:05:00+00:00"),
        ("zendesk.json", 2, 0, "2025-01-12T10:00:00+00:00"),
        ("zendesk-audits.json", 0, 1, "2025-02-01T12:00:00+00:00"),
        ("zendesk-chat.json", 0, 2, "2025-04-01T14:00:20+00:00"),
        ("zendesk-chat.json", 2, 0, "2025-04-03T22:00:00+00:00"),
        ("intercom.json", 0, 0, "2025-02-19T21:20:00+00:00"),
        ("intercom.json", 0, 4, "2025-02-19T21:21:00+00:00"),
        ("freshdesk.json", 0, 3, "2025-05-01T12:00:00+00:00"),
        ("freshdesk.json", 1, 0, None),
        ("freshdesk.json", 2, 0, "2014-12-31T02:27:09+00:00"),
        ("chatwoot.json", 0, 4, "2025-06-15T15:06:44+00:00"),
        ("chatwoot-webhooks.jsonl", 0, 1, "2025-06-01T10:05:00+00:00"),
        ("star.json", 0, 1, "2020-05-20T18:40:10+00:00"),
        ("csv.csv", 0, 2, "2025-07-01T09:10:00+00:00"),
        ("csv.csv", 1, 0, None),
    ],
)
def test_times_are_utc(name: str, conversation: int, place: int, at: str | None) -> None:
    assert message(name, conversation, place).at == at


@pytest.mark.parametrize(
    ("name", "conversation", "place", "author", "markup"),
    [
        ("openai.jsonl", 0, 8, "agent", "plain"),
        ("sharegpt.json", 0, 6, "bing", "plain"),
        ("zendesk.json", 0, 0, "end-user", "mail"),
        ("zendesk.json", 0, 3, "agent", "html-mail"),
        ("zendesk.json", 0, 4, "agent", "mail"),
        ("zendesk.json", 1, 0, "end-user", "plain"),
        ("zendesk.json", 2, 0, "agent", "mail"),
        ("zendesk-audits.json", 0, 0, "end-user", "mail"),
        ("zendesk-audits.json", 1, 0, "end-user", "plain"),
        ("zendesk-chat.json", 0, 4, "agent", "plain"),
        ("intercom.json", 0, 4, "admin", "html"),
        ("intercom.json", 1, 0, "contact", "mail"),
        ("intercom.json", 1, 1, "teammate", "html-mail"),
        ("freshdesk.json", 0, 0, "requester", "mail"),
        ("freshdesk.json", 0, 2, "agent", "html-mail"),
        ("freshdesk.json", 1, 1, "agent", "plain"),
        ("freshdesk.json", 2, 1, "agent", "mail"),
        ("chatwoot.json", 0, 4, "User", "plain"),
        ("chatwoot.json", 1, 0, "contact", "html-mail"),
        ("abcd.json", 0, 2, "customer", "plain"),
        ("star.json", 0, 4, "Wizard", "plain"),
        ("csv.csv", 0, 2, "Staff", "plain"),
    ],
)
def test_the_tools_word_for_the_author_and_the_markup(
    name: str, conversation: int, place: int, author: str, markup: str
) -> None:
    read = message(name, conversation, place)
    assert (read.author, read.markup) == (author, markup)


def test_an_answer_keeps_its_articles_and_rating() -> None:
    first, second = read_export("openai.jsonl")
    assert [one.articles for one in first.messages if one.text and one.role == "assistant"] == [
        ("repairs",),
        ("orders",),
    ]
    assert first.messages[-1].articles == ()
    assert [one.rating for one in first.messages] == [None] * 4 + ["up"] + [None] * 4
    assert second.messages[1].articles == ()


def test_of_two_answers_the_worse_stands_apart() -> None:
    read = read_export("trl.jsonl")
    assert [one.rejected_answer for one in read] == [
        None,
        None,
        "No idea.",
        "Pull harder.",
        None,
        "All ropes are wet.",
    ]
    assert (read[0].id, read[0].intent, read[0].messages[1].articles) == ("pc-1", "stove", ("stoves",))
    assert read[1].messages[-1].rating == "down"


CUSTOMER = {"role": "user", "content": "x"}
TICKET = {"id": 1, "requester_id": 2}
SOURCE = {"body": "x", "author": {"type": "user"}}


@pytest.mark.parametrize(
    ("kind", "record", "reason"),
    [
        ("OpenAI", {"messages": "hello"}, "messages: it must be a list of objects"),
        (
            "OpenAI",
            {"messages": [CUSTOMER, CUSTOMER, CUSTOMER, {"role": "pirate", "content": "x"}]},
            "messages.3.role: 'pirate' is not a role that is known",
        ),
        ("OpenAI", {"messages": [CUSTOMER | {"content": 5}]}, "messages.0.content: it must be text"),
        (
            "OpenAI",
            {"messages": [{"role": "assistant", "content": "x", "articles": "returns"}]},
            "messages.0.articles: it must be a list of articles' names",
        ),
        (
            "ShareGPT",
            {"conversations": [{"from": "pirate", "value": "x"}]},
            "conversations.0.from: 'pirate' is not a role that is known",
        ),
        ("TRL", {"prompt": 4, "completion": "x"}, "prompt: it must be text or a list of messages"),
        ("TRL", {"chosen": "x"}, "rejected: it must be text or a list of messages"),
        ("ZendeskTickets", TICKET | {"comments": "none"}, "comments: it must be a list of objects"),
        ("ZendeskTickets", TICKET | {"comments": [{"body": "x"}]}, "comments.0.author_id: it is missing"),
        (
            "ZendeskAudits",
            {"rows": [{"ticket_id": 1, "events": []}]},
            "events: none of the ticket's audits says who the requester is",
        ),
        (
            "ZendeskChat",
            {"visitor": {}, "history": [{"type": "chat.msg", "msg": "x", "sender_type": "Ghost"}]},
            "history.0.sender_type: 'ghost' is not one of visitor, agent, trigger, system, bot, answer_bot",
        ),
        (
            "Intercom",
            {"source": SOURCE, "conversation_parts": [{"body": "x", "author": {"type": "ghost"}}]},
            "conversation_parts.0.author.type: 'ghost' is not one of user, lead, contact, visitor, admin, "
            "teammate, team, bot, fin, ai_agent, operator, workflow",
        ),
        (
            "Freshdesk",
            TICKET | {"conversations": [{"body": "x", "private": False}]},
            "conversations.0.user_id: it is missing, and so is incoming",
        ),
        (
            "ChatwootConversations",
            {"messages": [{"content": "x", "message_type": 9}]},
            "messages.0.message_type: 9 is none of Chatwoot's",
        ),
        ("Bitext", {"instruction": " ", "response": "x"}, "instruction: there is no question in it"),
        (
            "ABCD",
            {"convo_id": 1, "original": [["ghost", "x"]]},
            "original.0: 'ghost' is not customer, agent or action",
        ),
        ("ABCD", {"convo_id": 1, "original": ["x"]}, "original.0: it must be a speaker and a text"),
        ("STAR", {"DialogueID": 1, "Events": {}}, "Events: it must be a list of objects"),
        (
            "PlainCSV",
            {"rows": [{"ticket": "1", "sender": "pirate", "body": "x"}]},
            "sender: 'pirate' is not a role that is known; known are user, customer, client, visitor, agent, "
            "admin, support, assistant, bot, system",
        ),
    ],
)
def test_what_cannot_be_read_is_named(kind: str, record: dict[str, Any], reason: str) -> None:
    with pytest.raises(Unreadable) as raised:
        reader_of(kind).read(record)
    assert str(raised.value) == reason


def test_a_customer_who_wrote_through_a_bots_widget_stays_a_customer() -> None:
    comment = {"author_id": 2, "body": "x", "via": {"channel": "answer_bot_for_web_widget"}}
    by_bot = comment | {"author_id": 3}
    read = reader_of("ZendeskTickets").read(TICKET | {"comments": [comment, by_bot]})
    assert said(read) == [("user", "x"), ("bot answer", "x")]


def test_comments_that_come_newest_first_are_turned_round() -> None:
    later, earlier = (
        {"author_id": author, "body": body, "created_at": f"2025-01-0{day}T00:00:00Z"}
        for author, body, day in ((3, "Yes.", 2), (2, "Open?", 1))
    )
    read = reader_of("ZendeskTickets").read(TICKET | {"description": "Open?", "comments": [later, earlier]})
    assert said(read) == [("user", "Open?"), ("agent", "Yes.")]


def test_a_table_without_all_three_columns_is_not_guessed_at() -> None:
    tweet = {"tweet_id": "1", "author_id": "7", "inbound": "True", "text": "hello", "response_tweet_id": "2"}
    assert first_match(tweet) is None
    assert first_match({"conversation_id": "1", "text": "hello"}) is None


def test_formats_are_chosen_by_name() -> None:
    assert formats_named("auto") == FORMATS
    assert [type(one).__name__ for one in formats_named("chatwoot")] == [
        "ChatwootConversations",
        "ChatwootMessages",
    ]
    with pytest.raises(UnknownFormat) as raised:
        formats_named("excel")
    for one in FORMATS:
        assert one.name in str(raised.value)
        assert titles().count(one.title) == 1


JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["user", "1", "-1", "1e999", "comments", "", "bot", "\n\nHuman:", "\ud800"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@functools.cache
def all_records() -> list[dict[str, Any]]:
    """Every record of every export, alone and as the only row of its conversation."""
    whole = [dict(record) for name in FORMAT_OF for record in records_of(name)]
    return whole + [{"rows": [record]} for record in whole]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where anything stands in a record."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield (*path, key)
        yield from places(item, (*path, key))


@st.composite
def damaged(draw: st.DrawFn) -> Record:
    """A record of an export in which up to four places hold something else, or nothing."""
    record: dict[str, Any] = copy.deepcopy(draw(st.sampled_from(all_records())))
    for _ in range(draw(st.integers(0, 4))):
        spots = list(places(record))
        if not spots:
            break
        *way, last = draw(st.sampled_from(spots))
        holder: Any = record
        for key in way:
            holder = holder[key]
        if draw(st.booleans()):
            holder[last] = draw(JUNK)
        else:
            del holder[last]
    return record


@given(damaged() | st.dictionaries(st.text(max_size=8), JUNK, max_size=4))
def test_garbage_is_read_or_refused_and_nothing_else(record: Record) -> None:
    for one in FORMATS:
        assert one.matches(record) in (True, False)
        try:
            read = one.read(record)
        except Unreadable as refused:
            assert str(refused)
        else:
            assert all(part.text.strip() or part.left_out == "event" for part in read.messages)
        if hasattr(one, "conversation_of"):
            try:
                assert one.conversation_of(record)
            except Unreadable as refused:
                assert str(refused)


async def answer(store: SqliteStore, conversation_id: str, name: str, outcome: FinishReason, text: str) -> None:
    run = NewRun(f"run-{name}", name, "finetuned", "0" * 64, "chosen", None)
    await store.begin_run(conversation_id, run, f"c-{name}", f"Question {name}?", 1)
    sources = tuple(Source(article, "Title", "", "text") for article in ("ropes", "ropes", "knots"))
    await store.finish_run(conversation_id, run, Outcome(text, outcome, sources, 1, 1, 1, 1), 2)


async def test_the_store_gives_what_was_said_with_ratings_and_articles(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path / "trilane.db")
    try:
        first = await store.create_conversation("visitor-1", "finetuned")
        await answer(store, first.id, "a", "stop", "Answer a.")
        await answer(store, first.id, "b", "cancelled", "Answer b, cut")
        await answer(store, first.id, "c", "error", "")
        await answer(store, first.id, "e", "stop", "Answer e.")
        assert await store.rate(first.id, "a", "up", [], "")
        await store.create_conversation("visitor-1", "finetuned")
        second = await store.create_conversation("visitor-1", "prompted")
        await answer(store, second.id, "d", "handoff", "A colleague takes over.")
    finally:
        await store.close()
    read = {one.id: one for one in read_database(tmp_path / "trilane.db")}
    assert set(read) == {first.id, second.id}
    assert said(read[first.id]) == [
        ("user", "Question a?"),
        ("assistant", "Answer a."),
        ("user", "Question b?"),
        ("user", "Question c?"),
        ("user", "Question e?"),
        ("assistant", "Answer e."),
    ]
    assert [one.rating for one in read[first.id].messages] == [None, "up", None, None, None, None]
    assert [one.context_only for one in read[first.id].messages] == [False, False, False, False, False, True]
    assert [one.articles for one in read[first.id].messages[:2]] == [(), ("ropes", "knots")]
    assert said(read[second.id])[1] == ("assistant", "A colleague takes over.")
    assert read[second.id].messages[1].context_only
    assert {one.visitor for one in read.values()} == {"visitor-1"}
    assert all(part.at and part.at.endswith("+00:00") for one in read.values() for part in one.messages)


def test_no_other_database_is_read(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text(json.dumps({}), encoding="utf-8")
    with pytest.raises(StoreUnusable):
        list(read_database(tmp_path / "x.db"))
