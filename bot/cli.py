"""The `trilane` command: serve, chat, ask, doctor, experiment, init, check, release, erase."""

import asyncio
import json
import logging
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape

from bot.answer import Choice, Delta, Finished, Source
from bot.answering.protocol import Backend
from bot.backends import BACKENDS
from bot.commands import HELP, Commands, with_shop
from bot.dialogue import Dialogue, Turn, check_message, user_says
from bot.errors import MessageRefused
from bot.release_commands import release
from bot.settings import Settings, load_settings
from bot.shop_commands import check, init
from bot.store_commands import erase

console = Console()


@click.group("trilane", cls=Commands, context_settings=HELP)
@click.version_option(package_name="trilane")
def cli() -> None:
    """A support chatbot that is fine-tuned, prompt-tuned and prompt-engineered from the same transcripts."""


for command in (init, check, release, erase):
    cli.add_command(command)

artefact_options = [
    click.option("--finetuned", type=click.Path(path_type=Path), help="Artefact of the LoRA to serve."),
    click.option("--prompt-tuned", type=click.Path(path_type=Path), help="Artefact of the soft prompt."),
    click.option("--prompted", type=click.Path(path_type=Path), help="Artefact of the engineered prompt."),
    click.option("--retriever", type=click.Path(path_type=Path), help="Artefact of the retriever."),
    click.option("--reranker", type=click.Path(path_type=Path), help="Artefact of the re-ranker."),
    click.option("--reader", type=click.Path(path_type=Path), help="Artefact of the reader."),
    click.option("--knowledge", type=click.Path(path_type=Path), help="A help centre instead of the shop's."),
]


