"""Tests of rows of all kinds in one pass: each gets what a plain forward pass of the base gives it alone."""

import copy
import math
import random
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM

from bot.engine.local.adapters import Adapters
from bot.engine.local.peft_files import read_lora, read_soft_prompt
from bot.engine.local.rows import Likelihood, Next, Nothing, Row, Verdicts
from bot.engine.local.runner import Runner
from bot.engine.protocol import Sampling
from bot.errors import BaseUnusable, EngineFailed
from bot.models.base import LoadedBase, load_base
from bot.settings import load_settings
from tests.tools.tiny_adapters import write_tiny_lora, write_tiny_soft_prompt
from tests.tools.tiny_families import FAMILIES, family

ADAPTERS = ("lora", "larger", "soft", None)


@pytest.fixture(scope="module")
def base(tiny_folder: Path) -> LoadedBase:
    return load_base(load_settings({}, base_model=str(tiny_folder), device="cpu", dtype="float32"))


class Plain:
    """What the base says with each adapter, computed by PEFT and transformers without any cache."""

    def __init__(self, tiny_folder: Path, tmp_path: Path, adapters: Adapters) -> None:
        loras = {
            "lora": write_tiny_lora(tmp_path / "lora", tiny_folder, seed=1),
            # Another rank, on other layers.
            "larger": write_tiny_lora(
                tmp_path / "larger", tiny_folder, seed=2, r=6, target_modules=["q_proj", "gate_proj", "o_proj"]
            ),
        }
        soft = write_tiny_soft_prompt(tmp_path / "soft", tiny_folder, seed=3)
        self._models: dict[str | None, Any] = {None: _model(tiny_folder)}
        for name, part in loras.items():
            adapters.add(name, read_lora(part, self._models[None]))
            self._models[name] = PeftModel.from_pretrained(_model(tiny_folder), str(part.folder)).eval()
        self._rows = read_soft_prompt(soft, self._models[None])
        adapters.add("soft", self._rows)
        self.soft_ids = adapters.soft_ids("soft")

    @torch.inference_mode()
    def logits(self, ids: Sequence[int], adapter: str | None) -> torch.Tensor:
        """(ids, vocabulary)"""
        model = self._models[None if adapter == "soft" else adapter]
        known = [0 if token in self.soft_ids else token for token in ids]
        embedded = self._models[None].get_input_embeddings()(torch.tensor([known])).clone()
        for place, token in enumerate(ids):
            if token in self.soft_ids:
                embedded[0, place] = self._rows[self.soft_ids.index(token)]
        logits: torch.Tensor = model(inputs_embeds=embedded).logits[0]
        return logits


def _model(folder: Path) -> Any:
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()


def prompts(chance: random.Random, soft: Sequence[int], count: int) -> list[tuple[str | None, list[int]]]:
    """Of very different lengths; half of them begin like another one."""
    made: list[tuple[str | None, list[int]]] = []
    for _ in range(count):
        adapter = chance.choice(ADAPTERS)
        begin: list[int] = list(soft) if adapter == "soft" else []
        others = [ids for known, ids in made if known == adapter]
        if others and chance.random() < 0.5:
            known = chance.choice(others)
            begin = known[: chance.randint(len(begin), len(known))]
        made.append((adapter, begin + [chance.randrange(10, 500) for _ in range(chance.randint(1, 60))]))
    return made


def run(runner: Runner, rows: Iterable[Row], chance: random.Random, new: int = 1) -> dict[Row, Any]:
    """Read rows in pieces, in an order by chance; those that speak say `new` ids."""
    waiting, found = list(rows), {}
    while waiting:
        some = [row for row in waiting if chance.random() < 0.7] or waiting
        plan = [(row, min(row.left, chance.randint(1, 40))) for row in some if row.begun or runner.begin(row)]
        for row, result in runner.step(plan):
            if isinstance(row.want, Next):
                assert isinstance(result, int)
                row.want.said.append(result)
                if len(row.want.said) < new:
                    row.ids.append(result)
                    continue
                result = tuple(row.want.said)
            found[row] = result
            runner.end(row)
            waiting.remove(row)
        runner.cache.check([(row.nodes, row.own) for row in runner.rows])
    return found


