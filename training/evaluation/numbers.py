"""The decision's numbers as prompt.toml holds them."""

import re
import tomllib
from pathlib import Path

from bot.files import write_whole
from bot.prompting.deciding import Calibration, Calibrations
from training.evaluation.calibration import Expected


def lines(table: str, numbers: Calibrations) -> list[str]:
    """The tables of one set of numbers, [decide.read], [decide.reranked] or [decide.stock], as TOML."""
    bounds = [f"{name} = {getattr(numbers, name)}" for name in ("answer", "offer", "decline", "handoff")]
    found = [f"[decide.{table}]", *bounds]
    for name in ("right", "reach", "foreign", "beyond"):
        calibration: Calibration | None = getattr(numbers, name)
        if calibration is None:
            continue
        weights = ", ".join(f"{feature} = {weight}" for feature, weight in calibration.weights.items())
        found += ["", f"[decide.{table}.{name}]", f"bias = {calibration.bias}", f"weights = {{ {weights} }}"]
    return found


def table_of(numbers: Calibrations) -> str:
    """Which set they are, by what was seen: what a reader found, or a re-ranker, or the search alone."""
    if "none_gap" in numbers.right.weights:
        return "read"
    return "reranked" if "margin" in numbers.right.weights else "stock"


def write(prompt: Path, table: str, numbers: Calibrations) -> None:
    """Put the numbers in the place of those that a prompt.toml has; its texts and comments stay."""
    text = prompt.read_text(encoding="utf-8")
    own = re.compile(rf"(?ms)^\[decide\.{table}(?:\.\w+)?\]\n.*?(?=^\[|\Z)")
    places = [match.span() for match in own.finditer(text)]
    start = places[0][0] if places else len(text)
    kept = own.sub("", text)
    parts = (kept[:start].rstrip(), "\n".join(lines(table, numbers)), kept[start:].strip())
    written = "\n\n".join(part for part in parts if part) + "\n"
    tomllib.loads(written)
    write_whole(prompt, written)


def sentence(expected: Expected) -> str:
    """What the bounds give, in a sentence."""
    return (
        f"On {expected.cases} cases, each of a shop that the numbers had not seen: of what an article answers "
        f"{expected.answered:.0%} answered and {expected.offered:.0%} offered, {expected.in_reach:.0%} in reach; "
        f"{expected.right:.0%} of the answers right; {expected.declined:.0%} of what is not the shop's business "
        f"declined ({expected.declined_wrongly:.0%} of the rest); {expected.handed_over:.0%} of what people alone "
        f"can answer handed over ({expected.handed_over_wrongly:.0%} of what an article answers)."
    )
