"""Tests of prompt.toml: every number that decides, with the value that it had before it got its place there."""

import ast
import tomllib
from pathlib import Path
from typing import Any

import pytest

from bot.answering.acts import Acts
from bot.answering.judging import Judge
from bot.dialogue import user_says
from bot.errors import ArtefactInvalid
from bot.models.embedder import Embedder
from bot.prompting.template import PromptConfig, read_prompt
from bot.retrieval.context import Context, question_of
from bot.retrieval.retriever import Knowledge
from bot.settings import Settings
from bot.shop.profile import read_shop

ROOT = Path(__file__).parents[3]
KEPT = ROOT / "tests" / "kept" / "fd0808f" / "artefacts" / "prompted" / "prompt.toml"
SHOP = read_shop(ROOT / "data")


def changed(prompt: PromptConfig, part: str, **numbers: float) -> PromptConfig:
    return prompt.model_copy(update={part: getattr(prompt, part).model_copy(update=numbers)})


def test_a_prompt_of_the_first_product_opens_with_the_numbers_that_were_in_the_code(settings: Settings) -> None:
    kept = read_prompt(KEPT, SHOP)
    shipped = read_prompt(settings.data / "releases" / "prompted" / "prompt.toml", SHOP)
    closeness = {"own_share": 0.0, "own_cover": 0.0, "woven_share": 0.0, "woven_cover": 0.0}
    fitted = {"nearest", "second_margin", "reranked_margin", "alike_share", *closeness}
    numbers, served = (prompt.constraints.model_dump(exclude=fitted) for prompt in (kept, shipped))
    assert (numbers, kept.context) == (served, shipped.context)
    assert kept.constraints.model_dump(include=fitted) == {
        "nearest": 4, "second_margin": 0.1, "reranked_margin": 0.15, "alike_share": 1.0, **closeness,
    }  # fmt: skip
    assert kept.generation == shipped.generation
    old = {"passage_weight": 0.5, "sentence_weight": 0.5, "bm25_weight": 0.1, "self_contained_words": 4}
    assert kept.retrieval.model_dump(include=set(old)) == old
    # What came later is not done under it.
    assert (kept.retrieval.earlier_article_weight, kept.retrieval.earlier_article_trace) == (0.0, 0.0)
    assert not kept.rerank.enabled and kept.decide is None
    assert kept.clarify.max_content_words == shipped.clarify.max_content_words == 0


@pytest.mark.parametrize("file", ["prompts/support.toml", "releases/prompted/prompt.toml"])
def test_a_shipped_prompt_spells_out_every_number_that_decides(settings: Settings, file: str) -> None:
    table: dict[str, Any] = tomllib.loads((settings.data / file).read_text(encoding="utf-8"))
    prompt = read_prompt(settings.data / file, SHOP)
    for part in (
        "constraints",
        "context",
        "retrieval",
        "rerank",
        "generation",
        "clarify",
        "acts",
        "ask",
        "language",
        "premise",
    ):
        assert set(table[part]) == set(type(getattr(prompt, part)).model_fields), part


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("courtesy_cosine = 2", "constraints.courtesy_cosine"),
        ("courtesy_words = -1", "constraints.courtesy_words"),
        ("[retrieval]\nbm25_weight = -0.1", "retrieval.bm25_weight"),
        ("[retrieval]\nfar = 1", "retrieval.far"),
        ("[generation]\nrepetition_penalty = 0", "generation.repetition_penalty"),
    ],
)
def test_a_number_out_of_bounds_is_refused_by_its_name(tmp_path: Path, line: str, named: str) -> None:
    file = tmp_path / "prompt.toml"
    text = KEPT.read_text(encoding="utf-8")
    file.write_text(text.replace("[context]", f"{line}\n\n[context]"), encoding="utf-8")
    with pytest.raises(ArtefactInvalid, match=named.replace(".", r"\.")):
        read_prompt(file, SHOP)


async def test_another_number_decides_otherwise(embedder: Embedder, knowledge: Knowledge) -> None:
    prompt = read_prompt(KEPT, SHOP)
    dialogue, nothing = user_says("How long do I have to return a tent?"), Context("", (), (), knowledge)

    async def courtesy(prompt: PromptConfig) -> bool:
        judgement = await Judge(prompt.constraints).judge("I'm sorry to hear that.", nothing, dialogue)
        return judgement.allowed

    assert await courtesy(prompt)
    assert not await courtesy(changed(prompt, "constraints", courtesy_words=4))
    asked = user_says("about snowshoes")
    assert (await Acts(prompt, embedder, SHOP).hear(asked)).reply is None
    reply = (await Acts(changed(prompt, "clarify", max_content_words=3), embedder, SHOP).hear(asked)).reply
    assert reply is not None and reply.act == "clarify"


def test_how_short_a_follow_up_is_and_what_a_search_weighs_are_the_prompts(knowledge: Knowledge) -> None:
    rules = read_prompt(KEPT, SHOP).retrieval
    follow_up = user_says("Can I return bear spray?", "unopened cans too?")
    assert question_of(follow_up, rules) == "Can I return bear spray? unopened cans too?"
    assert question_of(follow_up, rules.model_copy(update={"self_contained_words": 1})) == "unopened cans too?"
    words_only = rules.model_copy(update={"passage_weight": 0.0, "sentence_weight": 0.0})
    asked = "How long do I have to return a tent?"
    assert knowledge.search(asked, 1, rules)[0].cosine > 0.3
    assert knowledge.search(asked, 1, words_only)[0].cosine == 0


def test_no_number_that_decides_is_a_constant_in_code() -> None:
    found = [
        f"{file.stem}.{ast.unparse(line.targets[0])}"
        for room in ("answering", "prompting", "retrieval")
        for file in sorted((ROOT / "bot" / room).glob("*.py"))
        for line in ast.parse(file.read_text(encoding="utf-8")).body
        if isinstance(line, ast.Assign) and _holds_a_number(line.value)
    ]
    # One belongs to the index, which is built before any prompt is chosen, and the reader's to the row that its
    # artefact has learnt; the others are no decisions.
    learnt, built = "reader.QUESTION_WORDS", "cutting.MAX_PASSAGE_WORDS"
    beside = ["ahead.TOGETHER", "ahead.PAUSE_S", "ahead.TEMPLATE_TOKENS"]
    other = ["lookup.MAX_BYTES", learnt, "speech._TEMPLATE_TOKENS", "learnt_acts.SCALE", built, "vectors._KEYS"]
    assert found == [*beside, *other]


def _holds_a_number(value: ast.expr) -> bool:
    if isinstance(value, ast.Tuple):
        return any(map(_holds_a_number, value.elts))
    return isinstance(value, ast.Constant) and isinstance(value.value, int | float)
