"""On a ticket nobody is staff by default, and chats inside of comments are turns."""

from typing import Any

import pytest

from training.exports.conversation import ExportedConversation, Unreadable
from training.exports.formats import formats_named
from training.exports.formats.zendesk_people import GUESS
from training.exports.transcripts import GUESS as CHAT_GUESS
from training.exports.transcripts import unfolded

TALK = [
    (51, "Two helmets are missing."),
    (7, "They left on Monday."),
    (52, "Please bill me instead."),
    (7, "Done."),
]
SIDES = ["user", "agent", "user", "agent"]


def comments(*said: tuple[int, str], **extra: Any) -> list[dict[str, Any]]:
    return [{"author_id": who, "body": text, "public": True} | extra for who, text in said]


def read(domains: frozenset[str] = frozenset(), **ticket: Any) -> ExportedConversation:
    (tickets, _) = formats_named("zendesk", domains)
    return tickets.read(
        {"id": 9, "requester_id": 51, "via": {"channel": "web"}, "comments": comments(*TALK)} | ticket
    )


def roles(conversation: ExportedConversation) -> list[str]:
    return [message.left_out or message.role for message in conversation.messages]


@pytest.mark.parametrize(
    "ticket",
    [
        {"users": [{"id": 51, "role": "end-user"}, {"id": 52, "role": "end-user"}, {"id": 7, "role": "agent"}]},
        {"users": [{"id": 7, "role": "admin"}]},
        {"assignee_id": 7, "collaborator_ids": [52]},
        {"assignee_id": 7},
        {"submitter_id": 7},
        {"comments": [*comments(*TALK), {"author_id": 7, "body": "He asks a lot.", "public": False}]},
    ],
)
def test_another_customer_on_a_ticket_is_a_customer(ticket: dict[str, Any]) -> None:
    found = read(**ticket)
    assert roles(found)[:4] == SIDES and found.guess is None


def test_staff_is_known_by_the_domains_of_the_shop() -> None:
    users = [
        {"id": 51, "email": "a@x.example"},
        {"id": 52, "email": "b@y.example"},
        {"id": 7, "email": "c@help.shop.example"},
    ]
    assert roles(read(frozenset({"shop.example"}), users=users)) == SIDES
    with pytest.raises(Unreadable, match=r"nothing says who of the authors 7, 52 is staff.*staff_domains"):
        read(users=users)


def test_who_alone_answers_is_guessed_to_be_staff_and_the_guess_is_told() -> None:
    found = read(comments=comments(*TALK[:2]))
    assert roles(found) == SIDES[:2] and found.guess == GUESS


def test_a_ticket_that_staff_opened_for_a_customer_begins_with_staff_and_answers_nothing() -> None:
    opened = comments(
        (7, "He rang about two helmets."), (51, "Yes, they are missing."), (7, "They left on Monday.")
    )
    found = read(submitter_id=7, description="He rang about two helmets.", comments=opened)
    assert roles(found) == ["agent", "user", "agent"]
    assert [message.context_only for message in found.messages] == [True, False, False]
    assert roles(read(submitter_id=7, description="He rang.", comments=[])) == ["agent"]


CHAT = (
    "Chat started: 2024-01-01 10:00 AM UTC\n\n(10:00:11 AM) Jo Doe: Is it open?\n"
    "(10:01:12 AM) Pia: Until six.\nAnd on Sunday too.\n"
)


def test_a_chat_inside_of_a_comment_becomes_its_turns() -> None:
    ticket = read(
        comments=[*comments((51, CHAT)), *comments((7, "Come by."))], description=CHAT, via={"channel": "chat"}
    )
    found = unfolded(ticket, ["Jo Doe"])
    assert [(one.role, one.text) for one in found.messages] == [
        ("user", "Is it open?"),
        ("agent", "Until six.\nAnd on Sunday too."),
        ("agent", "Come by."),
    ]
    assert unfolded(read(comments=comments((51, CHAT))), []).guess == CHAT_GUESS


def test_bots_and_the_customer_of_a_messaging_transcript_are_known_by_their_names() -> None:
    said = "(10:01) Web User: Is it open?\n(10:02) Zendesk Bot: Read this.\n(10:03) Pia: Until six."
    text = f"Conversation with Web User\n\n{said}"
    found = unfolded(read(description="Conversation with Web User 65a", comments=comments((-1, text))), [])
    assert roles(found) == ["user", "bot answer", "agent"] and found.guess is None


def test_a_chat_whose_speakers_nobody_knows_is_rejected_with_their_names() -> None:
    text = "(10:01) Jo: Hi\n(10:02) Pia: Hello\n(10:03) Kim: I take over."
    with pytest.raises(Unreadable, match="speakers Jo, Pia, Kim"):
        unfolded(read(comments=comments((51, text))), [])


def test_a_pasted_chat_without_times_is_one_where_both_sides_are_named() -> None:
    pasted = unfolded(read(comments=comments((7, "Customer: Is it open?\nAgent: Until six."))), [])
    assert roles(pasted) == ["user", "agent"]
    order = "Please tell me:\nName: Jo\nOrder: 12"
    assert unfolded(read(comments=comments((7, order))), []).messages[0].text == order
