"""Tests of what the acts' classifier has learnt beside a prompt: used where it fits, and a wrong file is named."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save

from bot.answering.classifier import Classifier, examples_of, fitted, letter_runs, state
from bot.answering.wording import plain
from bot.errors import ArtefactInvalid
from bot.models.embedder import Embedder
from bot.prompting.learnt_acts import LearntActs, acts_beside, read_acts, whole_numbers, written
from bot.prompting.replies import ActsSection, FixedReply
from bot.prompting.template import PromptConfig, read_prompt
from bot.shop.profile import read_shop

DATA = Path(__file__).parents[3] / "data"
SHIPPED = DATA / "prompts" / "support.toml"
RULES = ActsSection(questions=("how long does delivery take", "thanks, and what does it cost"))
REPLIES = (
    FixedReply(name="thanks", text="You're welcome.", examples=("thanks a lot", "cheers, that helped")),
    FixedReply(name="goodbye", text="Goodbye.", examples=("bye now", "good night")),
)
TEXTS = ["thanks, that was great", "see you, bye", "what is delivery to France"]


def read(file: Path) -> PromptConfig:
    return read_prompt(file, read_shop(DATA))


@pytest.fixture
def learnt(embedder: Embedder) -> LearntActs:
    """A fit of the examples alone, but with the weights of thanks doubled, so that its use is seen."""
    classes, known = examples_of(RULES, REPLIES)
    vectors = embedder.encode_queries(known)
    weights = fitted(RULES, classes, vectors, letter_runs(known), 3) * np.array([2, 1, 1], dtype=np.float32)
    return read_acts(written(state(RULES, REPLIES, embedder), whole_numbers(vectors), weights))


def thanks(classifier: Classifier, embedder: Embedder, text: str = TEXTS[0]) -> float:
    return classifier.margins(text, embedder.encode_queries([text]))["thanks"]


def test_it_is_used_for_its_own_examples_model_and_numbers_only(embedder: Embedder, learnt: LearntActs) -> None:
    alone = thanks(Classifier(RULES, REPLIES, embedder), embedder)
    assert thanks(Classifier(RULES, REPLIES, embedder, None, learnt), embedder) > 1.5 * alone
    more = (REPLIES[0].model_copy(update={"examples": (*REPLIES[0].examples, "ta")}), REPLIES[1])
    others = [
        (RULES, more, learnt),
        (RULES.model_copy(update={"width": 0.5}), REPLIES, learnt),
        (RULES.model_copy(update={"balance": 0.5}), REPLIES, learnt),
        (RULES, REPLIES, replace(learnt, state="of another embedding model")),
    ]
    for rules, replies, other in others:
        without = Classifier(rules, replies, embedder)
        assert thanks(Classifier(rules, replies, embedder, None, other), embedder) == thanks(without, embedder)


def test_what_is_kept_of_embeddings_tells_as_they_do(embedder: Embedder) -> None:
    classes, known = examples_of(RULES, REPLIES)
    vectors = embedder.encode_queries(known)
    weights = fitted(RULES, classes, vectors, letter_runs(known), 3)
    kept = read_acts(written(state(RULES, REPLIES, embedder), whole_numbers(vectors), weights))
    whole, again = Classifier(RULES, REPLIES, embedder), Classifier(RULES, REPLIES, embedder, None, kept)
    for one, other in zip(whole.scored(TEXTS), again.scored(TEXTS), strict=True):
        assert one.reply == other.reply
        assert other.margin == pytest.approx(one.margin, abs=0.01)
        assert other.cosine == pytest.approx(one.cosine, abs=0.01)


def test_questions_beside_the_examples_say_what_is_no_act(embedder: Embedder) -> None:
    classes, known = examples_of(RULES, REPLIES)
    vectors, runs = embedder.encode_queries(known), letter_runs(known)
    # None beside is the closed form without them.
    nobody = (np.zeros((0, vectors.shape[1]), dtype=np.float32), np.zeros((0, runs.shape[1]), dtype=np.float32))
    alone = fitted(RULES, classes, vectors, runs, 3)
    assert np.allclose(fitted(RULES, classes, vectors, runs, 3, nobody), alone, atol=1e-3)
    asked = ["thanks a lot for the mail, when is it delivered", "cheers, what did that cost"]
    questions = embedder.encode_queries(asked), letter_runs([plain(one) for one in asked])
    beside = fitted(RULES, classes, vectors, runs, 3, questions)
    before, after = (
        Classifier(RULES, REPLIES, embedder, None, LearntActs(state(RULES, REPLIES, embedder), vectors, weights))
        for weights in (alone, beside)
    )
    assert thanks(after, embedder, asked[0]) < thanks(before, embedder, asked[0]) - 0.05


def test_balance_makes_few_examples_count_like_many(embedder: Embedder) -> None:
    many = tuple(f"how long does delivery number {number} take" for number in range(30))
    rules = RULES.model_copy(update={"questions": many})
    level = rules.model_copy(update={"balance": 1.0})
    text = "thanks, how long"
    before, after = (thanks(Classifier(one, REPLIES, embedder), embedder, text) for one in (rules, level))
    assert after > before


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"nothing", "it cannot be read"),
        (save({"vectors": np.zeros((2, 4), np.int8), "weights": np.zeros((2, 3), np.float16)}), "cannot be read"),
        (written("", np.zeros((2, 4), np.int8), np.zeros((3, 3), np.float32)), "a row of each for every example"),
    ],
)
def test_a_wrong_file_is_named(content: bytes, said: str, tmp_path: Path) -> None:
    file = Path(shutil.copyfile(SHIPPED, tmp_path / "mine.toml"))
    acts_beside(file).write_bytes(content)
    with pytest.raises(ArtefactInvalid, match=f"mine.acts.safetensors: .*{said}"):
        read(file)


def test_the_shipped_one_is_of_the_shipped_examples(embedder: Embedder) -> None:
    served = DATA / "releases" / "prompted" / "prompt.toml"
    assert acts_beside(SHIPPED).read_bytes() == acts_beside(served).read_bytes()
    for file in (SHIPPED, served):
        prompt = read(file)
        assert prompt.learnt_acts is not None
        assert prompt.learnt_acts.state == state(prompt.acts, prompt.replies, embedder), "run `trilane-train acts`"
