"""Check of conditions: what limits the passage's sentence limits the claim, and nothing else does."""

import re
from collections.abc import Iterator, Sequence

from bot.prompting.claims.alignment import Alignment, denied_together, held
from bot.prompting.claims.found import Unsupported
from bot.prompting.claims.reading import Condition, Words
from bot.prompting.claims.values import Value

_MUST = re.compile(r"\bmust\b")
_CAN = re.compile(r"\bcan\b")
_BINDS = re.compile(r"\b(?:must|only|at least|always|before|until|if|unless)\b|need|requir")


def conditions_of(claim: Alignment) -> Iterator[Unsupported]:
    """Conditions that the claim leaves out or adds, and duties where the passage has a choice."""
    told = claim.claim.words | claim.asked_words
    values = [*claim.claim.values, *(value for asked in claim.asked for value in asked.values)]
    for source in dict.fromkeys(source for _, source in claim.clauses):
        for condition in source.conditions:
            limited = {term.stem for term in condition.limited}
            about = sum(one in claim.claim.words for one in limited) * 2 >= len(limited)
            if about and not _is_kept(condition, told, values):
                yield Unsupported("condition left out", source.text[condition.start : condition.end])
    for condition in claim.claim.conditions:
        bound = any(source.conditions or denied_together(source.terms) for source in claim.rests_on)
        if condition.strong and not bound:
            yield Unsupported("condition added", claim.claim.text[condition.start : condition.end])
    if _MUST.search(claim.claim.text) and _CAN.search(claim.text) and not _BINDS.search(claim.text):
        yield Unsupported("duty", "must")


def _is_kept(condition: Condition, told: Words, values: Sequence[Value]) -> bool:
    """Whether the claim, or the customer, says so much of a condition that it is meant."""
    figures = held(condition.values, values)
    if condition.values and not figures:
        return False
    kept = figures + sum(term.stem in told for term in condition.terms)
    return kept * (2 if condition.strong else 3) >= len(condition.terms) + len(condition.values)
