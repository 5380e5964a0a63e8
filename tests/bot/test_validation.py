"""What pydantic found wrong, in our words, whatever was sent."""

import pytest
from pydantic import ValidationError

from bot.errors import FrameInvalid
from bot.server.ws.frames import client_frame
from bot.server.ws.socket import parse
from bot.validation import first_wrong_value, wrong_values

HUGE = "x" * 500_000


def test_every_wrong_field_is_named_with_its_reason() -> None:
    with pytest.raises(ValidationError) as caught:
        client_frame.validate_python({"type": "hello", "last_seq": -1, "name": "me"})
    assert [problem.sentence() for problem in wrong_values(caught.value)] == [
        "hello.last_seq: Input should be greater than or equal to 0",
        "hello.name: no such key",
    ]
    with pytest.raises(ValidationError) as caught:
        client_frame.validate_json("{")
    assert first_wrong_value(caught.value, "the row").startswith("the row: Invalid JSON")


@pytest.mark.parametrize(
    "frame",
    [
        f'{{"type": "{HUGE}"}}',
        f'{{"type": "ping", "{HUGE}": 1}}',
        f'{{"type": "hello", "visitor_id": "{HUGE}"}}',
        f'["{HUGE}"]',
    ],
)
def test_a_sentence_about_a_huge_frame_is_short(frame: str) -> None:
    with pytest.raises(FrameInvalid) as caught:
        parse(frame, ["prompted"])
    assert len(str(caught.value)) < 400
