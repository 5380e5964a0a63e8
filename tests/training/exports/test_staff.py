"""Another customer's words are never an answer: what proves that somebody is staff, tool by tool."""

from typing import Any

import pytest

from tests.training.exports.test_zendesk_people import comments, read, roles
from training.exports.conversation import ExportedConversation, Unreadable
from training.exports.formats.chatwoot import ChatwootConversations
from training.exports.formats.freshdesk import GUESS, Freshdesk
from training.exports.formats.intercom import Intercom

ASKED, COLLEAGUE, ANSWER = "Where is my tent?", "It is for both of us.", "It left on Monday."


@pytest.mark.parametrize(
    "ticket",
    [
        {"collaborator_ids": [7]},
        {"follower_ids": [7], "email_cc_ids": [7]},
        {"submitter_id": 52},
        {"follower_ids": [52]},
    ],
)
def test_the_assignee_of_a_ticket_is_staff_and_nobody_else(ticket: dict[str, Any]) -> None:
    said = comments((51, ASKED), (52, COLLEAGUE), (7, ANSWER))
    assert roles(read(assignee_id=7, comments=said, **ticket)) == ["user", "user", "agent"]


def test_what_zendesk_hides_is_no_proof_of_staff() -> None:
    hidden = comments((52, COLLEAGUE), public=False)
    said = [*comments((51, ASKED)), *hidden, *comments((52, COLLEAGUE), (7, ANSWER))]
    assert roles(read(assignee_id=7, comments=said)) == ["user", "private note", "user", "agent"]
    mailed = [*comments((51, ASKED)), *comments((52, "Me too."), public=False, via={"channel": "email"})]
    with pytest.raises(Unreadable, match="nothing says who of the authors 52, 7 is staff"):
        read(comments=[*mailed, *comments((7, ANSWER))])


def test_who_writes_beside_a_silent_assignee_is_not_guessed_at() -> None:
    with pytest.raises(Unreadable, match="nothing says who of the authors 52 is staff"):
        read(assignee_id=7, comments=comments((51, ASKED), (52, COLLEAGUE)))


def test_merged_tickets_calls_and_bots_among_the_users_are_no_answers() -> None:
    said = [
        *comments((51, ASKED)),
        *comments((7, "Merged. Last comment: " + COLLEAGUE), via={"channel": "web", "source": {"rel": "merge"}}),
        *comments((7, "Call from: +1 555 0100"), type="VoiceComment"),
        *comments((8, "Have you read our pages?"), (7, ANSWER)),
    ]
    users = [{"id": 8, "role": "agent", "name": "Answer Bot"}, {"id": 7, "role": "agent", "name": "Pia"}]
    assert roles(read(comments=said, users=users)) == ["user", "event", "event", "bot answer", "agent"]


def freshdesk(*parts: dict[str, Any], **ticket: Any) -> ExportedConversation:
    said = [{"body_text": COLLEAGUE, "private": False} | part for part in parts]
    own = {"id": 1, "requester_id": 9, "description_text": ASKED, "conversations": said}
    return Freshdesk().read(own | ticket)


@pytest.mark.parametrize("incoming", [{"incoming": False}, {"incoming": None}, {}])
def test_beside_the_responder_of_a_ticket_nobody_is_taken_for_staff(incoming: dict[str, Any]) -> None:
    with pytest.raises(Unreadable, match=r"conversations.0.user_id: 8 is neither the requester nor the responder"):
        freshdesk({"user_id": 8} | incoming, {"user_id": 5, "incoming": False}, responder_id=5)
    found = freshdesk({"user_id": 8, "incoming": True}, {"user_id": 5, "incoming": False}, responder_id=5)
    assert roles(found) == ["user", "user", "agent"]


def test_who_alone_answers_on_freshdesk_is_guessed_and_two_are_not() -> None:
    found = freshdesk({"user_id": 5})
    assert roles(found) == ["user", "agent"] and found.guess == GUESS
    with pytest.raises(Unreadable, match="neither the requester nor the responder"):
        freshdesk({"user_id": 5}, {"user_id": 8})
    assert roles(freshdesk({"user_id": 5, "incoming": False})) == ["user", "agent"]


@pytest.mark.parametrize("part", [{"user_id": None}, {"user_id": 5, "source_name": "Freddy"}])
def test_rules_and_bots_of_freshdesk_are_bots(part: dict[str, Any]) -> None:
    assert roles(freshdesk({"incoming": False} | part, responder_id=5)) == ["user", "bot answer"]


@pytest.mark.parametrize(
    ("part", "role"),
    [
        ({"author": {"type": "admin", "name": "Operator"}}, "bot answer"),
        ({"author": {"type": "admin", "name": "Op", "email": "operator+x1@intercom.io"}}, "bot answer"),
        ({"author": {"type": "admin", "name": "Fin"}}, "bot answer"),
        ({"delivered_as": "automated"}, "bot answer"),
        ({"part_type": "assignment"}, "event"),
        ({"part_type": "channel_and_reply_time_expectation"}, "event"),
        ({"part_type": "close"}, "agent"),
        ({}, "agent"),
    ],
)
def test_what_intercom_writes_under_a_teammates_name_is_no_answer(part: dict[str, Any], role: str) -> None:
    said = {"author": {"type": "admin", "name": "Pia"}, "part_type": "comment", "body": ANSWER} | part
    source = {"author": {"type": "user"}, "body": ASKED}
    assert roles(Intercom().read({"source": source, "conversation_parts": [said]})) == ["user", role]


@pytest.mark.parametrize(
    ("fields", "role"),
    [
        ({"additional_attributes": {"campaign_id": 4}}, "bot answer"),
        ({"sender_type": None, "sender": None}, "bot answer"),
        ({"sender": {"id": 6, "type": "user", "name": "Help Bot"}}, "bot answer"),
        ({"status": "failed"}, "private note"),
        ({"status": "sent"}, "agent"),
    ],
)
def test_what_no_person_sent_through_chatwoot_is_no_answer(fields: dict[str, Any], role: str) -> None:
    asked = {"content": ASKED, "message_type": 0, "sender_type": "Contact"}
    out = {"content": ANSWER, "message_type": 1, "sender_type": "User"} | fields
    assert roles(ChatwootConversations().read({"id": 1, "messages": [asked, out]})) == ["user", role]


def test_chat_rows_with_a_message_type_are_none_of_chatwoots() -> None:
    messages = [{"role": "user", "content": ASKED, "message_type": "incoming"}]
    assert not ChatwootConversations().matches({"messages": messages})
