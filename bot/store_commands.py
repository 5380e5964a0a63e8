"""`trilane erase`: people and conversations out of the bot's own database."""

import asyncio
from pathlib import Path

import click

from bot.settings import load_settings


@click.command()
@click.option("--visitor", multiple=True, help="A visitor's id; all their conversations go.")
@click.option("--conversation", multiple=True, help="A conversation's id.")
@click.option("--database", type=click.Path(path_type=Path), help="The store; default HOME/trilane.db.")
@click.option("--yes", is_flag=True, help="Don't ask before erasing.")
@click.pass_context
def erase(
    ctx: click.Context, visitor: tuple[str, ...], conversation: tuple[str, ...], database: Path | None, yes: bool
) -> None:
    """Erase people or conversations from the bot's chats, beside a running server or without one.

    Their texts, thumbs and comments go, and nothing is learnt from them again; counts without a name remain.
    Exit code 1 where nobody is found.
    """
    from bot.store.erasure import erase as take_out
    from bot.store.erasure import find

    if not any(name.strip() for name in (*visitor, *conversation)):
        raise click.UsageError("name whom to erase with --visitor or --conversation")
    settings = load_settings(database=database)
    found = find(settings.database_path, visitor, conversation)
    named = [*(f"--visitor {one}" for one in visitor), *(f"--conversation {one}" for one in conversation)]
    datasets = f"Datasets that were made from exports: `trilane-train erase DATASET {' '.join(named)}`"
    if not found.conversations:
        click.echo(f"{settings.database_path}: nobody was found, and nothing was erased. {datasets}")
        ctx.exit(1)
    click.echo(
        f"{settings.database_path}: {len(found.conversations)} conversations, {found.turns} turns, "
        f"{found.ratings} ratings"
    )
    if not yes:
        click.confirm("Erase them for good?", abort=True)
    erased = asyncio.run(take_out(settings.database_path, settings.home, visitor, conversation))
    click.echo(
        f"{len(erased.conversations)} conversations erased; nothing is learnt from them any more. {datasets}"
    )
