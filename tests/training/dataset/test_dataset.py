from dataclasses import replace
from typing import Any

import pytest
import torch

from bot.dialogue import Dialogue, Role, Turn
from bot.engine.local.render import Renderer
from bot.files import sha256_of
from bot.models.base import load_base
from bot.settings import Settings
from training.dataset.batches import collate, shuffled_batches
from training.dataset.dataset import Transcripts, make_dataset, shop_sources
from training.dataset.examples import IGNORED, Example, tokenise, tokenise_all
from training.dataset.folder import DIALOGUES, DatasetManifest, write_manifest
from training.errors import DatasetEmpty, DatasetInvalid

TALK = Dialogue((Turn("user", "Where is it?"), Turn("assistant", "On its way."), Turn("user", "Thanks!")), "t")


def test_labels_are_the_assistants_words_and_their_end_only(settings: Settings) -> None:
    base = load_base(settings)
    renderer = Renderer(base)
    example = tokenise(TALK, renderer, system="Be kind.", max_tokens=512)
    assert example is not None
    spoken = [label for label in example.labels if label != IGNORED]
    assert spoken == [*renderer.plain("On its way."), *renderer.end_ids]
    assert all(label in (IGNORED, token) for token, label in zip(example.ids, example.labels, strict=True))


@pytest.mark.parametrize("role", ["assistant", "agent"])
def test_an_answer_that_is_context_only_is_read_and_carries_no_loss(role: Role, settings: Settings) -> None:
    base = load_base(settings)
    renderer = Renderer(base)
    turns = (Turn("user", "Worn boots?"), Turn(role, "Never."), Turn("user", "Hm."), Turn(role, "Yes."))
    marked = (turns[0], replace(turns[1], learnt=False), *turns[2:])
    whole = tokenise(Dialogue(turns), renderer, system="Be kind.", max_tokens=512)
    example = tokenise(Dialogue(marked), renderer, system="Be kind.", max_tokens=512)
    assert example is not None and whole is not None
    assert example.ids == whole.ids
    batch = collate([example])
    learnt = batch.labels[batch.labels != IGNORED].tolist()
    assert learnt == [*renderer.plain("Yes."), *renderer.end_ids]


def test_a_dialogue_without_an_answer_to_learn_from_is_left_out_by_name() -> None:
    unlearnt = Dialogue((Turn("user", "Gas?"), Turn("assistant", "Any.", learnt=False)), "gas")
    dataset = make_dataset([Transcripts("shop", [TALK, unlearnt])])
    assert (dataset.dialogues, dataset.sources, dataset.unlearnt) == ((TALK,), {"shop": 1}, ("gas",))
    with pytest.raises(DatasetEmpty, match="context only"):
        make_dataset([Transcripts("shop", [unlearnt])])


def test_the_mark_leaves_the_hash_of_dialogues_without_it_as_it_was() -> None:
    assert make_dataset([Transcripts("shop", [TALK])]).sha256 == (
        "4c2de0973d002c3a62028cdc0500b2cf891248f3a5a3fc47611f4396c4c2cca8"
    )
    marked = Dialogue((TALK.turns[0], replace(TALK.turns[1], learnt=False), *TALK.turns), "t")
    unmarked = Dialogue((*TALK.turns[:2], *TALK.turns), "t")
    one, other = (make_dataset([Transcripts("shop", [dialogue])]) for dialogue in (marked, unmarked))
    assert one.sha256 != other.sha256


def long_talk(*lengths: int, system: bool = False) -> Dialogue:
    """Exchanges of one word each, that many times said by both sides."""
    turns = [Turn("system", "The customer is in a hurry.")] if system else []
    for number, length in enumerate(lengths):
        turns += [Turn("user", f"ask{number} " * length), Turn("assistant", f"answer{number} " * length)]
    return Dialogue(tuple(turns), "long")


