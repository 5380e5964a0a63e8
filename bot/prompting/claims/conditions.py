"""Check of conditions: what limits the passage's sentence limits the claim, and nothing else does."""

import re
from collections.abc import Iterable, Iterator, Sequence

from bot.prompting.claims.alignment import Alignment, denied_together, held
from bot.prompting.claims.found import Unsupported
from bot.prompting.claims.limiting import Condition, Part
from bot.prompting.claims.reading import Reading, Words
from bot.prompting.claims.terms import FREE
from bot.prompting.claims.values import Value

_MUST = re.compile(r"\bmust\b")
_CAN = re.compile(r"\bcan\b")
_BINDS = re.compile(r"\b(?:must|only|at least|always|before|until|if|unless)\b|need|requir")


def conditions_of(claim: Alignment) -> Iterator[Unsupported]:
    """Conditions that the claim leaves out or adds, and duties where the passage has a choice."""
    told = claim.claim.words | claim.asked_words
    asked = [value for one in claim.asked for value in one.values]
    values = [*claim.claim.values, *asked]
    for source in dict.fromkeys(source for _, source in claim.clauses):
        for condition in source.conditions:
            if is_about(condition.limited, claim.claim) and not _is_kept(condition, told, values):
                yield Unsupported("condition left out", source.text[condition.start : condition.end])
        for scope in source.scopes:
            about = is_about(scope.limited, claim.claim) and (not scope.free or FREE in claim.claim.words)
            if about and not any(_is_in(part, told, values, asked) for part in scope.parts):
                yield Unsupported("condition left out", source.text[scope.start : scope.end])
    for condition in claim.claim.conditions:
        bound = any(source.conditions or denied_together(source.terms) for source in claim.rests_on)
        if condition.strong and not bound:
            yield Unsupported("condition added", claim.claim.text[condition.start : condition.end])
    if _MUST.search(claim.claim.text) and _CAN.search(claim.text) and not _BINDS.search(claim.text):
        yield Unsupported("duty", "must")


def is_about(limited: Iterable[Part], claim: Reading) -> bool:
    """Whether the claim says half of a statement that is limited, and a figure of it where it has some."""
    for part in limited:
        stems = {term.stem for term in part.terms}
        if sum(one in claim.words for one in stems) * 2 < len(stems):
            continue
        if not part.values or held(part.values, claim.values):
            return True
    return False


def _is_kept(condition: Condition, told: Words, values: Sequence[Value]) -> bool:
    """Whether the claim, or the customer, says so much of a condition that it is meant."""
    figures = held(condition.values, values)
    if condition.values and not figures:
        return False
    kept = figures + sum(term.stem in told for term in condition.terms)
    return kept * (2 if condition.strong else 3) >= len(condition.terms) + len(condition.values)


def _is_in(part: Part, told: Words, values: Sequence[Value], asked: Sequence[Value]) -> bool:
    """Whether the claim says a part of a scope, or what the customer says is in it: 78 is "75 or over"."""
    figures = sum(held([value], values) or any(_meets(one, value) for one in asked) for value in part.values)
    if part.values and not figures:
        return False
    kept = figures + sum(term.stem in told for term in part.terms)
    return kept * 3 >= len(part.terms) + len(part.values)


def _meets(value: Value, bound: Value) -> bool:
    if value.unit != bound.unit or isinstance(value.low, str) or isinstance(bound.low, str):
        return False
    return value.low >= bound.low if bound.upwards == 1 else value.low <= bound.low and bound.upwards == -1
