"""Check of exceptions: what a rule takes out is not said of the rule, and what it demands is not taken out."""

import re
from collections.abc import Iterable, Iterator, Sequence

from bot.prompting.claims.alignment import Alignment, held
from bot.prompting.claims.conditions import is_about
from bot.prompting.claims.found import Unsupported
from bot.prompting.claims.limiting import Condition, Part
from bot.prompting.claims.reading import Reading, words_of
from bot.prompting.claims.terms import FREE, Term
from bot.prompting.claims.words import PRICED

_BUT = re.compile(r", (?:but|though)\b[^.;]*", re.IGNORECASE)
_EXCEPTION = re.compile(r"\bexceptions?\b", re.IGNORECASE)
_EXCLUDED = re.compile(r"\b(?:exclud|exempt)", re.IGNORECASE)


def exceptions_of(claim: Alignment) -> Iterator[Unsupported]:
    """Exceptions said as the rule, and conditions said as exceptions or denied.

    Not where the claim denies what the passage says, or says what it denies: "not without" is "only with".
    """
    for source in dict.fromkeys(source for _, source in claim.clauses):
        weak = [condition for condition in source.conditions if not condition.strong]
        turned = [condition for condition in weak if _is_taken_out(condition, claim.claim)]
        if not _calls_it_one(claim.claim, source):
            turned += [condition for condition in source.exceptions if _is_said_as_rule(condition, claim.claim)]
        for condition in turned:
            yield Unsupported("condition turned", source.text[condition.start : condition.end])


def _calls_it_one(claim: Reading, source: Reading) -> bool:
    """Whether the claim calls an exception one: "only trailers are excluded" of "all but trailers are covered"."""
    excluded = _EXCLUDED.search(claim.text) is not None and _EXCLUDED.search(source.text) is None
    return excluded or _EXCEPTION.search(claim.text) is not None


def _is_said_as_rule(exception: Condition, claim: Reading) -> bool:
    rule = _rule(exception)
    known = words_of(term.stem for term in rule)
    spans = [(own.start, own.end) for own in claim.exceptions]
    spans += [found.span() for found in _BUT.finditer(claim.text)]
    # "Unless it has no lid": what the exception denies itself is not denied anew.
    own = {term.stem for term in exception.terms if term.denied and exception.marker != "but"}
    # What one denial denies together with the rule is denied as the rule is.
    denied = {term.stem for term in rule if term.denied}
    groups = {0, *(term.denied for term in claim.terms if term.stem in denied)}
    said = Part(
        tuple(t for t in _outside(claim.terms, spans) if t.denied in groups or t.stem in own),
        tuple(value for value in claim.values if not any(start <= value.start < end for start, end in spans)),
    )
    named = (Part(tuple(t for t in part.terms if t.stem not in known), part.values) for part in exception.parts)
    return any(_holds_most(said, part) and _speaks_of(exception, part, claim) for part in named)


def _is_taken_out(condition: Condition, claim: Reading) -> bool:
    """Whether "if it leaks" is "unless it leaks" in the claim, or "if it doesn't leak"."""
    spans = [(own.start, own.end) for own in claim.exceptions if own.marker != "but"]
    others = [(own.start, own.end) for own in claim.conditions if not own.strong]
    undenied = {term.stem for term in condition.terms if not term.denied}
    denied = [t for t in claim.terms if t.denied and t.stem in undenied and not _outside([t], others)]
    said = Part((*(term for term in claim.terms if not _outside([term], spans)), *denied))
    named = Part(condition.terms)
    # Not where the claim has the condition as well, and excepts something else that is alike.
    again = Part(tuple(term for term in _outside(claim.terms, spans) if term not in denied))
    return _holds_most(said, named) and not _holds_most(again, named) and _speaks_of(condition, named, claim)


def _rule(condition: Condition) -> list[Term]:
    return [term for part in condition.limited for term in part.terms]


def _outside(terms: Iterable[Term], spans: Sequence[tuple[int, int]]) -> list[Term]:
    return [term for term in terms if not any(start <= term.start < end for start, end in spans)]


def _holds_most(said: Part, named: Part) -> bool:
    """Whether more than half of what is named is said."""
    words, stems = words_of(term.stem for term in said.terms), {term.stem for term in named.terms}
    count = sum(one in words for one in stems) + held(named.values, said.values)
    return count * 2 > len(stems) + len(named.values)


def _speaks_of(condition: Condition, named: Part, claim: Reading) -> bool:
    """Whether the claim is about the rule and says of it what the passage says."""
    rule = _rule(condition)
    rest = {term.stem for term in claim.terms} - {term.stem for term in named.terms}
    within = words_of(term.stem for term in rule)
    about = is_about(condition.limited, claim) or sum(one in within for one in rest) * 2 >= max(1, len(rest))
    return about and not _is_denied_else(rule, claim)


def _is_denied_else(rule: Iterable[Term], claim: Reading) -> bool:
    """Whether the claim denies what a rule says or the other way, or one says free where the other costs."""
    denied = {term.stem: bool(term.denied) for term in rule}
    if any(term.denied and denied.get(term.stem) for term in claim.terms):
        return False
    if any(bool(term.denied) != denied.get(term.stem, bool(term.denied)) for term in claim.terms):
        return True
    if any(denied.values()) and not any(term.denied for term in claim.terms):
        return True
    if FREE in denied:
        return any(term.stem in PRICED for term in claim.terms) and FREE not in claim.words.stems
    return FREE in claim.words.stems
