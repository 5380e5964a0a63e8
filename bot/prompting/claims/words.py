"""Check of words: days, names and things that stand nowhere in the passage, or there in another's place."""

import re
from collections.abc import Iterator

from bot.prompting.claims.alignment import Alignment, denied_together, nearest
from bot.prompting.claims.found import Limits, Unsupported
from bot.prompting.claims.limiting import PERSON
from bot.prompting.claims.reading import Clause, Reading, Words, words_of
from bot.prompting.claims.terms import FREE, LIGHT_STEMS, STRICT_STEMS, Term, rivals, stem

# A price that stands there says that it costs.
PRICED = words_of(stem(word) for word in ("cost", "charge", "pay", "fee"))
_COSTS = {stem(word) for word in ("cost", "charge", "pay")}
_PERIODS = {stem(word) for word in ("minute", "hour", "day", "week", "month", "quarter", "year")}
_SAYS_FREE = re.compile(
    r"\b(?:no|not|without|any)\b(?: [\w-]+){0,3} (?:fee|charge|cost|price|pay|extra|surcharge)"
    r"|\b(?:none|nothing|unless|except|free)\b",
    re.IGNORECASE,
)
_SAYS_BACK = re.compile(r"\bback\b|\breturned\b", re.IGNORECASE)
_SAYS_FURTHER = re.compile(r"\b(?:further|every|each|additional|extra)\b", re.IGNORECASE)
_FURTHER = {stem(word) for word in ("second", "third", "fourth")}
_WAY = re.compile(r"\bfrom ((?:[\w-]+ ){1,3}?)to ((?:[\w-]+ ?){1,2})")

_SEVERAL = re.compile(r",| (?:and|or) ")
_THOSE = re.compile(r"\b(?:while|whereas|and|but) (?:that|those|the others?|others?|the rest)\b", re.IGNORECASE)
_PAYS = re.compile(
    rf"(?:^|[,;] (?:and |but )?)(?:an?|the|our|your|each|every) (?:[\w-]+ ){{0,2}}(?!(?:{PERSON})\b)"
    r"(?P<who>[\w-]+) (?:pays?|owes?)\b",
    re.IGNORECASE,
)
_WE_LOSE = re.compile(r"\bwe (?:will |would |'ll )?(?:lose|forfeit|owe|must pay|have to pay)\b", re.IGNORECASE)
_PLACE = re.compile(r"\b(?:at|in|on) (?P<where>(?:[\w-]+ ?){1,4})", re.IGNORECASE)


def names_of(claim: Alignment) -> Iterator[Unsupported]:
    """Weekdays, months and names that the passage does not have."""
    topic = claim.topic.words
    refused = {term.stem for source in claim.rests_on for term in source.terms if term.denied}
    denies = bool(denied_together(claim.claim.terms))
    for term in claim.claim.terms:
        if ":" in term.stem:
            stands = term.stem in topic or any(term.stem in source.words for source in claim.rests_on)
            if not stands or (term.stem in refused and not denies):
                yield Unsupported("day or month", term.word)
        elif term.name and not any(term.stem in words for words in (claim.known, topic, claim.asked_words)):
            yield Unsupported("name", term.word)


def words_apart(claim: Alignment, limits: Limits) -> Iterator[Unsupported]:
    """Words that stand nowhere, or in another sentence in another word's place."""
    unknown: list[Term] = []
    for clause, source in claim.clauses:
        statement = nearest(clause, source.statements)
        yield from _charged(clause, statement)
        for term in clause.terms:
            if ":" in term.stem:
                continue
            if rival := _rival(term, clause, source, statement, claim):
                yield Unsupported("another", f"{term.word} for {rival}")
            elif _holds(term, source.words):
                if rival := _place_of(term, clause, source, statement, claim):
                    yield Unsupported("misplaced", f"{term.word} for {rival}")
            elif rival := _misplaced(term, clause, source, statement, claim):
                yield Unsupported("misplaced", f"{term.word} for {rival}")
            elif not _may_be_said(term, source, claim):
                if _is_strict(term, claim) or _thing(term, sure=True):
                    yield Unsupported("word", term.word)
                unknown.append(term)
    count = len({term.stem for term in claim.claim.terms})
    if len(unknown) > limits.unknown_words or len(unknown) > limits.unknown_share * count:
        yield Unsupported("words", " ".join(term.word for term in unknown))


def ways_of(claim: Alignment) -> Iterator[Unsupported]:
    """From one thing to another, where the passage goes the other way."""
    for start, end in _ways(claim.claim):
        for source in claim.rests_on:
            ways = list(_ways(source))
            straight = any(start & here and end & there for here, there in ways)
            turned = any(start & there and end & here for here, there in ways)
            if turned and not straight:
                yield Unsupported("way", " ".join([*start, *end]))


def roles_of(claim: Alignment) -> Iterator[Unsupported]:
    """Places that pay, where the passage says what is paid there: "the hotel pays" of "at the hotel".

    And the shop that loses or owes where the passage doesn't say so of it: "we lose" of "the deposit is lost".
    """
    for loser in _WE_LOSE.finditer(claim.claim.text):
        if not any(_WE_LOSE.search(source.text) for source in claim.sources):
            yield Unsupported("role", loser[0])
    for payer in _PAYS.finditer(claim.claim.text):
        place = stem(payer["who"].lower())
        told = [found["where"] for source in claim.rests_on for found in _PLACE.finditer(source.text)]
        if any(place in map(stem, where.lower().split()) for where in told):
            yield Unsupported("role", payer["who"])


def _ways(reading: Reading) -> Iterator[tuple[set[str], set[str]]]:
    for found in _WAY.finditer(reading.text):
        start, end = ({stem(word) for word in part.lower().split()} for part in found.groups())
        yield start, end


