"""Check of figures: each stands in the passage, beside the words that the claim gives it to."""

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise, product

from bot.prompting.claims.alignment import Alignment
from bot.prompting.claims.found import Unsupported
from bot.prompting.claims.limiting import SUBJECT
from bot.prompting.claims.reading import Clause, Reading, Segment, Words
from bot.prompting.claims.terms import FREE, LIGHT_STEMS, stem
from bot.prompting.claims.values import Value, same

_MONEY = ("$", "\u00a3", "\u20ac", "C$", "A$")
# What makes a sum the most that is paid, and what says so in a claim.
_MOST_BEFORE = re.compile(
    r"\b(?:capped at|cap of|at most|no more than|up to|maximum(?: fee)?(?: of| is|:)?|limit of) $"
)
_MOST_BEHIND = re.compile(r"^ (?:at (?:the )?most|maximum)\b")
_LIMIT = re.compile(
    r"\b(?:cap|capped|caps|at (?:the )?most|up to|no more|not more|never more|maximum|max|limit|limited|limits|"
    r"exceed|under|below|until|within|less|highest|first|covers?|covered|insured|ceiling|over|above|"
    r"beyond|more than)\b"
)
_WRITTEN = re.compile(r"([\d.,]+)(?: ?(?:-|to|and) ?([\d.,]+))?[- ]?([a-z]+)")


def figures_of(claim: Alignment) -> Iterator[Unsupported]:
    """Figures that stand nowhere, beside something else, or not together."""
    for part, _ in claim.parts:
        for value in part.values:
            if _is_own_code(value, claim):
                continue
            places = [
                (source, segment)
                for source in claim.sources
                for segment in source.segments
                if _states(value, segment, source, claim)
            ]
            if not places:
                yield Unsupported("figure", claim.said(value))
            elif all(
                _torn(value, part, *place)
                or _of_another(value, part, *place, claim)
                or _under_another(value, part, *place, claim)
                for place in places
            ):
                yield Unsupported("place of figure", claim.said(value))
            elif all(_is_most(value, source, claim) for source, _ in places) and not _LIMIT.search(
                claim.claim.text
            ):
                yield Unsupported("limit left out", claim.said(value))
    yield from _apart(claim)
    yield from _of_two_cells(claim)
    yield from _continued(claim)
    yield from _of_what_is_free(claim)
    yield from _at_another(claim)


def _apart(claim: Alignment) -> Iterator[Unsupported]:
    """Figures of one clause that no sentence has together."""
    for clause, _ in claim.clauses:
        values = [value for value in clause.values if not _is_own_code(value, claim)]
        if len(values) > 1 and not any(
            all(any(_is(value, other, source, claim) for other in source.values) for value in values)
            for source in claim.sources
        ):
            yield Unsupported("figures apart", ", ".join(map(claim.said, values)))


def _of_two_cells(claim: Alignment) -> Iterator[Unsupported]:
    """A figure that goes on about the one before it, and stands in another cell of the row: "$5, at most $9"."""
    if not any(SUBJECT.match(source.text) for source in claim.rests_on):
        return
    for (before, _), (part, _) in pairwise(claim.parts):
        if any(term.stem not in LIGHT_STEMS for term in part.terms):
            continue
        for pair in product(before.values, part.values):
            together = any(
                all(any(_is(value, other, source, claim) for other in place) for value in pair)
                for source in claim.sources
                for place in _places(source)
            )
            if pair[0].unit == pair[1].unit and not together:
                yield Unsupported("figures apart", ", ".join(map(claim.said, pair)))


def _places(source: Reading) -> Iterator[tuple[Value, ...]]:
    """The figures that belong together: those of a row's cell, or of another sentence."""
    if SUBJECT.match(source.text):
        yield from (segment.values for segment in source.segments)
    else:
        yield source.values


def _continued(claim: Alignment) -> Iterator[Unsupported]:
    """A figure of a clause that goes on about the one before it: "…, and costs $25 after that"."""
    for (_, before), (clause, _) in pairwise(claim.clauses):
        if len([term for term in clause.terms if term.stem not in LIGHT_STEMS]) > 1:
            continue
        for value in clause.values:
            alike = [other for other in before.values if other.unit == value.unit]
            if alike and not any(same(value, other) for other in alike):
                yield Unsupported("place of figure", claim.said(value))


def _of_what_is_free(claim: Alignment) -> Iterator[Unsupported]:
    """A sum beside the figure of a clause that says free: "under 6 ride free" as "under 6 for $18"."""
    for clause, source in claim.clauses:
        sums = [value for value in clause.values if value.unit in _MONEY]
        if FREE in clause.words.stems or not sums:
            continue
        for value in clause.values:
            told = [
                part for part in source.clauses if any(_is(value, other, source, claim) for other in part.values)
            ]
            free = bool(told) and all(FREE in part.words.stems for part in told)
            if free and not any(
                _is(one, other, source, claim) for part in told for other in part.values for one in sums
            ):
                yield Unsupported("figures apart", claim.said(value))


