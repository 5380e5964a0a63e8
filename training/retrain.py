"""The loop closed: fit again from the transcripts and from what customers called helpful."""

import sys
from pathlib import Path

from rich.console import Console

from bot.dialogue import Dialogue
from bot.errors import StoreUnusable
from bot.redaction.redactor import Redactor, own_contacts
from bot.releases.part import Artefact
from bot.retrieval.articles import article_texts
from bot.settings import Settings
from bot.shop.profile import read_shop
from bot.store.learnable import learnable
from bot.store.sqlite.archive import open_archive
from bot.store.tombstones import TOMBSTONES, Tombstones
from training.dataset.dataset import make_dataset, transcript_sources
from training.fitting.fit import fit_dataset
from training.fitting.recipe import read_recipe
from training.output import refuse_foreign

STORE = "store"


def retrain(
    database: Path,
    out: Path,
    settings: Settings,
    recipe: Path,
    *,
    console: Console | None = None,
    resume: bool = True,
) -> Artefact:
    """Fit `recipe` on its transcripts and the helpful dialogues of a store, redacted, as source `store`.

    Raises StoreUnusable when the database is missing or holds no helpful dialogue.
    """
    refuse_foreign(out)
    read = read_recipe(recipe)
    if not database.is_file():
        raise StoreUnusable(database, "there is no such file; it is made by `trilane serve`")
    helpful = redacted_helpful(database, settings)
    if not helpful:
        raise StoreUnusable(
            database, "no conversation in it was rated helpful yet, so there is nothing new to learn from"
        )
    sources = transcript_sources(settings.shop_dir, read.transcripts)
    dataset = make_dataset([*sources, (STORE, helpful)])
    return fit_dataset(read, dataset, out, settings, console=console or Console(file=sys.stderr), resume=resume)


def redacted_helpful(database: Path, settings: Settings) -> list[Dialogue]:
    """The dialogues of a store that hold an answer to learn from, without personal data. Raises StoreUnusable."""
    redactor = Redactor(keep=own_contacts(read_shop(settings.shop_dir), article_texts(settings.knowledge_dir)))
    tombstones = Tombstones([settings.home / TOMBSTONES])
    with open_archive(database) as archive:
        found = [
            one.dialogue()
            for one in learnable(archive.conversations(), tombstones)
            if any(turn.mark == "learnt" for turn in one.turns)
        ]
    return [redactor.dialogue(dialogue) for dialogue in found]