@pytest.mark.parametrize("cache_bytes", [0, 1 << 24])
def test_rows_of_all_backends_in_one_pass_say_what_each_says_alone(
    cache_bytes: int, base: LoadedBase, tiny_folder: Path, tmp_path: Path
) -> None:
    """Two LoRAs that differ in rank and layers, a soft prompt and the bare base; twice, so that all is known."""
    runner = Runner(base, cache_bytes)
    plain = Plain(tiny_folder, tmp_path, runner.adapters)
    chance = random.Random(4)
    asked = prompts(chance, plain.soft_ids, 24)
    for again in range(2):
        rows = []
        for number, (adapter, ids) in enumerate(asked):
            want: Any = Next(Sampling(), torch.Generator())
            if number % 4 == 1:
                want = Likelihood(tuple(chance.randrange(10, 500) for _ in range(chance.randint(1, 9))))
                ids = [*ids, *want.ids[:-1]]
            elif number % 4 == 2:
                want = Verdicts((len(ids) - 1, 0, len(ids) // 2), 20, 30)
            elif number % 4 == 3:
                want = Nothing()
            rows.append(Row(list(ids), adapter, want, most=len(ids) + 6, keeps=len(ids)))
        lengths = {row: len(row.ids) for row in rows}
        for row, result in run(runner, rows, chance, new=6).items():
            logits = plain.logits(row.ids, row.adapter)
            if isinstance(row.want, Next):
                expected: Any = tuple(logits[lengths[row] - 1 :].argmax(-1).tolist())
                assert result == expected, again
            elif isinstance(row.want, Likelihood):
                told = torch.tensor(row.want.ids)
                logs = logits[-len(told) :].log_softmax(-1).gather(1, told[:, None])
                assert result == pytest.approx(float(logs.mean()), abs=1e-4), again
            elif isinstance(row.want, Verdicts):
                told = logits[list(row.want.places)]
                assert result == pytest.approx((told[:, 20] - told[:, 30]).tolist(), abs=1e-4), again
            else:
                assert result is None
    # However little memory there is: a whole context fits, and what is remembered beside it.
    assert runner.pages.count == (65 if not cache_bytes else 4096) and runner.cache.held > 0
    runner.cache.clear()
    assert runner.pages.free == runner.pages.count


@pytest.mark.parametrize("name", FAMILIES)
def test_every_family_of_models_says_in_pages_what_it_says_without(name: str, tiny_folder: Path) -> None:
    base = family(name, tiny_folder)
    alone = copy.deepcopy(base.model)
    runner = Runner(base, 1 << 20)
    chance = random.Random(5)
    rows = []
    for length in (3, 50, 17, 90):
        ids = [chance.randrange(10, 500) for _ in range(length)]
        rows.append(Row(ids, None, Next(Sampling(), torch.Generator()), most=length + 8, keeps=length))
    begun = [list(row.ids) for row in rows]
    for row, said in run(runner, rows, chance, new=8).items():
        with torch.inference_mode():
            logits = alone(torch.tensor([row.ids])).logits[0, len(begun[rows.index(row)]) - 1 :]
        assert said == tuple(logits.argmax(-1).tolist())
    # Outside of a step the model attends as it did.
    with torch.inference_mode():
        both = [model(torch.tensor([begun[1], begun[1]])).logits for model in (base.model, alone)]
    torch.testing.assert_close(both[0], both[1])


def test_a_base_whose_attention_cannot_be_exchanged_is_refused_in_a_sentence(tiny_folder: Path) -> None:
    base = family("llama", tiny_folder)
    base.model._supports_attention_backend = False
    with pytest.raises(BaseUnusable, match="no exchangeable attention for llama; take a base of another family"):
        Runner(base, 0)


def test_a_row_that_never_fits_is_refused_and_one_that_does_not_now_waits(base: LoadedBase) -> None:
    runner = Runner(base, 0)
    most = 16 * runner.pages.count
    with pytest.raises(EngineFailed, match=f"{most + 1} tokens do not fit the cache; give it more"):
        runner.begin(Row([5] * 3, None, Nothing(), most=most + 1))
    first, second = Row([5] * 3, None, Nothing(), most=most), Row([6] * 3, None, Nothing())
    assert runner.begin(first) and not runner.begin(second) and not second.begun
    runner.end(first)
    assert runner.begin(second)


def test_numbers_that_are_none_fail_their_row_alone_and_leave_nothing_behind(base: LoadedBase) -> None:
    runner = Runner(base, 0)
    damaged = torch.full((1, 32), math.nan)
    runner.adapters.add("damaged", damaged)
    (token,) = runner.adapters.soft_ids("damaged")
    good = [Row([7, 8, 9], None, Next(Sampling(), torch.Generator())) for _ in range(2)]
    bad = [
        Row([token, 8, 9], "damaged", Next(Sampling(), torch.Generator())),
        Row([token, 8, 9], "damaged", Likelihood((3, 4))),
    ]
    for row in (*bad, good[0]):
        assert runner.begin(row)
    found = dict(runner.step([(row, row.left) for row in (*bad, good[0])]))
    assert all(isinstance(found[row], EngineFailed) for row in bad)
    for row in bad:
        runner.end(row, failed=True)
    assert bool(torch.isfinite(runner.pages.keys).all() and torch.isfinite(runner.pages.values).all())
    runner.end(good[0])
    # Who takes their pages next reads what it always reads.
    assert runner.begin(good[1])
    again = dict(runner.step([(good[1], 3)]))
    assert again[good[1]] == found[good[0]]


@pytest.mark.parametrize("shares", [True, False])
def test_what_is_erased_while_it_is_read_is_not_remembered_afterwards(base: LoadedBase, shares: bool) -> None:
    runner = Runner(base, 1 << 20)
    want: Any = Next(Sampling(), torch.Generator()) if shares else Nothing()
    row = Row([7] * 40, None, want, most=50, keeps=50)
    assert runner.begin(row)
    runner.step([(row, 20)])
    runner.cache.clear()
    runner.step([(row, 20)])
    assert runner.cache.held == 0
    runner.end(row)
    assert runner.cache.held == 0 and runner.pages.free == runner.pages.count
    later = Row([7] * 40, None, want, most=50, keeps=50)
    assert runner.begin(later) and later.read == 0
    runner.step([(later, 40)])
    runner.end(later)
    assert runner.cache.held == 3


def test_a_row_that_was_made_for_a_soft_prompt_loaded_before_is_refused(base: LoadedBase) -> None:
    """Loaded anew it has other ids: the old ones would be read as nothing."""
    runner = Runner(base, 1 << 20)
    rows = torch.randn(2, 32)
    runner.adapters.add("soft", rows)
    old = Row([*runner.adapters.soft_ids("soft"), 5], "soft", Nothing())
    assert runner.begin(old)
    runner.end(old)
    runner.adapters.remove("soft")
    with pytest.raises(EngineFailed, match="adapter soft is not loaded"):
        runner.begin(old)
    runner.adapters.add("soft", rows)
    for ids in (old.ids, [5]):
        with pytest.raises(EngineFailed, match="adapter soft was loaded anew; ask again"):
            runner.begin(Row(list(ids), "soft", Nothing()))
    assert runner.begin(Row([*runner.adapters.soft_ids("soft"), 5], "soft", Nothing()))
