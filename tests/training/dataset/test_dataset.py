from dataclasses import replace

import pytest
import torch

from bot.dialogue import Dialogue, Role, Turn
from bot.engine.local.render import Renderer
from bot.models.base import load_base
from bot.settings import Settings
from training.dataset.batches import IGNORED, Example, collate, shuffled_batches, tokenise
from training.dataset.dataset import Transcripts, make_dataset, shop_sources
from training.errors import DatasetEmpty, DialogueTooLong

TALK = Dialogue((Turn("user", "Where is it?"), Turn("assistant", "On its way."), Turn("user", "Thanks!")), "t")


def test_labels_are_the_assistants_words_and_their_end_only(settings: Settings) -> None:
    base = load_base(settings)
    renderer = Renderer(base)
    example = tokenise(TALK, renderer, system="Be kind.", max_tokens=512)
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
    assert example.ids == whole.ids
    batch = collate([example], pad_id=0)
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


def test_a_dialogue_that_does_not_fit_is_refused_and_not_cut(settings: Settings) -> None:
    base = load_base(settings)
    renderer = Renderer(base)
    with pytest.raises(DialogueTooLong, match="dialogue 't' has"):
        tokenise(TALK, renderer, system="Be kind.", max_tokens=8)


def test_a_batch_is_padded_on_the_right_without_loss_there() -> None:
    batch = collate([Example((5, 6, 7), (IGNORED, 6, 7)), Example((8,), (8,))], pad_id=0)
    assert torch.equal(batch.input_ids, torch.tensor([[5, 6, 7], [8, 0, 0]]))
    assert torch.equal(batch.labels, torch.tensor([[IGNORED, 6, 7], [8, IGNORED, IGNORED]]))
    assert batch.tokens == 4


def test_an_epochs_batches_hold_each_dialogue_once_and_depend_on_seed_and_epoch_alone() -> None:
    lengths = [index * 7 % 31 for index in range(50)]
    batches = shuffled_batches(lengths, 8, seed=1, epoch=2)
    assert sorted(index for batch in batches for index in batch) == list(range(50))
    assert batches == shuffled_batches(lengths, 8, seed=1, epoch=2)
    assert batches != shuffled_batches(lengths, 8, seed=1, epoch=3)


def test_a_datasets_hash_follows_its_content(settings: Settings) -> None:
    sources = shop_sources(settings.shop_dir, ["transcripts/*"])
    dataset = make_dataset(sources)
    assert dataset.sources == {"transcripts/shop.jsonl": 1}
    assert dataset.sha256 == make_dataset(sources).sha256
    assert dataset.sha256 != make_dataset([*sources, Transcripts("store", [TALK])]).sha256


def test_a_pattern_without_files_is_refused(settings: Settings) -> None:
    with pytest.raises(DatasetEmpty, match="nothing"):
        shop_sources(settings.shop_dir, ["nothing/*.jsonl"])
