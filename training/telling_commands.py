"""trilane-train's commands that fit what a message's words alone tell: acts, and the probes of the decision."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from bot.commands import INTERRUPTED
from bot.schemas import Case
from bot.settings import Settings, load_settings

SHOPS = click.argument("shops", nargs=-1, type=click.Path(exists=True, file_okay=False, path_type=Path))


@click.command()
@SHOPS
@click.option("--prompt", type=click.Path(exists=True, path_type=Path), help="prompt.toml that takes the fit.")
@click.pass_context
def acts(ctx: click.Context, shops: tuple[Path, ...], prompt: Path | None) -> None:
    """Fit what tells messages that are no questions, "thanks" or "are you a bot?", from those that are.

    Learnt from the examples of the prompt and, as what is no act, from the questions of SHOPS that an article
    answers; default: all trades but the dev ones. What is printed is of the shop's and the dev trades' cases. With
    --prompt the fit is written beside it; without it the shipped prompt is fitted and nothing is written.
    """
    from bot.answering.recognising import Recogniser
    from bot.files import replacing
    from bot.models.embedder import load_embedder
    from bot.prompting.learnt_acts import acts_beside, read_acts
    from bot.prompting.template import read_prompt
    from bot.shop.profile import read_shop
    from training.fitting.acts import fit_acts

    ctx.meta[INTERRUPTED] = "stopped; nothing was written"
    settings, console = load_settings(), Console(stderr=True)
    embedder = load_embedder(settings)
    file = prompt or settings.data / "prompts" / "support.toml"
    config = read_prompt(file, read_shop(settings.shop_dir))
    learnt, dev = _learnt_and_dev(settings, shops)
    asked = [case.dialogue.turns[-1].text for case in learnt if case.expect == "answer"]
    data = fit_acts(config, asked, embedder, console)
    told = Recogniser(config.knowing(read_acts(data)), embedder)
    single = [case for case in dev if len(case.dialogue.turns) == 1]
    taken: Counter[str] = Counter()
    right = [0, 0]
    for case in single:
        found = told.recognise(case.dialogue.turns[-1].text)
        if case.expect == "act":
            right[0] += found is not None and (case.act in (None, found.reply.name))
            right[1] += 1
        elif case.expect == "answer" and found and found.sure and not found.reply.yields:
            taken[found.reply.name] += 1
    answered = sum(case.expect == "answer" for case in single)
    names = ", ".join(f"{name} {count}" for name, count in taken.most_common())
    click.echo(
        f"{len(asked)} questions beside. Of {answered} dev questions that an article answers {taken.total()} are "
        f"taken for an act{f' ({names})' if names else ''}; of {right[1]} dev messages that are one {right[0]} "
        "are told."
    )
    if prompt:
        with replacing(acts_beside(prompt)) as work:
            work.write_bytes(data)


@click.command()
@SHOPS
@click.option("--prompt", type=click.Path(exists=True, path_type=Path), help="prompt.toml that takes the probes.")
def probes(shops: tuple[Path, ...], prompt: Path | None) -> None:
    """Fit what a question's words alone tell: that people must answer it, or that it is no shop's business.

    Learnt from the cases of SHOPS, by default all trades but the dev ones, and measured on the shop and the dev
    trades: how often such a question scores above one that an article answers. With --prompt they are written
    beside it; `calibrate` then says what they weigh.
    """
    from bot.files import write_whole
    from bot.models.embedder import load_embedder
    from bot.prompting.probes import probes_beside
    from training.evaluation.probing import fit_probes

    settings = load_settings()
    learnt, dev = ([case for case in cases if case.expect != "act"] for cases in _learnt_and_dev(settings, shops))
    fitted, told = fit_probes(learnt, dev, load_embedder(settings))
    table = Table(title="Questions of its kind above those that an article answers (AUC)")
    for column in ("probe", "learnt from", "learnt", "dev"):
        table.add_column(column, justify="left" if column == "probe" else "right")
    for one in told:
        table.add_row(one.name, str(one.learnt), f"{one.auc_learnt:.3f}", f"{one.auc:.3f}")
    Console().print(table)
    if prompt:
        write_whole(probes_beside(prompt), fitted.model_dump_json() + "\n")


def _learnt_and_dev(settings: Settings, shops: Sequence[Path]) -> tuple[list[Case], list[Case]]:
    """The cases of these shops, or of all trades but the dev ones; and those of the shop and the dev trades."""
    from bot.schemas import read_cases
    from training.dataset.dataset import dev_trades
    from training.evaluation.observing import dev_cases

    trades = settings.data / "trades"
    held_back = sorted(dev_trades(trades))
    taken = shops or sorted({file.parents[1] for file in trades.glob("*/cases/*.jsonl")} - set(held_back))

    def cases_of(folders: Iterable[Path]) -> list[Case]:
        return read_cases([file for folder in folders for file in dev_cases(load_settings(shop=folder))])

    return cases_of(taken), cases_of([settings.shop_dir, *held_back])