def with_artefacts(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that choose other artefacts and another help centre than the shipped ones."""
    for option in reversed(artefact_options):
        command = option(command)
    return with_shop(command)


@cli.command()
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=int, help="Port to listen on; 0 takes any free one.")
@click.option("--root-path", help="Path under which a proxy shows the server, as in /support.")
@with_artefacts
def serve(**options: Any) -> None:
    """Start the server: the demo shop page with the widget, and WS /ws."""
    from bot.retrieval.help_centre import refreshing
    from bot.server.listen import check_start
    from bot.server.listen import serve as run

    settings = load_settings(**options)
    logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    # Its news is where a file was loaded from.
    logging.getLogger("sentence_transformers").setLevel(logging.WARNING)
    with check_start(settings) as lock:
        assembled = _open(settings, BACKENDS)
        console.print(assembled.serving.sentence())
        dtype = assembled.engine.capabilities().dtype
        ahead = partial(assembled.read_ahead, settings.cache_mib << 20) if settings.read_ahead else None
        says = f"Answering with {', '.join(assembled.backends)} on one {dtype} base: "
        with refreshing(assembled.refresh):
            run(
                settings,
                assembled.backends,
                assembled.engine,
                lock,
                announce=lambda address: console.print(f"{says}[bold]{escape(address)}[/]", soft_wrap=True),
                ahead=ahead,
            )


@cli.command()
@click.option("--backend", default="prompted", show_default=True, help=f"One of {', '.join(BACKENDS)}.")
@with_artefacts
def chat(backend: str, **options: Any) -> None:
    """Talk to one backend in the terminal; a number picks what is offered, an empty line ends."""
    from bot.retrieval.help_centre import refreshing

    assembled = _open(load_settings(**options), [backend])
    backend_ = assembled.backends[backend]
    console.print(assembled.serving.sentence())
    console.print(f"Talking to [bold]{backend}[/]; an empty line ends.")
    with refreshing(assembled.refresh):
        asyncio.run(_chat(backend_, load_settings().max_message_chars))


@cli.command()
@click.argument("question")
@click.option("--backend", default="prompted", show_default=True, help=f"One of {', '.join(BACKENDS)}.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with text, sources and timings.")
@with_artefacts
def ask(question: str, backend: str, as_json: bool, **options: Any) -> None:
    """Ask one question and print the answer."""
    settings = load_settings(**options)
    check_message(question, settings.max_message_chars)
    assembled = _open(settings, [backend])
    backend_ = assembled.backends[backend]
    if not as_json:
        Console(stderr=True).print(assembled.serving.sentence())
    facts = asyncio.run(_answer(backend_, user_says(question), (lambda _: None) if as_json else _print))
    click.echo(json.dumps(facts, ensure_ascii=False) if as_json else _listed(facts))


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@with_shop
def doctor(shop: Path | None, as_json: bool) -> None:
    """Say what is there and what is missing; exit code 1 when the bot could not answer."""
    from bot.doctor import examine, lines

    findings = examine(load_settings(shop=shop))
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings]))
    else:
        click.echo("\n".join(lines(findings)))
    sys.exit(1 if any(finding.fatal and not finding.ok for finding in findings) else 0)


@cli.group()
def experiment() -> None:
    """The comparison of the backends that customers see under `auto`."""


@experiment.command()
@click.option("--database", type=click.Path(path_type=Path), help="The store; default HOME/trilane.db.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def report(database: Path | None, as_json: bool) -> None:
    """Visitors, answers and helpful rate of each arm, with a 95 % Wilson interval."""
    from bot.experiments.report import experiment_report, report_row, report_table
    from bot.store.sqlite.archive import open_archive

    settings = load_settings(database=database)
    with open_archive(settings.database_path) as archive:
        arms = experiment_report(archive, settings.experiment)
    if as_json:
        click.echo(json.dumps([report_row(arm) for arm in arms]))
    else:
        console.print(report_table(arms))


def _open(settings: Settings, names: Any) -> Any:
    from bot.assembly import assemble

    unknown = [name for name in names if name not in BACKENDS]
    if unknown:
        from bot.errors import BackendUnavailable

        raise BackendUnavailable(unknown[0], list(BACKENDS))
    return assemble(settings, names, looks_up=True)


def _print(text: str) -> None:
    click.echo(text, nl=False)


def _listed(facts: dict[str, Any]) -> str:
    """What an offer offers, each with its number on a line of its own; "" where there is nothing to pick."""
    return "".join(f"\n     {choice['id']}) {choice['label']}" for choice in facts["choices"])


async def _answer(backend: Backend, dialogue: Dialogue, show: Callable[[str], None]) -> dict[str, Any]:
    started = time.perf_counter()
    first: float | None = None
    text = ""
    end = Finished("stop")
    async for piece in backend.answer(dialogue):
        if isinstance(piece, Delta):
            first = first or time.perf_counter()
            text += piece.text
            show(piece.text)
        else:
            end = piece
    seconds = time.perf_counter() - started
    return {
        "backend": backend.name,
        "artefact": backend.artefact_sha256,
        "release": backend.release_sha256,
        "text": text,
        "finish_reason": end.finish_reason,
        "decision": end.decision,
        "act": end.act,
        "choices": [asdict(choice) for choice in end.choices],
        "sources": [_source(source) for source in end.sources],
        "prompt_tokens": end.prompt_tokens,
        "completion_tokens": end.completion_tokens,
        "ttft_ms": round(((first or started) - started) * 1000),
        "tokens_per_s": round(end.completion_tokens / seconds, 1),
    }


def _source(source: Source) -> dict[str, str]:
    return {"article": source.article, "title": source.title, "heading": source.heading, "text": source.text}


async def _chat(backend: Backend, limit: int) -> None:
    dialogue = Dialogue(())
    while True:
        try:
            text = (await asyncio.to_thread(input, "you: ")).strip()
        except EOFError:
            return
        if not text:
            return
        try:
            check_message(text, limit)
        except MessageRefused as error:
            click.echo(f"({error})")
            continue
        dialogue = dialogue.said(Turn("user", text))
        click.echo("bot: ", nl=False)
        facts = await _answer(backend, dialogue, _print)
        choices = tuple(Choice(**choice) for choice in facts["choices"])
        turn = Turn("assistant", facts["text"], decision=facts["decision"], choices=choices, act=facts["act"])
        turn = replace(turn, articles=tuple(dict.fromkeys(source["article"] for source in facts["sources"])))
        dialogue = dialogue.said(turn)
        click.echo(_listed(facts), nl=False)
        titles = dict.fromkeys(source["title"] for source in facts["sources"])
        click.echo(f"\n     [{'; '.join(titles)}]" if titles else "")


if __name__ == "__main__":
    cli()
