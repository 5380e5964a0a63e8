"""The loop closed: fit again from the transcripts and from what customers called helpful."""

import sys
from pathlib import Path

from rich.console import Console

from bot.artefact import Artefact
from bot.errors import StoreUnusable
from bot.knowledge import read_articles
from bot.settings import Settings
from training.dataset import make_dataset, transcript_sources
from training.fit import fit_dataset
from training.output import refuse_foreign
from training.recipe import read_recipe
from training.redaction.redactor import Redactor, contact_details

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
    from bot.store.conversations import helpful_dialogues

    refuse_foreign(out)
    read = read_recipe(recipe)
    if not database.is_file():
        raise StoreUnusable(database, "there is no such file; it is made by `trilane serve`")
    articles = read_articles(settings.knowledge_dir)
    redactor = Redactor(keep=contact_details(article.body for article in articles))
    helpful = [redactor.dialogue(dialogue) for dialogue in helpful_dialogues(database)]
    if not helpful:
        raise StoreUnusable(
            database, "no conversation in it was rated helpful yet, so there is nothing new to learn from"
        )
    sources = transcript_sources(settings.data, read.transcripts)
    dataset = make_dataset([*sources, (STORE, helpful)])
    return fit_dataset(read, dataset, out, settings, console=console or Console(file=sys.stderr), resume=resume)
