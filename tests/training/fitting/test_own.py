"""A team's own parts: what was shipped learns on from transcripts that name no article, and gets no worse."""

import json
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from rich.console import Console
from safetensors.torch import load_file

from bot.releases.part import Artefact
from bot.releases.release import Slot
from bot.settings import Settings
from training.fitting.fit import fit
from training.fitting.recipe import find_recipe

# In each article the sentence that answers is not the one that sounds like the question.
ARTICLES = {
    "kites": ("The wind for my kite is often asked about.", "It needs 12 miles of moving air every hour."),
    "boats": ("Customers say my boat has sunk already.", "Let wet paper dry for 9 minutes near warm radiators."),
    "tops": ("How long a top spins, people often wonder.", "About 70 seconds pass until wooden edges fall."),
}
QUESTIONS = {
    "kites": "wind for my kite??",
    "boats": "my boat has sunk already",
    "tops": "how long a top spins",
}
PARTS: tuple[Slot, ...] = ("retriever", "reranker", "reader")
WEIGHTS = "adapter_model.safetensors"
RIGHT, WRONG = 1, 0


def write_shop(folder: Path) -> None:
    (folder / "knowledge").mkdir(parents=True)
    (folder / "shop.toml").write_text('name = "Toys"\n[contacts]\nemail = "a@b.example"\n', encoding="utf-8")
    for slug, said in ARTICLES.items():
        text = f"# {slug.title()}\n\n{' '.join(said)}\n"
        (folder / "knowledge" / f"{slug}.md").write_text(text, encoding="utf-8")


def write_cases(file: Path) -> None:
    rows = [
        {
            "id": slug,
            "messages": [{"role": "user", "content": question}],
            "reference": ARTICLES[slug][RIGHT],
            "articles": [slug],
            "sentences": [ARTICLES[slug][RIGHT]],
            "kind": "fact",
        }
        for slug, question in QUESTIONS.items()
    ]
    file.parent.mkdir()
    file.write_text("".join(json.dumps(one) + "\n" for one in rows), encoding="utf-8")


def write_chats(shop: Path, sentence: int) -> None:
    """Ten conversations on each question: an agent says that sentence of the article and does not name it."""
    rows = [
        {
            "id": f"{slug}-{number}",
            "messages": [
                {"role": "user", "content": question},
                {"role": "agent", "content": ARTICLES[slug][sentence]},
                {"role": "user", "content": "ok thank you"},
                {"role": "agent", "content": "You are welcome, have a nice day and come back soon."},
            ],
        }
        for slug, question in QUESTIONS.items()
        for number in range(10)
    ]
    (shop / "transcripts").mkdir(exist_ok=True)
    text = "".join(json.dumps(one) + "\n" for one in rows)
    (shop / "transcripts" / "chats.jsonl").write_text(text, encoding="utf-8")


@pytest.fixture
def toys(settings: Settings, tmp_path: Path) -> Settings:
    """A trade to have learnt from, and elsewhere a team's folder with the same articles."""
    trade, shop = settings.data / "trades" / "bank", tmp_path / "shop"
    write_shop(trade)
    write_cases(trade / "cases" / "all.jsonl")
    write_shop(shop)
    write_chats(shop, RIGHT)
    return settings.model_copy(update={"dtype": "float32", "shop": shop})


def fitted(
    part: Slot, out: Path, settings: Settings, console: Console, changes: Sequence[tuple[str, str]] = ()
) -> Artefact:
    """A fit of the recipe for a team's own part, with some of its lines changed.

    None is shipped for a reader: it is its recipe that goes on with the shipped one.
    """
    if part == "reader":
        text = 'init_from = "shipped"\nreplay = 0.2\n' + find_recipe("reader").read_text(encoding="utf-8")
    else:
        text = find_recipe(f"{part}-own").read_text(encoding="utf-8")
    for pattern, line in (("shops", 'shops = ["trades/*"]\n'), *changes):
        text, count = re.subn(rf"^{pattern} = .*\n", line, text, flags=re.MULTILINE)
        assert count == 1, pattern
    file = out.parent / f"{out.name}.toml"
    file.write_text(text, encoding="utf-8")
    return fit(file, out, settings, console=console)


def ship(part: Slot, settings: Settings, console: Console, epochs: int = 4) -> Path:
    """A first part for the slot, which began with nothing."""
    begins = ("init_from", ""), ("replay", ""), ("epochs", f"epochs = {epochs}\n")
    rate = ("learning_rate", "learning_rate = 2e-2\n" if part != "retriever" else "learning_rate = 1e-3\n")
    shipped = settings.shipped_part(part)
    shipped.parent.mkdir(exist_ok=True)
    return fitted(part, shipped, settings, console, (*begins, rate)).folder


@pytest.mark.parametrize("part", PARTS)
def test_a_teams_own_part_begins_with_the_shipped_weights_and_learns_answers_that_name_no_article(
    part: Slot, toys: Settings, tmp_path: Path, console: Console
) -> None:
    shipped = load_file(ship(part, toys, console) / WEIGHTS)
    still = fitted(part, tmp_path / "still", toys, console, [("learning_rate", "learning_rate = 1e-9\n")])
    moved = fitted(part, tmp_path / "moved", toys, console)
    begun, learnt = (load_file(made.folder / WEIGHTS) for made in (still, moved))
    assert begun.keys() == shipped.keys()
    for name, tensor in shipped.items():
        torch.testing.assert_close(begun[name].float(), tensor.float(), atol=1e-3, rtol=1e-2)
    assert any(not torch.equal(learnt[name], tensor) for name, tensor in shipped.items())
    assert still.manifest.recipe["init_from"] == "shipped"
    assert moved.manifest.dataset.sources["transcripts/chats.jsonl"] >= len(QUESTIONS)
    assert moved.manifest.dataset.sources["trades/bank/cases/all.jsonl"] >= 1
    # The courtesies rest on nothing.
    assert "Of 60 answers that name no article, 30 say what one of the help centre says." in shown(console)


@pytest.mark.parametrize("part", PARTS)
def test_a_team_needs_no_trades_beside_it(part: Slot, toys: Settings, tmp_path: Path, console: Console) -> None:
    ship(part, toys, console, epochs=1)
    shutil.rmtree(toys.data / "trades")
    made = fitted(part, tmp_path / "made", toys, console)
    assert list(made.manifest.dataset.sources) == ["transcripts/chats.jsonl"]
    assert "Only the shop's own is learnt: no shop's folder" in shown(console)


def test_a_reader_that_unlearns_what_the_team_holds_back_is_marked(
    toys: Settings, tmp_path: Path, console: Console
) -> None:
    ship("reader", toys, console, epochs=60)
    assert toys.shop is not None
    write_cases(toys.shop / "cases" / "dev.jsonl")
    write_chats(toys.shop, WRONG)
    hard = [("learning_rate", "learning_rate = 2e-2\n"), ("epochs", "epochs = 20\n"), ("replay", "replay = 0.0\n")]
    manifest = fitted("reader", tmp_path / "worse", toys, console, hard).manifest
    assert manifest.metrics["dev_right_before"] == 1.0 > manifest.metrics["dev_right"]
    assert manifest.failed is not None and "it chooses worse" in manifest.failed
    write_chats(toys.shop, RIGHT)
    manifest = fitted("reader", tmp_path / "better", toys, console).manifest
    assert manifest.failed is None and manifest.metrics["dev_right"] == 1.0


def shown(console: Console) -> str:
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]
