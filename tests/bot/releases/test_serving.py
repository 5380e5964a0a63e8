"""What a start says it serves, and what every answer says that it came from."""

import json
from pathlib import Path
from typing import Any

from bot.models.embedder import BUNDLED_SHA256
from bot.releases.registry import sha256_of_manifest
from tests.bot.releases.conftest import House
from tests.tools.tiny_adapters import write_tiny_reranker

ARTICLE = """---
title: Opening hours
topic: shop
updated: 2026-01-02
---

## When we are there

The shop is open from {opens} to 6 p.m. on every weekday. On Sundays the boathouse is closed for repairs.
"""


def write_article(house: House, opens: str) -> None:
    folder = house.data / "knowledge"
    folder.mkdir(exist_ok=True)
    (folder / "opening-hours.md").write_text(ARTICLE.format(opens=opens), encoding="utf-8")


def ask(house: House, *options: str) -> dict[str, Any]:
    result = house.trilane("ask", "--json", *options, "When are you open?", TRILANE_MAX_PROMPT_TOKENS="800")
    assert result.exit_code == 0, result.output
    facts: dict[str, Any] = json.loads(result.stdout)
    return facts


def test_an_answer_names_its_release_which_no_article_changes(house: House, loras: list[Path]) -> None:
    write_article(house, "9 a.m.")
    expected = house.listed()["release"]
    first = ask(house)
    assert first["release"] == expected
    assert first["artefact"] == house.answering("prompted")
    assert house.listed()["index_version"] == 1
    manifest = json.loads((house.folder / "manifests" / f"{expected}.json").read_text(encoding="utf-8"))
    assert manifest["parts"] == {
        "finetuned": sha256_of_manifest(loras[0]),
        "prompted": first["artefact"],
        "retriever": BUNDLED_SHA256,
    }
    write_article(house, "10 a.m.")
    assert ask(house)["release"] == expected
    assert house.listed()["index_version"] == 2
    # A part that did not write the answer is of the release all the same.
    given = ask(house, "--finetuned", str(loras[1]))
    assert given["artefact"] == first["artefact"]
    assert given["release"] != expected
    assert house.listed()["index_version"] == 2


def test_a_reranker_of_the_release_orders_what_is_found_unless_the_prompt_says_no(
    house: House, tmp_path: Path
) -> None:
    write_article(house, "9 a.m.")
    without = ask(house)
    part = write_tiny_reranker(tmp_path / "reranker", house.base)
    house.register(part.folder)
    assert ask(house)["prompt_tokens"] == without["prompt_tokens"]
    house.release("promote", part.sha256)
    served = ask(house)
    assert served["release"] != without["release"]
    # It read the passages with the question, too.
    assert served["prompt_tokens"] > without["prompt_tokens"]
    assert served["text"] == without["text"]
    given = ask(house, "--prompted", str(house.prompt(tmp_path / "off", rules="[rerank]\nenabled = false\n")))
    assert given["prompt_tokens"] == without["prompt_tokens"]
