"""trilane-train: make artefacts from transcripts, and measure them."""

import shutil
import signal
import sys
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from bot.commands import HELP, INTERRUPTED, Commands, with_shop
from bot.releases.part import Artefact
from bot.releases.registry import Registry
from bot.releases.show import registered
from bot.settings import Settings, load_settings
from training.evaluation_commands import calibrate, cases_of, evaluate, likelihood, retrieval
from training.telling_commands import acts, probes

OUT = "Folder to write to, instead of registering a candidate."


class TrainingCommands(Commands):
    """Says what an interrupt leaves."""

    interrupted = "stopped; the same command goes on where it was"


@click.group("trilane-train", cls=TrainingCommands, context_settings=HELP)
def cli() -> None:
    """Train and measure the three backends of Trilane."""
    # A process that is asked to end leaves what Ctrl-C leaves.
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@cli.command()
@click.argument("sources", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder for the dataset.")
@click.option("--format", "form", default="auto", show_default=True, help="What the exports are; docs/formats.md.")
@click.option("--keep-names", is_flag=True, help="Redact everything but names.")
@click.option("--limit", type=click.IntRange(min=1), help="Stop after this many dialogues.")
@click.option("--seed", default=0, show_default=True, help="Of the split into train, dev and test.")
@click.option(
    "--knowledge", type=click.Path(exists=True, path_type=Path), help="Help centre whose own contact details stay."
)
@with_shop
@click.pass_context
def ingest(
    ctx: click.Context,
    sources: tuple[Path, ...],
    out: Path,
    form: str,
    keep_names: bool,
    limit: int | None,
    seed: int,
    knowledge: Path | None,
    shop: Path | None,
) -> None:
    """Turn exports of support tools into a training dataset, without personal data.

    SOURCES are files or folders; docs/formats.md says which formats there are.
    """
    from bot.redaction.redactor import own_contacts
    from bot.retrieval.articles import article_texts
    from bot.shop.profile import read_shop
    from training.ingest.pipeline import Options
    from training.ingest.pipeline import ingest as make
    from training.ingest.show import guessed, summary

    ctx.meta[INTERRUPTED] = "stopped; nothing was written"
    settings = load_settings(knowledge=knowledge, shop=shop)
    profile = read_shop(settings.shop_dir)
    own = own_contacts(profile, article_texts(settings.knowledge_dir))
    options = Options(form, keep_names, limit, seed, staff_domains=profile.staff_domains)
    manifest = make(sources, out, settings.home, options, keep=own, console=Console(file=sys.stderr))
    console = Console()
    console.print(summary(out, manifest))
    for part in guessed(out, manifest):
        console.print(part, soft_wrap=True)
    console.print(f"Written to {out}; what was rejected, and why, is in {out / 'rejected.jsonl'}", soft_wrap=True)


@cli.command()
@click.argument("datasets", nargs=-1, required=True, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--visitor", multiple=True, help="A customer's e-mail, or id in the export (zendesk:55).")
@click.option("--conversation", multiple=True, help="A conversation's id, in the dataset or in its export.")
def erase(datasets: tuple[Path, ...], visitor: tuple[str, ...], conversation: tuple[str, ...]) -> None:
    """Take a person or a conversation out of DATASETS, and keep later ingests from bringing them back.

    Exit code 1 where none of DATASETS holds them. Chats with the bot itself: `trilane erase`.
    """
    from training.ingest.erase import erase as take_out

    if not visitor and not conversation:
        raise click.UsageError("name whom to erase with --visitor or --conversation")
    gone = take_out(datasets, load_settings().home, visitors=visitor, conversations=conversation)
    for folder, count in gone.items():
        what = f"{count} erased" if count else "no dialogue is theirs"
        click.echo(f"{folder}: {what}; later ingests leave them out")
    named = [*(f"--visitor {one}" for one in visitor), *(f"--conversation {one}" for one in conversation)]
    click.echo(f"Chats with the bot itself: `trilane erase {' '.join(named)}`")
    if not any(gone.values()):
        click.echo("Nobody was found: check the id, as the export or the dataset spells it.", err=True)
        sys.exit(1)


@cli.command()
@click.argument("dataset", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--seed", type=int, help="Of the dialogues that are shown; other ones each time without it.")
def show(dataset: Path, seed: int | None) -> None:
    """What is in DATASET: counts, lengths in tokens, intents, languages, three random dialogues."""
    from bot.engine.local.render import Renderer
    from bot.models.base import load_base
    from training.ingest.show import show as shown

    base = load_base(load_settings(), Console(file=sys.stderr))
    for part in shown(dataset, Renderer(base), seed=seed):
        Console().print(part)


@cli.command()
@click.argument("recipe")
@click.option("--out", type=click.Path(path_type=Path), help=OUT)
@click.option("--resume/--no-resume", default=True, help="Go on where a stopped run ended (default).")
@click.option(
    "--transcripts",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    help="Files, folders or datasets to learn from, instead of the recipe's.",
)
@click.option(
    "--knowledge", type=click.Path(path_type=Path), help="A help centre instead of the shop's, for a prompt's fit."
)
@with_shop
def fit(
    recipe: str,
    out: Path | None,
    resume: bool,
    transcripts: tuple[Path, ...],
    knowledge: Path | None,
    shop: Path | None,
) -> None:
    """Make the artefact of RECIPE: the name of a shipped recipe, such as "lora", or a TOML file."""
    from training.fitting.fit import fit as make
    from training.fitting.recipe import find_recipe

    settings = load_settings(knowledge=knowledge, shop=shop)
    file = find_recipe(recipe)
    console = Console(file=sys.stderr)
    why = f"fit {file.stem}"
    folder = out or _unregistered(settings, why)
    made = make(file, folder, settings, transcripts=transcripts, console=console, resume=resume)
    _report(made, settings, why if out is None else None)


for _command in (acts, calibrate, cases_of, evaluate, likelihood, probes, retrieval):
    cli.add_command(_command)


@cli.command()
@click.option("--database", type=click.Path(path_type=Path), required=True, help="The store that is served.")
@click.option("--out", type=click.Path(path_type=Path), help=OUT)
@click.option("--recipe", default="lora", show_default=True, help="A shipped recipe's name or a TOML file.")
@click.option("--resume/--no-resume", default=True, help="Go on where a stopped run ended (default).")
@with_shop
def retrain(database: Path, out: Path | None, recipe: str, resume: bool, shop: Path | None) -> None:
    """Fit again, with the conversations that customers rated helpful among the transcripts."""
    from training.fitting.recipe import find_recipe
    from training.retrain import retrain as make

    settings = load_settings(shop=shop)
    file = find_recipe(recipe)
    why = f"retrain {file.stem}"
    folder = out or _unregistered(settings, why)
    made = make(database, folder, settings, file, console=Console(file=sys.stderr), resume=resume)
    _report(made, settings, why if out is None else None)


def _unregistered(settings: Settings, why: str) -> Path:
    """Where a part is made that goes to the registry: it is known by its sha256 only when it is whole."""
    # What would refuse it at the end refuses it before hours are spent.
    Registry(settings).history()
    return settings.home / "fitting" / why.replace(" ", "-")


def _report(artefact: Artefact, settings: Settings, why: str | None) -> None:
    """Show what was made, and register it where there is a reason to."""
    shown = Table(title=f"{artefact.manifest.kind} for slot {artefact.manifest.slot}")
    shown.add_column("metric")
    shown.add_column("value", justify="right")
    for name, value in artefact.manifest.metrics.items():
        shown.add_row(name, f"{value:g}")
    console = Console()
    console.print(shown)
    if why is None:
        if artefact.manifest.failed:
            console.print(f"Its training failed: {artefact.manifest.failed}.", soft_wrap=True)
        console.print(f"Written to {artefact.folder}", soft_wrap=True)
        return
    from bot.models.base import base_sha256

    part, chosen = Registry(settings).register(artefact.folder, base_sha256(settings), why)
    shutil.rmtree(artefact.folder)
    console.print(registered(part, chosen), soft_wrap=True)


if __name__ == "__main__":
    cli()
