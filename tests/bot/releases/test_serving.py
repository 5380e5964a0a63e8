"""What a start says it serves, and what every answer says that it came from."""

import json
import shutil
import tomllib
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from safetensors.torch import load, save_file

from bot.assembly import assemble
from bot.models.embedder import BUNDLED_SHA256, find_embedding_folder, load_embedder
from bot.releases.registry import sha256_of_manifest
from bot.retrieval.index import open_knowledge
from tests.bot.releases.conftest import House
from tests.tools.tiny_adapters import write_tiny_reader, write_tiny_reranker, write_tiny_retriever
from tests.tools.tiny_base import write_tiny_base
from training.cli import cli as training

ARTICLE = """---
title: Opening hours
topic: shop
updated: 2026-01-02
---

## When we are there

The shop is open from {opens} to 6 p.m. on every weekday. On Sundays the boathouse is closed for repairs.
"""


ASKED = "Is the boathouse closed for repairs on Sundays?"


def write_article(house: House, opens: str) -> None:
    folder = house.data / "knowledge"
    folder.mkdir(exist_ok=True)
    (folder / "opening-hours.md").write_text(ARTICLE.format(opens=opens), encoding="utf-8")


def ask(house: House, *options: str) -> dict[str, Any]:
    result = house.trilane(
        "ask",
        "--json",
        *options,
        "Is the boathouse closed for repairs on Sundays?",
        TRILANE_MAX_PROMPT_TOKENS="800",
    )
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
    given = ask(house, "--prompted", str(house.prompt(tmp_path / "off", reranked=False)))
    assert given["prompt_tokens"] == without["prompt_tokens"]


READ = """
[reader]
enabled = {enabled}
"""
NUMBERS = """
[decide.read]
answer = 0.5
offer = 0.5
decline = 0.5
right = {{ bias = {bias} }}
reach = {{ bias = -50.0 }}
foreign = {{ bias = -50.0 }}
"""


def test_a_reader_of_the_release_reads_where_the_prompt_asks_for_it_and_has_its_numbers(
    house: House, tmp_path: Path
) -> None:
    write_article(house, "9 a.m.")
    # One article competes with nothing, and is answered from whatever the numbers say.
    first = (house.data / "knowledge" / "opening-hours.md").read_text(encoding="utf-8")
    second = first.replace("Opening", "Rowing")
    (house.data / "knowledge" / "rowing-hours.md").write_text(second, encoding="utf-8")
    without = ask(house)
    part = write_tiny_reader(tmp_path / "reader", house.base)
    house.register(part.folder)
    house.release("promote", part.sha256)
    served = ask(house)
    # It is of the release, and nothing asks for it.
    told = ("text", "sources", "prompt_tokens", "decision")
    assert served["release"] != without["release"]
    assert [served[key] for key in told] == [without[key] for key in told]
    answers = NUMBERS.format(bias=50.0)
    for name, added in (
        ("unnumbered", READ.format(enabled="true")),
        ("off", READ.format(enabled="false") + answers),
        ("unasked", answers),
    ):
        given = ask(house, "--prompted", str(house.prompt(tmp_path / name, added=added)))
        assert [given[key] for key in told] == [without[key] for key in told], name
    on = house.prompt(tmp_path / "on", added=READ.format(enabled="true") + answers)
    read = ask(house, "--prompted", str(on))
    assert read["decision"] == "answer"
    assert any(said in read["text"] for said in ("from 9 a.m. to 6 p.m.", "closed for repairs"))
    never = house.prompt(tmp_path / "never", added=READ.format(enabled="true") + NUMBERS.format(bias=-50.0))
    assert ask(house, "--prompted", str(never))["decision"] == "handoff"
    # Without a reader the same prompt answers by its other numbers.
    house.release("rollback")
    unread = ask(house, "--prompted", str(on))
    assert unread["text"] == without["text"] and unread["prompt_tokens"] != read["prompt_tokens"]
    # One of another base is as if there were none; one that somebody asks for must fit.
    other = tmp_path / "other"
    write_tiny_base(other, seed=1)
    shipped = write_tiny_reader(house.data / "releases" / "reader", other)
    beside = ask(house, "--prompted", str(on))
    assert [beside[key] for key in (*told, "release")] == [unread[key] for key in (*told, "release")]
    asked = ("ask", "--prompted", str(on), "--reader", str(shipped.folder), "Open?")
    assert "it was made for base" in house.refused(*asked)


