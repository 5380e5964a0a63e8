"""Check of denials: what the claim denies the passage denies, and what the passage denies the claim does."""

import re
from collections.abc import Iterator, Sequence

from bot.prompting.claims.alignment import Alignment, denied_together, held
from bot.prompting.claims.found import Unsupported
from bot.prompting.claims.limiting import Condition
from bot.prompting.claims.reading import Clause, Reading, Words, words_of
from bot.prompting.claims.terms import FREE, Term, stem
from bot.prompting.claims.words import PRICED

_NO = re.compile(r"\b(?:no|not|never|nor|neither|without|nothing|nobody|none)\b", re.IGNORECASE)
_NEVER = re.compile(r"\bnever\b", re.IGNORECASE)
_REASON = re.compile(r"(?:as|since)\b", re.IGNORECASE)
_INCLUDING = re.compile(r"\b(?:includ(?:es?|ed|ing)|even|also|as well)\b", re.IGNORECASE)
_OPPOSITES = {"with": "without", "before": "after", "including": "except"}
_OPPOSITES |= {other: one for one, other in _OPPOSITES.items()}
_MARKED = re.compile(
    rf"\b(?P<denied>not )?(?P<marker>{'|'.join(_OPPOSITES)}) (?:an? |the |any |your |our |its |their )?"
    r"(?P<word>[a-z][\w'-]*)",
    re.IGNORECASE,
)
# What denies the rest, or all of a row's cell.
_LIMITS = re.compile(r"\b(?:only|except|unless|instead|other|otherwise|else|until)\b", re.IGNORECASE)
_CANNOT = re.compile(r"\b(?:cannot|can ?not|may not|must not|never|not)\b|n't\b", re.IGNORECASE)
_EXCEPTED = re.compile(r"\b(?:without|not for|not from|not by|not in|not with)\b", re.IGNORECASE)
_NONE = re.compile(r"\bnone\b|\bnothing\b|\bnot possible\b", re.IGNORECASE)


def opposites_of(claim: Alignment) -> Iterator[Unsupported]:
    """ "With a card" where the passage has "without a card", and nowhere denies what the claim says else."""
    told = [(source, set(_marked(source))) for source in claim.sources]
    for word, marker in _marked(claim.claim):
        against = [source for source, marked in told if (word, _OPPOSITES[marker]) in marked]
        alike = any((word, marker) in marked for _, marked in told)
        if against and not alike and not any(_is_turned(source, claim.claim) for source in against):
            yield Unsupported("denial", f"{marker} {word}")


def _marked(reading: Reading) -> Iterator[tuple[str, str]]:
    for found in _MARKED.finditer(reading.text):
        marker = found["marker"].lower()
        yield stem(found["word"].lower()), _OPPOSITES[marker] if found["denied"] else marker


def _is_turned(source: Reading, claim: Reading) -> bool:
    """Whether one of two sentences denies what the other says, besides what its "without" denies."""
    apart = [found.span() for found in _MARKED.finditer(claim.text)]
    said = {t.stem: bool(t.denied) for t in claim.terms if not any(start <= t.start < end for start, end in apart)}
    return any(bool(term.denied) != said.get(term.stem, bool(term.denied)) for term in source.terms)


def denials_of(claim: Alignment) -> Iterator[Unsupported]:
    """Denials that the claim has and the passage has not, or the other way."""
    groups = denied_together(claim.claim.terms)
    limited = any(condition.strong for condition in claim.claim.conditions)
    for clause, source in claim.clauses:
        if not limited or any(condition.strong for condition in source.conditions):
            yield from _left_out(clause, source, claim)
        for group in groups:
            if group[0] in clause.terms and not _is_denied(group, clause, source, claim):
                yield Unsupported("denial", _words(group))
    yield from _allowed(claim)
    if _NEVER.search(claim.claim.text) and not _NO.search(claim.text):
        yield Unsupported("denial", "never")


