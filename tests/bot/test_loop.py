"""The loop closed: said, found helpful, learned, served."""

import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console

from bot.answer import Delta
from bot.answering.scripted import Scripted
from bot.assembly import assemble
from bot.dialogue import user_says
from bot.releases.part import write_manifest
from bot.settings import load_settings
from tests.tools.tiny_base import write_tiny_base
from training.retrain import retrain

ROOT = Path(__file__).parents[2]
RECIPE = """
method = "lora"
backend = "finetuned"
system = "You are the support assistant."
epochs = 1
"""
# Conversations have random ids, and one in five is held back: of these some are learnt from.
ASKED = (
    "Do you repair tents?",
    "Can the zip of an old winter jacket be mended in your workshop?",
    "My climbing shoes lost their rubber, will somebody glue a new sole?",
    "Is it possible to have skis waxed before Christmas Eve at all?",
    "The burner on this stove clogs up, may I bring it round for cleaning?",
    "Would your people patch three holes in a canoe made from plastic?",
    "Are torn straps on rucksacks something that gets sewn here too?",
    "Which day could a cracked helmet visor be swapped, if ever?",
)
TRANSCRIPT = {
    "id": "t",
    "messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}],
}


async def test_a_helpful_answer_is_learned_and_the_new_artefact_answers(
    start_server: Callable[..., Any], tmp_path: Path
) -> None:
    server = start_server(Scripted("finetuned", ["We do, ", "within two weeks."]))
    for asked in ASKED:
        async with server.chat() as chat:
            await chat.hello(backend="finetuned")
            reply = await chat.ask(asked)
            await chat.send("feedback.create", message_id=reply["message_id"], rating="up")
            await chat.until("feedback.ack")
    data = tmp_path / "data"
    (data / "transcripts").mkdir(parents=True)
    (data / "transcripts" / "shop.jsonl").write_text(json.dumps(TRANSCRIPT) + "\n", encoding="utf-8")
    for name in ("knowledge", "shop.toml"):
        (data / name).symlink_to(ROOT / "data" / name)
    write_tiny_base(tmp_path / "tiny")
    (tmp_path / "lora.toml").write_text(RECIPE, encoding="utf-8")
    options: dict[str, Any] = {"data": data, "home": tmp_path / "var", "base_model": str(tmp_path / "tiny")}
    options |= {"max_prompt_tokens": 800, "max_new_tokens": 20, "dtype": "bfloat16"}

    made = retrain(
        server.database,
        tmp_path / "new",
        load_settings({}, **options),
        tmp_path / "lora.toml",
        console=Console(file=io.StringIO()),
    )
    learnt = made.manifest.dataset.sources
    assert learnt["transcripts/shop.jsonl"] == 1 and learnt["store"] >= 1

    prompted = tmp_path / "prompted"
    prompted.mkdir()
    shutil.copy(ROOT / "data" / "prompts" / "support.toml", prompted / "prompt.toml")
    facts = {"base": made.manifest.base, "dataset": made.manifest.dataset, "recipe": {}, "metrics": {}}
    write_manifest(prompted, kind="prompt", backend="prompted", **facts)
    serving = load_settings({}, **options, finetuned=tmp_path / "new", prompted=prompted)
    assembled = assemble(serving, ["finetuned"])
    try:
        answering = assembled.backends["finetuned"].answer(user_says("How long do I have to return a tent?"))
        pieces = [piece async for piece in answering]
    finally:
        assembled.engine.close()
    assert assembled.backends["finetuned"].artefact_sha256 == made.sha256
    # A tiny random model says nothing that the passages hold, so they are quoted.
    assert "tent" in "".join(piece.text for piece in pieces if isinstance(piece, Delta)).lower()