def test_calibrate_writes_the_numbers_of_a_reader_that_the_prompt_has_none_of_yet(
    house: House, tmp_path: Path
) -> None:
    write_article(house, "9 a.m.")
    cases = house.data / "cases"
    cases.mkdir()
    rows = [
        case(f"{name}-{day}", text.format(day), must_include=must, expect=expect)
        for day in ("Monday", "Sunday", "Tuesday", "Friday")
        for name, text, must, expect in (
            ("right", "Is the boathouse closed for repairs on {}?", [["9 a.m.", "repairs"]], "answer"),
            ("wrong", "Who repairs the boathouse on a {} in winter?", [["nobody at all"]], "answer"),
            ("foreign", "Which team won the football game on {}?", [], "decline"),
        )
    ]
    (cases / "dev.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    part = write_tiny_reader(tmp_path / "reader", house.base)
    served = house.prompt(tmp_path / "served", added=READ.format(enabled="true"))
    taken = tmp_path / "prompt.toml"

    def calibrated(*options: str) -> dict[str, Any]:
        """The decision's numbers in a prompt that has taken them."""
        shutil.copyfile(served / "prompt.toml", taken)
        command = ["calibrate", str(house.data), "--prompt", str(taken), *options]
        result = CliRunner().invoke(training, command, env=house.environment | {"TRILANE_PROMPTED": str(served)})
        assert result.exit_code == 0, result.output
        decide: dict[str, Any] = tomllib.loads(taken.read_text(encoding="utf-8"))["decide"]
        return decide

    before = calibrated()
    assert "read" not in before
    after = calibrated("--reader", str(part.folder))
    assert {"none_gap", "read_margin", "read_share"} <= after["read"]["right"]["weights"].keys()
    assert after["reranked"] == before["reranked"] and after["stock"] != before["stock"]


def case(name: str, text: str, **facts: Any) -> dict[str, Any]:
    asked = {"id": name, "messages": [{"role": "user", "content": text}], "reference": "So it is.", "kind": "fact"}
    return asked | facts | ({} if facts["expect"] == "decline" else {"articles": ["opening-hours"]})


def test_a_retriever_of_the_release_searches_and_no_act_is_recognised_by_it(house: House, tmp_path: Path) -> None:
    write_article(house, "9 a.m.")
    stock = ask(house)
    acts = sorted((house.home / "acts").iterdir())
    assert acts
    part = write_tiny_retriever(tmp_path / "retriever")
    house.register(part.folder)
    assert house.listed()["release"] == stock["release"]
    house.release("promote", part.sha256)
    served = assemble(house.settings, ["prompted"])
    served.engine.close()
    assert served.serving.release.parts["retriever"] == part.sha256
    assert served.serving.sha256 == house.listed()["release"] != stock["release"]
    # The articles are embedded anew, and nearness is another.
    assert served.serving.index_version == 2
    found = served.help_centre.now
    assert found.embedder.identity.endswith(part.sha256)
    plain = open_knowledge(house.data / "knowledge", load_embedder(house.settings), house.home)
    (now,), (before,) = (knowledge.search("When are you open?", 1) for knowledge in (found, plain))
    assert abs(now.cosine - before.cosine) > 0.01
    # Acts are recognised by bounds that were fitted to the stock model: its vectors are still the ones they have.
    assert sorted((house.home / "acts").iterdir()) == acts


def test_a_retriever_of_another_embedding_model_is_refused_and_a_shipped_one_stands_aside(
    house: House, tmp_path: Path
) -> None:
    write_article(house, "9 a.m.")
    part = write_tiny_retriever(tmp_path / "retriever")
    other = tmp_path / "other"
    shutil.copytree(find_embedding_folder(house.settings), other)
    weights = load((other / "model.safetensors").read_bytes())
    weights["encoder.layer.0.output.dense.bias"] += 0.01
    save_file(weights, other / "model.safetensors", metadata={"format": "pt"})
    shutil.copytree(part.folder, house.data / "releases" / "retriever")
    assert house.listed()["release"] != house.listed(TRILANE_EMBEDDING_MODEL=str(other))["release"]
    refused = house.refused("ask", "--retriever", str(part.folder), "Open?", TRILANE_EMBEDDING_MODEL=str(other))
    assert "it was made for embedding model minilm" in refused
    assert "TRILANE_EMBEDDING_MODEL" in refused
