"""What of a conversation is learnt from: no greeting, no quoted mail."""

import json
from pathlib import Path

from tests.training.ingest.test_ingest import rows, run


def test_a_greeting_before_the_first_question_is_context_only(tmp_path: Path) -> None:
    def row(*said: tuple[str, str]) -> str:
        return json.dumps({"messages": [{"role": role, "content": text} for role, text in said]}) + "\n"

    greeting = (("assistant", "Welcome to the shop!"), ("agent", "Ask me anything you like."))
    asked, answer = ("user", "Can worn boots be returned to your shop?"), ("agent", "Within 60 days.")
    export = tmp_path / "export.jsonl"
    export.write_text(row(*greeting, asked, answer) + row(*greeting, ("user", "No, thank you.")), encoding="utf-8")
    assert run("ingest", export, "--out", tmp_path / "out").exit_code == 0
    (found,) = rows(tmp_path / "out/dialogues.jsonl")
    assert [message.get("weight") for message in found["messages"]] == [0, None, None]
    assert rows(tmp_path / "out/rejected.jsonl")[0]["reason"].startswith("nothing to learn")
