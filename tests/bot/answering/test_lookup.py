"""Tests of [lookup]: a real program on this machine is asked, and what it answers is checked."""

import hashlib
import hmac
import json
import logging
import threading
import time
from typing import TYPE_CHECKING

import pytest

from bot.answering.lookup import MAX_BYTES, SIGNATURE, SLUG, Hook, signature
from bot.errors import LookupFailed
from bot.shop.profile import Lookup

if TYPE_CHECKING:
    from tests.bot.answering.conftest import Program

NUMBER, SECRET = "FF-20417", "a secret of the nursery's"


async def test_what_the_program_says_is_read_like_an_article(program: "Program") -> None:
    passages = await program.hook().passages(NUMBER, "c-1")
    assert [(one.article, one.title) for one in passages] == [(SLUG, "Order FF-20417")]
    assert passages[0].sentences == ("It was sent on 3 March.", "It should be with you by 6 March.")


async def test_a_request_says_what_is_asked_and_who_asks(program: "Program") -> None:
    before = int(time.time())
    await program.hook().passages(NUMBER, "c-1")
    path, headers, body = program.asked[0]
    assert path == "/orders?key=open" and headers["content-type"] == "application/json"
    assert json.loads(body) == {"number": NUMBER, "conversation": "c-1", "shop": "Fern & Frond"}
    at, _, signed = headers[SIGNATURE.lower()].removeprefix("t=").partition(",v1=")
    assert before <= int(at) <= time.time()
    assert signed == hmac.new(SECRET.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()


def test_a_signature_is_of_the_time_too() -> None:
    assert signature("s", b"{}", 1) != signature("s", b"{}", 2)
    # Computed with openssl: printf '1.{}' | openssl dgst -sha256 -hmac s
    assert signature("s", b"{}", 1) == "t=1,v1=b253639bcd705ed1cda3073f66104f16988bd40272584dea7d0d345ae93e61cc"


async def test_a_number_that_the_program_does_not_know_has_no_passages(program: "Program") -> None:
    program.body = b'{"found": false, "since": "a later version"}'
    assert await program.hook().passages(NUMBER, "c-1") == []


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (500, b"oops", "status 500"),
        (404, b"{}", "status 404"),
        (200, b"<html>FF-20417</html>", "formats.md"),
        (200, b'{"found": "FF-20417"}', "found: "),
        (200, b'{"title": "x"}', "found: it is missing"),
        (200, b'{"found": true}', "says nothing"),
        (200, b'{"found": true, "text": "# Only a heading"}', "says nothing"),
        (200, b'{"found": false, "text": "' + b"x" * MAX_BYTES + b'"}', "longer than"),
    ],
)
async def test_another_answer_is_refused_and_its_sentence_names_no_customer(
    program: "Program", status: int, body: bytes, said: str
) -> None:
    program.status, program.body = status, body
    with pytest.raises(LookupFailed, match=said) as caught:
        await program.hook().passages(NUMBER, "c-1")
    # Neither the number nor what may be a key in the address.
    assert NUMBER not in str(caught.value) and "key=open" not in str(caught.value)


async def test_a_redirect_is_not_followed(program: "Program") -> None:
    program.status, program.headers = 307, {"location": program.url}
    with pytest.raises(LookupFailed, match="status 307"):
        await program.hook().passages(NUMBER, "c-1")
    assert len(program.asked) == 1


async def test_a_program_that_is_too_slow_is_given_up(program: "Program") -> None:
    program.gate = threading.Event()
    with pytest.raises(LookupFailed, match=r"within 0\.05 s"):
        await program.hook(timeout_s=0.05).passages(NUMBER, "c-1")


async def test_a_program_that_is_gone_is_said_to_be() -> None:
    hook = Hook(Lookup(url="http://127.0.0.1:9/"), "Fern & Frond", SECRET)
    with pytest.raises(LookupFailed, match="cannot be asked"):
        await hook.passages(NUMBER, "c-1")


async def test_a_proxy_of_the_environment_is_not_asked_for_this_machine(
    program: "Program", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert await program.hook().passages(NUMBER, "c-1")


async def test_no_log_holds_the_number(program: "Program", caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        await program.hook().passages(NUMBER, "c-1")
    assert NUMBER not in caplog.text


def test_the_secret_is_not_shown(program: "Program") -> None:
    assert SECRET not in repr(program.hook())
