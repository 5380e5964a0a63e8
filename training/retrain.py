"""The loop closed: the store is one more export, taken in like any other, and then it is fitted again."""

import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from bot.errors import StoreUnusable
from bot.redaction.redactor import own_contacts
from bot.releases.part import Artefact
from bot.retrieval.articles import article_texts
from bot.settings import Settings
from bot.shop.profile import read_shop
from training.dataset.dataset import Transcripts, read_transcripts, shop_sources
from training.dataset.folder import DIALOGUES
from training.errors import DatasetEmpty
from training.fitting.fit import fit_sources
from training.fitting.recipe import read_recipe
from training.ingest.pipeline import Options, ingest
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
    """Fit `recipe` on its transcripts and on what a store holds to learn from, as source `store`.

    Raises StoreUnusable when the database is missing or holds nothing to learn from.
    """
    console = console or Console(file=sys.stderr)
    refuse_foreign(out)
    read = read_recipe(recipe)
    said = from_store(database, settings, console)
    sources = [*shop_sources(settings, read.transcripts), said]
    return fit_sources(read, sources, out, settings, console=console, resume=resume)


def from_store(database: Path, settings: Settings, console: Console) -> Transcripts:
    """What training may see of a store: ingested as every export is, in a dataset that is gone afterwards.

    So cleaning, redaction, duplicates, splits and erasure are those of `trilane-train ingest`. Raises
    StoreUnusable when the database is missing or nothing in it may be learnt from.
    """
    if not database.is_file():
        raise StoreUnusable(database, "there is no such file; it is made by `trilane serve`")
    keep = own_contacts(read_shop(settings.shop_dir), article_texts(settings.knowledge_dir))
    with TemporaryDirectory(prefix="trilane-") as work:
        folder = Path(work) / STORE
        try:
            made = ingest([database], folder, settings.home, Options(), keep=keep, console=console)
        except DatasetEmpty as error:
            raise StoreUnusable(
                database,
                "no answer in it was rated helpful, or confirmed or written by a person, so there is nothing new "
                f"to learn from ({error})",
            ) from error
        said = read_transcripts(folder / DIALOGUES, STORE)
    rejected = "; ".join(f"{count} {reason}" for reason, count in Counter(made.rejected).most_common())
    console.print(
        f"From the store: {len(said.dialogues)} conversations to learn from, {len(said.dev)} to measure on, "
        f"{sum(made.rejected.values())} left out{f' ({rejected})' if rejected else ''}."
    )
    if not said.dialogues:
        raise StoreUnusable(
            database,
            f"all {made.dialogues} conversations with something to learn from fell to the dev and test splits, so "
            "there is nothing new to learn from yet",
        )
    return said