def _at_another(claim: Alignment) -> Iterator[Unsupported]:
    """A sum whose own place is left out, where another is named: "free at A, $7 a day" of "$7 at B"."""
    said = claim.claim.words.stems
    for clause, source in claim.clauses:
        if SUBJECT.match(source.text):
            continue
        for value in clause.values:
            there = [
                part for part in source.clauses if any(_is(value, other, source, claim) for other in part.values)
            ]
            if value.unit not in _MONEY or not there:
                continue
            own, others = (_names(parts) for parts in (there, [one for one in source.clauses if one not in there]))
            if own - others and not own & said and (others - own) & said:
                yield Unsupported("place of figure", claim.said(value))


def _names(parts: Iterable[Clause]) -> set[str]:
    return {term.stem for part in parts for term in part.terms if term.name and ":" not in term.stem}


def _is_own_code(value: Value, claim: Alignment) -> bool:
    """A number of the customer's, as of an order, may be said back to them."""
    return value.unit == "code" and any(value.low == other.low for asked in claim.asked for other in asked.values)


def _states(value: Value, segment: Segment, source: Reading, claim: Alignment) -> bool:
    if not any(_is(value, other, source, claim) for other in segment.values):
        return False
    # "£9 a month" where the passage has "Monthly fee: £9".
    for_time = any(other.per == value.per for other in segment.values) or stem(value.per) in segment.words
    return not value.per or value.unit not in _MONEY or for_time


def _is(value: Value, other: Value, source: Reading, claim: Alignment) -> bool:
    """Whether a figure is the claim's; a bare number may stand under a head that names its unit: "Weeks: 33"."""
    if same(value, other):
        return True
    written = _WRITTEN.fullmatch(claim.said(value))
    if other.unit != "number" or not written or stem(written[3]) not in source.words.stems:
        return False
    low, high = (float(part.replace(",", "")) for part in (written[1], written[2] or written[1]))
    return (low, high) == (other.low, other.high)


def _of_another(value: Value, part: Segment, source: Reading, segment: Segment, claim: Alignment) -> bool:
    """Whether the claim gives the figure to what another figure of the same kind belongs to.

    So it is where the claim has words of the other's that do not stand with this one, and lacks this one's own.
    """
    others = {other.low for other in part.values}
    for elsewhere in claim.sources:
        inside = elsewhere is source
        row = " - " in elsewhere.text
        for rival in elsewhere.segments:
            alike = any(other.unit == value.unit and other.low not in others for other in rival.values)
            if rival is segment or not alike:
                continue
            own, far = (segment.words, rival.words) if inside else (source.words, elsewhere.words)
            # A title says what all of an article is about, but not which row of a table or part of a sentence.
            apart = row or inside
            of_rival = {one for one in far.stems if one not in own and (apart or one not in claim.topic.words)}
            of_this = {one for one in own.stems if one not in far}
            taken = {one for one in of_rival if one in part.words}
            kept = {one for one in of_this if one in (part.words if inside else claim.claim.words)}
            if taken and of_this - kept and (not kept or (inside and taken == of_rival)):
                return True
    return False


def _under_another(value: Value, part: Segment, source: Reading, segment: Segment, claim: Alignment) -> bool:
    """Whether a part about one column of a row has the time of another, which is never named: "check-out is 24 h".

    Of sums and shares the column is seldom named: "it's $80" of "Amount: $80".
    """
    timeless = value.unit in (*_MONEY, "percent", "number")
    if timeless or not SUBJECT.match(source.text) or len(source.segments) < 2:
        return False
    subject = frozenset.intersection(*(cell.words.stems for cell in source.segments)) | LIGHT_STEMS

    def is_named(cell: Segment, words: Words) -> bool:
        return any(one in words for one in cell.words.stems - subject)

    others = [cell for cell in source.segments if cell is not segment]
    if not segment.words.stems - subject:
        # The end of a span: its column is named before its beginning.
        return False
    return not is_named(segment, claim.claim.words) and any(is_named(cell, part.words) for cell in others)


def _is_most(value: Value, source: Reading, claim: Alignment) -> bool:
    """Whether a sum is the most that the sentence says is paid: "the fee is capped at $150"."""
    if value.unit not in _MONEY:
        return False
    return all(
        _MOST_BEFORE.search(source.text[: other.start]) or _MOST_BEHIND.match(source.text[other.end :])
        for other in source.values
        if _is(value, other, source, claim)
    )


def _torn(value: Value, part: Segment, source: Reading, segment: Segment) -> bool:
    """Whether another figure of the claim stands in another cell, and each has its like beside the other.

    "$53 with a 24-month term" of a row where $48 stands with 24 months and $53 with 12.
    """

    def has_another(place: Segment, wanted: Value) -> bool:
        alike = [held for held in place.values if held.unit == wanted.unit]
        return bool(alike) and not any(same(wanted, held) for held in place.values)

    for other in part.values:
        if other.unit in (value.unit, "number"):
            continue
        places = [place for place in source.segments if any(same(other, held) for held in place.values)]
        if places and has_another(segment, other) and all(has_another(place, value) for place in places):
            return True
    return False
