"""`trilane release`: which parts there are, which of them answer, and the way back."""

import json
from pathlib import Path

import click
from rich.console import Console

from bot.commands import with_shop
from bot.releases.registry import Registry
from bot.releases.release import SLOTS, Slot
from bot.settings import load_settings

console = Console()

SLOT = click.option("--slot", type=click.Choice(SLOTS), help="Only this slot.")
WHY = click.option("--why", default="", help="The reason, for the history.")
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
NEXT_START = "It answers from the next start on; a server that runs goes on with its own."


@click.group()
def release() -> None:
    """What answers: the parts that there are, which of them is chosen, and the way back."""


@release.command("list")
@SLOT
@JSON
@with_shop
def list_parts(slot: Slot | None, as_json: bool, shop: Path | None) -> None:
    """Every part of the shop, shipped or registered, and which one answers in each slot."""
    from bot.models.base import base_sha256
    from bot.releases.serving import find_serving
    from bot.releases.show import part_row, part_table

    settings = load_settings(shop=shop)
    registry = Registry(settings)
    parts = [part for part in registry.parts(base_sha256(settings)) if slot in (None, part.place.slot)]
    serving = find_serving(settings)
    if as_json:
        facts = {"shop": serving.shop, "release": serving.sha256, "index_version": serving.index_version}
        click.echo(json.dumps(facts | {"parts": [part_row(part) for part in parts]}, ensure_ascii=False))
        return
    console.print(serving.sentence())
    console.print(part_table(parts))


@release.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@WHY
@with_shop
def register(folder: Path, why: str, shop: Path | None) -> None:
    """Copy the part in FOLDER, made on another machine perhaps, into its slot as a candidate."""
    from bot.models.base import base_sha256
    from bot.releases.show import registered

    settings = load_settings(shop=shop)
    console.print(registered(*Registry(settings).register(folder, base_sha256(settings), why)), soft_wrap=True)


@release.command()
@click.argument("sha256")
@SLOT
@WHY
@with_shop
def promote(sha256: str, slot: Slot | None, why: str, shop: Path | None) -> None:
    """Let the part answer whose sha256 begins with SHA256."""
    from bot.models.base import base_sha256
    from bot.releases.serving import find_serving

    settings = load_settings(shop=shop)
    place = Registry(settings).promote(sha256, base_sha256(settings), slot=slot, why=why)
    if place is None:
        console.print(f"{sha256} answers already.")
    else:
        console.print(f"{find_serving(settings).sentence()} {NEXT_START}")


@release.command()
@click.option("--steps", type=click.IntRange(min=1), default=1, show_default=True, help="How many releases back.")
@WHY
@with_shop
def rollback(steps: int, why: str, shop: Path | None) -> None:
    """Go back to the release before the current one."""
    from bot.models.base import base_sha256
    from bot.releases.serving import find_serving

    settings = load_settings(shop=shop)
    Registry(settings).rollback(base_sha256(settings), steps=steps, why=why)
    console.print(f"{find_serving(settings).sentence()} {NEXT_START}")


@release.command()
@JSON
@with_shop
def history(as_json: bool, shop: Path | None) -> None:
    """Every registration, promotion and rollback, with its reason."""
    from bot.releases.show import change_table

    changes = Registry(load_settings(shop=shop)).history()
    if as_json:
        click.echo(json.dumps([change.model_dump(mode="json") for change in changes], ensure_ascii=False))
    else:
        console.print(change_table(changes))
