"""trilane-train: make artefacts from transcripts, and measure them."""

import sys
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from bot.artefact import MANIFEST, Artefact
from bot.commands import HELP, Commands
from bot.settings import load_settings


class TrainingCommands(Commands):
    """Says what an interrupt leaves."""

    interrupted = "stopped; the same command goes on after the last whole epoch, or from the start in the first"


@click.group("trilane-train", cls=TrainingCommands, context_settings=HELP)
def cli() -> None:
    """Train and measure the three backends of Trilane."""


@cli.command()
@click.argument("recipe")
@click.option("--out", type=click.Path(path_type=Path), help="Folder; default HOME/artefacts/RECIPE.")
@click.option("--resume/--no-resume", default=True, help="Go on where a stopped run ended (default).")
def fit(recipe: str, out: Path | None, resume: bool) -> None:
    """Make the artefact of RECIPE: the name of a shipped recipe, such as "lora", or a TOML file."""
    from training.fit import fit as make
    from training.recipe import find_recipe

    settings = load_settings()
    file = find_recipe(recipe)
    folder = out or settings.home / "artefacts" / file.stem
    _report(make(file, folder, settings, console=Console(file=sys.stderr), resume=resume))


@cli.command()
@click.option("--cases", multiple=True, type=click.Path(path_type=Path), help="Default DATA/evaluation.")
@click.option("--artefact", multiple=True, type=click.Path(path_type=Path), help="Default: the served ones.")
def evaluate(cases: tuple[Path, ...], artefact: tuple[Path, ...]) -> None:
    """How likely the base and each trained artefact find the answers of evaluation cases."""
    from training.evaluation import nll
    from training.recipe import find_recipe, read_recipe
    from training.transcripts.rows import read_cases

    settings = load_settings()
    served = [settings.artefact_dir(backend) for backend in ("prompt-tuned", "finetuned")]
    folders = artefact or [folder for folder in served if (folder / MANIFEST).is_file()]
    results = nll.evaluate(
        read_cases(cases or [settings.data / "evaluation"]),
        folders,
        settings,
        system=read_recipe(find_recipe("lora")).system,
        console=Console(file=sys.stderr),
    )
    Console().print(nll.table(results))


@cli.command()
@click.option("--database", type=click.Path(path_type=Path), required=True, help="The store that is served.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder for the artefact.")
@click.option("--recipe", default="lora", show_default=True, help="A shipped recipe's name or a TOML file.")
@click.option("--resume/--no-resume", default=True, help="Go on where a stopped run ended (default).")
def retrain(database: Path, out: Path, recipe: str, resume: bool) -> None:
    """Fit again, with the conversations that customers rated helpful among the transcripts."""
    from training.recipe import find_recipe
    from training.retrain import retrain as make

    console = Console(file=sys.stderr)
    _report(make(database, out, load_settings(), find_recipe(recipe), console=console, resume=resume))


def _report(artefact: Artefact) -> None:
    shown = Table(title=f"{artefact.manifest.kind} for backend {artefact.manifest.backend}")
    shown.add_column("metric")
    shown.add_column("value", justify="right")
    for name, value in artefact.manifest.metrics.items():
        shown.add_row(name, f"{value:g}")
    console = Console()
    console.print(shown)
    console.print(f"Written to {artefact.folder}", soft_wrap=True)


if __name__ == "__main__":
    cli()
