"""trilane-train's commands that measure: answers, likelihood, search."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from statistics import mean

import click
from rich.console import Console

from bot.backends import BACKENDS
from bot.commands import INTERRUPTED, with_shop
from bot.releases.registry import Registry
from bot.settings import load_settings

CASES = click.option("--cases", multiple=True, type=click.Path(path_type=Path), help="Default: the shop's.")


@click.command()
@CASES
@click.option("--release", multiple=True, help="A release that was served, or a part to try, by its sha256.")
@click.option("--backends", default=",".join(BACKENDS), show_default=True, help="With commas between them.")
@click.option("--limit", type=click.IntRange(min=1), help="Ask the first so many cases only.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="JSON file for figures and answers.")
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="Page of every answer, for reading.")
@with_shop
@click.pass_context
def evaluate(
    ctx: click.Context,
    cases: tuple[Path, ...],
    release: tuple[str, ...],
    backends: str,
    limit: int | None,
    out: Path | None,
    html: Path | None,
    shop: Path | None,
) -> None:
    """Ask every case as a customer would, and measure what each backend says.

    A stopped run goes on where it was. Figures are rates from 0 to 1 with 95 % intervals.
    """
    from bot.assembly import known_backends
    from bot.files import write_whole
    from bot.schemas import jsonl_files, read_cases
    from bot.shop.profile import read_shop
    from training.errors import DatasetEmpty
    from training.evaluation import report as made
    from training.evaluation.page import page
    from training.evaluation.replies import Kept
    from training.evaluation.running import run_all, work_file
    from training.fitting.recipe import find_recipe, read_recipe

    ctx.meta[INTERRUPTED] = "stopped; the same command goes on with the answers that it has"
    settings = load_settings(shop=shop)
    files = jsonl_files(cases or [settings.cases_dir])
    asked = read_cases(files)[:limit]
    if not asked:
        raise DatasetEmpty("no evaluation case was found; name a file with --cases")
    kept = Kept(work_file(out, settings))
    runs = run_all(
        settings,
        asked,
        backends=known_backends(name.strip() for name in backends.split(",") if name.strip()),
        releases=release,
        kept=kept,
        system=read_recipe(find_recipe("lora")).system,
        console=Console(file=sys.stderr),
    )
    found = made.report(read_shop(settings.shop_dir).name, files, asked, runs)
    if out:
        write_whole(out, json.dumps(found, ensure_ascii=False, indent=1) + "\n")
    if html:
        write_whole(html, page(found))
    kept.done()
    Console().print(made.summary(found))
    for sentence in made.sentences(found):
        Console().print(sentence, soft_wrap=True)


@click.command()
@CASES
@click.option("--artefact", multiple=True, type=click.Path(path_type=Path), help="Default: the served ones.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@with_shop
def likelihood(cases: tuple[Path, ...], artefact: tuple[Path, ...], shop: Path | None, as_json: bool) -> None:
    """How likely the base and each trained artefact find the references of evaluation cases."""
    from bot.schemas import read_cases
    from training.evaluation import likelihood as nll
    from training.fitting.recipe import find_recipe, read_recipe

    settings = load_settings(shop=shop)
    places = Registry(settings).places()
    served = [places["prompt-tuned"], places["finetuned"]]
    folders = artefact or [place.folder for place in served if place.sha256]
    results = nll.evaluate(
        read_cases(cases or [settings.cases_dir]),
        folders,
        settings,
        system=read_recipe(find_recipe("lora")).system,
        console=Console(file=sys.stderr),
    )
    if as_json:
        click.echo(json.dumps([nll.row(result) for result in results]))
    else:
        Console().print(nll.table(results))


@click.command()
@CASES
@click.option("--knowledge", type=click.Path(path_type=Path), help="A help centre instead of the shop's.")
@click.option("--retriever", type=click.Path(path_type=Path), help="Artefact to search with instead.")
@click.option("--reranker", type=click.Path(path_type=Path), help="Artefact of the re-ranker, not the served one.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one line for each file of cases.")
@with_shop
def retrieval(
    cases: tuple[Path, ...],
    knowledge: Path | None,
    retriever: Path | None,
    reranker: Path | None,
    shop: Path | None,
    as_json: bool,
) -> None:
    """What search finds for the questions of evaluation cases, by embeddings, BM25 and both, and re-ranked.

    Also by the stock embeddings and BM25 where the release has a retriever, or one is named; re-ranked where it
    has a re-ranker, or one is named.
    """
    from bot.engine.local.embedding import search_embedder
    from bot.models.base import base_sha256
    from bot.models.embedder import load_embedder
    from bot.prompting.template import read_prompt
    from bot.retrieval.index import open_knowledge
    from bot.schemas import jsonl_files, read_cases
    from bot.shop.profile import read_shop
    from training.evaluation import retrieval as found
    from training.evaluation.reranking import reranking

    settings = load_settings(knowledge=knowledge, retriever=retriever, reranker=reranker, shop=shop)
    registry = Registry(settings)
    places = registry.places(base_sha256(settings))
    file = places["prompted"].folder / "prompt.toml"
    prompt = read_prompt(file, read_shop(settings.shop_dir))
    rules = prompt.retrieval
    embedder = load_embedder(settings)
    articles = open_knowledge(settings.knowledge_dir, embedder, settings.home)
    stock = None
    if not places["retriever"].absent:
        stock, trained = articles, search_embedder(registry, places["retriever"], embedder)
        articles = open_knowledge(settings.knowledge_dir, trained, settings.home)
    console = Console(file=sys.stderr)
    with reranking(settings, prompt.rerank, console) as rerank:
        for file in jsonl_files(cases or [settings.cases_dir]):
            asked = read_cases([file])
            results = found.measure(asked, articles, rules, stock=stock, rerank=rerank, console=console)
            shares = found.overlap(asked, articles, rules)
            if as_json:
                searches = [asdict(result) for result in results]
                click.echo(json.dumps({"cases": str(file), "searches": searches, "overlap": mean(shares)}))
            else:
                Console().print(found.table(f"{file.name}, {results[0].questions} questions", results))
                Console().print(found.overlap_line(shares))


@click.command()
@click.argument("shops", nargs=-1, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--right", default=0.48, show_default=True, help="Share of the answers that shall be right.")
@click.option("--offered", default=0.35, show_default=True, help="Share of in-scope cases that may be offered.")
@click.option(
    "--declined", default=0.05, show_default=True, help="Of the shop's business, so much may be declined."
)
@click.option("--reranker", type=click.Path(path_type=Path), help="Artefact of the re-ranker, not the served one.")
@click.option("--reader", type=click.Path(path_type=Path), help="Artefact of the reader, not the served one.")
@click.option("--prompt", type=click.Path(exists=True, path_type=Path), help="prompt.toml that takes the numbers.")
@click.pass_context
def calibrate(
    ctx: click.Context,
    shops: tuple[Path, ...],
    right: float,
    offered: float,
    declined: float,
    reranker: Path | None,
    reader: Path | None,
    prompt: Path | None,
) -> None:
    """Fit when the bot answers, offers, asks, declines or hands over, on the dev cases of SHOPS.

    Default: the shop and the dev trades. What is printed holds for shops that the numbers have not seen. They are
    those of [decide.read] where a reader is served and the prompt's [reader] is enabled, else of [decide.reranked]
    or [decide.stock]. A stopped run goes on where it was; other goals take no new search.
    """
    from training.dataset.dataset import dev_trades
    from training.evaluation.calibration import Goals
    from training.evaluation.calibration import calibrate as fitted
    from training.evaluation.numbers import lines, sentence, table_of, write
    from training.evaluation.observing import dev_cases, observe
    from training.evaluation.replies import Kept

    ctx.meta[INTERRUPTED] = "stopped; the same command goes on with what it has seen"
    console = Console(file=sys.stderr)
    settings = load_settings(reranker=reranker, reader=reader)
    folders = shops or (settings.shop_dir, *sorted(dev_trades(settings.data / "trades")))
    each = [load_settings(shop=folder, reranker=reranker, reader=reader) for folder in folders]
    kept = Kept(settings.home / "evaluation" / "observed.jsonl")
    observed = observe([(one, dev_cases(one)) for one in each], kept, console)
    numbers, expected = fitted(observed, Goals(right, offered, declined))
    table = table_of(numbers)
    click.echo("\n".join(lines(table, numbers)))
    click.echo(sentence(expected))
    if prompt:
        write(prompt, table, numbers)


@click.command("cases")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--transcripts",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    help="Files, folders or datasets; default: the folder's transcripts.",
)
@click.option("--limit", type=click.IntRange(min=1), help="Look at the first so many drafts only.")
@click.option("--yes", "take_all", is_flag=True, help="Take every draft without asking.")
@click.pass_context
def cases_of(
    ctx: click.Context, folder: Path, transcripts: tuple[Path, ...], limit: int | None, take_all: bool
) -> None:
    """Draft evaluation cases of a shop's FOLDER from its held-out transcripts, and ask about each.

    The figures and links of an agent's answer that stand in an article are what a good answer must say. Yes writes
    the case to FOLDER/cases; the same command goes on with those that nobody has decided on.
    """
    from bot.models.embedder import load_embedder
    from bot.retrieval.articles import read_articles
    from bot.retrieval.index import open_knowledge
    from bot.retrieval.rules import SearchRules
    from training.evaluation.drafting import drafts
    from training.evaluation.reviewing import Review, ask

    ctx.meta[INTERRUPTED] = "stopped; what was decided is kept, and the same command goes on"
    settings = load_settings(shop=folder)
    knowledge = open_knowledge(settings.knowledge_dir, load_embedder(settings), settings.home)

    def search(text: str) -> list[str]:
        return list(dict.fromkeys(hit.passage.article for hit in knowledge.search(text, 12, SearchRules())))[:5]

    sources = transcripts or (settings.shop_dir / "transcripts",)
    review = Review(settings.cases_dir)
    found = review.undecided(drafts(sources, read_articles(settings.knowledge_dir), search))[:limit]
    console = Console()
    for number, draft in enumerate(found, start=1):
        taken = draft if take_all else ask(draft, f"{number} of {len(found)}", console)
        if taken:
            review.add(taken)
        else:
            review.refuse(draft)
    console.print(f"{review.added} added to {settings.cases_dir}, {review.refused} refused.", soft_wrap=True)