@pytest.mark.parametrize("system", [False, True])
def test_a_long_dialogue_loses_whole_oldest_turns_and_begins_with_the_customer(
    system: bool, settings: Settings
) -> None:
    renderer = Renderer(load_base(settings))
    talk = long_talk(30, 20, 10, system=system)
    expected = {60: 0, 35: 2, 12: 4}
    for room, left_out in expected.items():
        fits = long_talk(*(30, 20, 10)[left_out // 2 :], system=system)
        kept = replace(fits, turns=(*talk.turns[: int(system)], *talk.turns[int(system) + left_out :]))
        whole = renderer.render(kept, system="Be kind.", reply=False)
        example = tokenise(talk, renderer, system="Be kind.", max_tokens=len(whole.ids))
        assert example is not None, room
        assert (example.ids, example.left_out) == (whole.ids, left_out)
        assert any(label != IGNORED for label in example.labels)


def test_what_remains_of_a_long_dialogue_holds_an_answer_to_learn_from(settings: Settings) -> None:
    renderer = Renderer(load_base(settings))
    first, *rest = long_talk(10, 30, 2).turns
    turns = (first, rest[0], *(replace(turn, learnt=False) for turn in rest[1:]))
    learnt = Dialogue(turns[:2], "short")
    room = len(renderer.render(learnt, system="Be kind.", reply=False).ids)
    assert tokenise(learnt, renderer, system="Be kind.", max_tokens=room) is not None
    assert tokenise(Dialogue(turns, "long"), renderer, system="Be kind.", max_tokens=room) is None


def test_a_dialogue_whose_last_exchange_is_too_long_is_set_aside_by_name(settings: Settings) -> None:
    renderer = Renderer(load_base(settings))
    room = len(renderer.render(TALK, system="Be kind.", reply=False).ids)
    long = replace(TALK, turns=(*TALK.turns, *TALK.turns), id="twice")
    made = tokenise_all([TALK, long, long_talk(9, 300)], renderer, system="Be kind.", max_tokens=room)
    assert (len(made.examples), made.shortened, made.too_long) == (2, ("twice",), ("long",))
    assert made.metrics() == {"dialogues_shortened": 1, "dialogues_too_long": 1}
    assert [sentence.rpartition(": ")[2] for sentence in made.sentences(room)] == ["1 (twice).", "1 (long)."]
    with pytest.raises(DatasetEmpty, match="no dialogue fits"):
        tokenise_all([long_talk(300)], renderer, system="Be kind.", max_tokens=room)


def test_a_batch_is_padded_on_the_right_without_loss_there() -> None:
    batch = collate([Example((5, 6, 7), (IGNORED, 6, 7)), Example((8,), (8,))])
    assert torch.equal(batch.input_ids, torch.tensor([[5, 6, 7], [8, 0, 0]]))
    assert torch.equal(batch.labels, torch.tensor([[IGNORED, 6, 7], [8, IGNORED, IGNORED]]))
    assert batch.tokens == 4


def test_an_epochs_batches_hold_each_dialogue_once_and_depend_on_seed_and_epoch_alone() -> None:
    lengths = [index * 7 % 31 + 1 for index in range(500)]
    batches = shuffled_batches(lengths, 100, seed=1, epoch=2)
    assert sorted(index for batch in batches for index in batch) == list(range(500))
    assert batches == shuffled_batches(lengths, 100, seed=1, epoch=2)
    assert batches != shuffled_batches(lengths, 100, seed=1, epoch=3)


@pytest.mark.parametrize("most", [None, 3])
def test_a_batch_keeps_to_its_budget_with_its_padding_and_wastes_little(most: int | None) -> None:
    lengths = [*(index * 37 % 97 + 4 for index in range(300)), 1000]
    batches = shuffled_batches(lengths, 400, most=most, seed=0, epoch=0)
    padded = [len(batch) * max(lengths[index] for index in batch) for batch in batches]
    assert [size for size in padded if size > 400] == [1000]
    assert max(map(len, batches)) <= (most or 400)
    assert sum(padded) < 1.05 * sum(lengths)
    if most is None:
        # None is a rest: even the smallest has half of what a batch may hold.
        assert min(padded) > 200


def test_a_datasets_hash_follows_its_content(settings: Settings) -> None:
    sources = shop_sources(settings, ["transcripts/*"])
    dataset = make_dataset(sources)
    assert dataset.sources == {"transcripts/shop.jsonl": 1}
    assert dataset.sha256 == make_dataset(sources).sha256
    assert dataset.sha256 != make_dataset([*sources, Transcripts("store", [TALK])]).sha256


def test_a_pattern_without_files_is_refused(settings: Settings) -> None:
    with pytest.raises(DatasetEmpty, match="nothing"):
        shop_sources(settings, ["nothing/*.jsonl"])


def test_a_dataset_among_a_shops_transcripts_is_learnt_from_and_other_folders_are_not(settings: Settings) -> None:
    made = settings.shop_dir / "transcripts" / "mine"
    made.mkdir()
    (settings.shop_dir / "transcripts" / "raw").mkdir()
    rows = (settings.shop_dir / "transcripts" / "shop.jsonl").read_text(encoding="utf-8")
    (made / DIALOGUES).write_text(rows, encoding="utf-8")
    facts: dict[str, Any] = {"splits": {}, "languages": {}, "sources": [], "options": {}, "rejected": {}}
    facts |= {"dialogues": 1, "sha256": sha256_of(made / DIALOGUES), "left_out": {}, "redacted": {}}
    write_manifest(made, DatasetManifest(**facts))
    names = [source.name for source in shop_sources(settings, ["transcripts/*"])]
    assert names == ["transcripts/mine/dialogues.jsonl", "transcripts/shop.jsonl"]
    (made / DIALOGUES).write_text(rows + rows, encoding="utf-8")
    with pytest.raises(DatasetInvalid):
        shop_sources(settings, ["transcripts/*"])