def _holds(term: Term, words: Words) -> bool:
    """Whether the words hold a word, or the first part of a joined one ("gold-rated")."""
    return term.stem in words or ("-" in term.word and stem(term.word.split("-")[0]) in words)


def _thing(term: Term, *, sure: bool = False) -> bool:
    return term.noun == 2 or (not sure and (term.noun == 1 or term.name))


def _charged(clause: Clause, statement: Clause) -> Iterator[Unsupported]:
    """What costs in the claim is free in the passage."""

    def costs(part: Clause) -> list[Term]:
        return [term for term in part.terms if term.stem in _COSTS and not term.denied]

    if costs(clause) and FREE not in clause.words.stems and FREE in statement.words.stems and not costs(statement):
        yield Unsupported("another", f"{costs(clause)[0].word} for free")


def _rival(term: Term, clause: Clause, source: Reading, statement: Clause, claim: Alignment) -> str:
    """A word of the sentence that excludes this one, and that the claim does not say."""
    fixed = term.stem in _PERIODS or term.stem in PRICED or term.stem == FREE
    if _holds(term, source.words):
        if fixed or _holds(term, statement.words):
            return ""
        lacking = {one.stem for one in statement.terms if one.stem not in clause.words}
    else:
        lacking = {one.stem for one in source.terms if one.stem not in claim.claim.words}
        if _has_percent(source) and not _has_percent(claim.claim):
            lacking.add("percent")
        if _is_said_otherwise(term, claim) or _is_further(term, source):
            return ""
    return min(rivals(term.stem) & lacking, default="")


def _has_percent(reading: Reading) -> bool:
    return any(value.unit == "percent" for value in reading.values)


def _misplaced(term: Term, clause: Clause, source: Reading, statement: Clause, claim: Alignment) -> str:
    """The thing of the sentence whose place one takes that stands elsewhere in the passage."""
    if _thing(term) and (other := _other_of_title(term, source, claim)):
        return other
    if not _holds(term, claim.known):
        return ""
    if rival := _place_of(term, clause, source, statement, claim):
        return rival
    elsewhere = any(_holds(term, other.words) for _, other in claim.clauses)
    if not _thing(term) or elsewhere or _holds(term, claim.topic.words) or term.stem in LIGHT_STEMS | STRICT_STEMS:
        return ""
    said = claim.claim.words | claim.topic.words
    return next((one.word for one in source.terms if one.stem not in said and _thing(one)), "")


def _other_of_title(term: Term, source: Reading, claim: Alignment) -> str:
    """Of a title's several things the one that a sentence is about, where the claim has another of them.

    "A crib costs $15" of "Children aged 6 to 13 cost $15" below "Children, cribs and extra beds".
    """
    if not _holds(term, claim.topic.words) or not _SEVERAL.search(claim.topic.text):
        return ""
    said = claim.claim.words
    return next(
        (
            one.word
            for one in source.terms
            if one.stem in claim.topic.words and one.stem not in said and _thing(one)
        ),
        "",
    )


def _place_of(term: Term, clause: Clause, source: Reading, statement: Clause, claim: Alignment) -> str:
    """The thing whose place one takes that stands in a statement built alike; "" where there is none."""
    if not _thing(term) or term.stem in _PERIODS:
        return ""
    for other in claim.sources:
        # Within the sentence, what stands beside the figure is compared.
        inside = other is source and bool(clause.values)
        here = nearest(clause, source.clauses) if inside else statement
        if _holds(term, here.words):
            continue
        for told in other.clauses if inside else other.statements:
            if told is here or not _holds(term, told.words):
                continue
            shared = sum(one.stem in told.words for one in here.terms) + (other is source)
            # "…, while those at the airport": one pronoun stands for all that they share.
            enough = 1 if other is source and term.name and _THOSE.search(source.text) else 2
            if shared >= enough and (own := _own(term, here, told, claim)):
                return own
    return ""


def _own(term: Term, here: Clause, told: Clause, claim: Alignment) -> str:
    """What the statement names that the other one and the claim do not."""
    topic: frozenset[str] = frozenset() if term.stem in claim.topic.words else claim.topic.words.stems
    held = (told.words, claim.claim.words, topic)
    named = (one for one in here.terms if _thing(one) and one.stem not in LIGHT_STEMS)
    return next((one.word for one in named if not any(one.stem in words for words in held)), "")


def _may_be_said(term: Term, source: Reading, claim: Alignment) -> bool:
    """Whether a word that the sentence does not have is the topic's, the customer's, or claims next to nothing."""
    if _holds(term, claim.topic.words):
        return True
    if _is_strict(term, claim):
        return False
    if term.stem in LIGHT_STEMS or _holds(term, claim.known) or _is_further(term, source):
        return True
    return term.stem not in _PERIODS and _holds(term, claim.asked_words)


def _is_strict(term: Term, claim: Alignment) -> bool:
    strict = term.stem in STRICT_STEMS or term.stem in _PERIODS or (term.stem == "limit" and term.denied > 0)
    if term.stem in _PERIODS and _holds(term, claim.known):
        return False
    return strict and not _is_said_otherwise(term, claim)


def _is_said_otherwise(term: Term, claim: Alignment) -> bool:
    """Whether a word only says what a figure or other words of the passage say: that it costs, or is free."""
    if term.stem == FREE:
        return bool(term.denied) or _SAYS_FREE.search(claim.text) is not None
    if term.stem == "refund":
        return _SAYS_BACK.search(claim.text) is not None
    return term.stem in PRICED and bool(claim.claim.values)


def _is_further(term: Term, source: Reading) -> bool:
    """Whether a second one is one of the further ones that the passage speaks of."""
    return term.stem in _FURTHER and _SAYS_FURTHER.search(source.text) is not None