def _allowed(claim: Alignment) -> Iterator[Unsupported]:
    """What the passage allows to some alone, denied to them or to all: of "members only" that members can't."""
    text = claim.claim.text
    if not _CANNOT.search(text) or _LIMITS.search(text) or _EXCEPTED.search(text):
        return
    said = _undenied(claim.claim.terms)
    for source in claim.rests_on:
        if _NO.search(source.text) or any(term.denied for term in source.terms):
            continue
        for condition in source.conditions:
            own = [term.stem in said for term in condition.terms if not term.denied]
            if condition.marker == "only" and own and (all(own) or not any(own)):
                yield Unsupported("denial", _words(condition.terms))


def _words(group: Sequence[Term]) -> str:
    return " ".join(term.word for term in group)


def _is_denied(group: Sequence[Term], clause: Clause, source: Reading, claim: Alignment) -> bool:
    """Whether the passage denies what a clause denies."""
    # Words that stand nowhere are counted as such.
    if not any(term.stem in claim.known for term in group):
        return True
    # "If it isn't faulty" is "unless it is".
    conditional = any(c.start <= group[0].start < c.end for c in claim.claim.conditions)
    if (conditional or _REASON.match(claim.claim.text)) and (source.conditions or "otherwise" in source.text):
        return True
    # "Not at the airport" is "except at the airport".
    excepted = words_of(term.stem for exception in source.exceptions for term in exception.terms)
    if all(term.stem in excepted for term in group):
        return True
    if FREE in source.words.stems and any(term.stem in PRICED for term in group):
        return True
    positive, inside = _undenied(source.terms), words_of(term.stem for term in group)
    if any(term.denied and term.stem in inside and term.stem not in positive for term in source.terms):
        return True
    # What is denied in the part of the sentence that the clause is nearest to, or in one nearly as near.
    shared = [sum(term.stem in told.words for term in clause.terms) for told in source.clauses]
    best = max(shared, default=0)
    for told, count in zip(source.clauses, shared, strict=True):
        if count * 5 >= best * 4 and any(term.denied and term.stem in clause.words for term in told.terms):
            return True
    if _NONE.search(source.text) or (_LIMITS.search(source.text) and best * 4 <= len(clause.terms) * 3):
        return True
    return not any(term.stem in source.words for term in group)


def _left_out(clause: Clause, source: Reading, claim: Alignment) -> Iterator[Unsupported]:
    """What the sentence denies and the clause says."""
    # "Only with a lid" of "not, except with a lid": what the exception names is compared with the conditions.
    kept = _INCLUDING.search(claim.claim.text) or any(own.marker != "but" for own in claim.claim.exceptions)
    if not kept and any(_is_named(one, claim) for one in source.exceptions if one.marker != "but"):
        return
    said, positive = _undenied(clause.terms), _undenied(source.terms)
    denied = words_of(term.stem for term in claim.claim.terms if term.denied)
    best = max((sum(term.stem in told.words for term in clause.terms) for told in source.clauses), default=0)
    whole = sum(term.stem in claim.claim.words for term in source.terms) * 2 >= len(source.terms)
    for told in source.clauses:
        near = sum(term.stem in told.words for term in clause.terms) * 5 >= best * 4
        mostly = sum(term.stem in clause.words for term in told.terms) * 2 >= len(told.terms)
        for group in denied_together(told.terms):
            if any(term.stem in denied for term in group):
                continue
            matched = [term for term in group if term.stem in said]
            # What a clause of the sentence says as a whole counts, whatever another one says.
            whole_clause = len(told.terms) > 1 and all(term.stem in clause.words for term in told.terms)
            against = [term for term in matched if whole_clause or term.stem not in positive]
            alone = len(group) <= 2 and len(against) == len(group) and (whole or whole_clause)
            first = bool(matched) and (len(matched) * 2 >= len(group) or matched[0] is group[0])
            limited = claim.claim.conditions and any(c.start <= group[0].start < c.end for c in source.conditions)
            if alone or (near and mostly and first and against and not limited):
                yield Unsupported("denial left out", _words(group))


def _is_named(exception: Condition, claim: Alignment) -> bool:
    named = {term.stem for term in exception.terms}
    words = sum(one in claim.claim.words for one in named) + held(exception.values, claim.claim.values)
    return words * 2 > len(named) + len(exception.values)


def _undenied(terms: Sequence[Term]) -> Words:
    return words_of(term.stem for term in terms if not term.denied)
