"""Check of quantifiers: what holds for some is not said of all, and "only" or "everybody" does not get lost."""

import re
from collections.abc import Iterator
from itertools import product

from bot.prompting.claims.alignment import Alignment, nearest
from bot.prompting.claims.found import Unsupported
from bot.prompting.claims.limiting import PERSON, SUBJECT
from bot.prompting.claims.reading import Reading
from bot.prompting.claims.terms import LIGHT_STEMS, stem

_ALL = r"every(?:body|one)|any(?:body|one)|whoever|all|every|each|both"
_EVERYBODY = re.compile(
    r"\b(?:every(?:body|one)|any(?:body|one)|(?:all|every|each|any) (?:customers?|people|persons?))\b"
    r"(?! (?:else|who|whose|with|without|under|over|aged|in|at|on|from)\b)",
    re.I,
)
_ANY_ALL = re.compile(rf"\b(?:{_ALL}|any|nobody|no one|customers?|people|you|your)\b(?! else)", re.I)
_ALL_OF = re.compile(r"\b(?:all|every|each|any) (?P<words>[\w'-]+(?: [\w'-]+){0,2})", re.I)
_WORD = re.compile(r"[\w'-]+")
_PLACED = re.compile(
    rf"\b(?:{_ALL}) (?P<lead>in|at|on|from|with|of) (?:the |your |our |an? )?(?P<place>[\w'-]+)", re.I
)
_PEOPLE = re.compile(rf"\b(?:{_ALL}|any|whole|family|families|people|persons?|guests?|group|party)\b", re.I)
_ALONE = re.compile(rf"\b(?P<word>{PERSON}) only(?= ?(?:$|[,;.)]| and\b| but\b))", re.I)
_ONLY_IN = re.compile(r"\bonly (?:in|at|on|for|with|by|to|from) (?P<what>[^.;:(]+)", re.I)
_NAMES_ONE = re.compile(r"(?:[^\W\d][\w'-]* ?){1,3}$")
_AND = re.compile(r",| (?:and|or) ", re.I)
# "Wine: licensed business senders only", but "not only".
_ONLY = re.compile(r"(?<!not )\bonly\b", re.I)
_LIMITS = re.compile(r"\b(?:only|alone|not|no|never|nobody|without|except|unless|else|sole|limit|single)\b", re.I)


def quantifiers_of(claim: Alignment) -> Iterator[Unsupported]:
    """All where the passage has some, and limits to one or to all that the claim leaves out."""
    text = claim.claim.text
    for source in claim.rests_on:
        if (everybody := _EVERYBODY.search(text)) and not _ANY_ALL.search(source.text):
            yield Unsupported("quantifier", everybody[0])
        yield from _widened(text, source)
        for placed in _PLACED.finditer(source.text):
            again = rf"\b{placed['lead']} (?:the |your |our |an? )?{re.escape(placed['place'])}\b"
            if re.search(again, text, re.I) and not _PEOPLE.search(text):
                yield Unsupported("quantifier left out", placed[0])
    if not _LIMITS.search(text):
        yield from _alone(claim)
        yield from _unlimited(claim)
    for source in claim.rests_on:
        yield from _shortened(text, source)


def _shortened(text: str, source: Reading) -> Iterator[Unsupported]:
    """What is left out of all that "only" allows: "only in Family rooms" of "only in Family rooms and Cabins"."""
    for said, told in product(_ONLY_IN.finditer(text), _ONLY_IN.finditer(source.text)):
        own, whole = (
            [_stems(part) for part in _AND.split(found["what"]) if _NAMES_ONE.match(part)]
            for found in (said, told)
        )
        kept = [part for part in whole if any(part & one for one in own)]
        if kept and len(kept) < len(whole):
            yield Unsupported("quantifier left out", told[0])


def _stems(words: str) -> set[str]:
    return {stem(word) for word in _WORD.findall(words.lower())} - LIGHT_STEMS


def _alone(claim: Alignment) -> Iterator[Unsupported]:
    """What is for "the member only", where the claim names the member and limits nothing."""
    for clause, source in claim.clauses:
        told = [term.start for term in nearest(clause, source.statements).terms]
        for alone in _ALONE.finditer(source.text):
            if min(told) <= alone.start() <= max(told) and stem(alone["word"].lower()) in clause.words:
                yield Unsupported("quantifier left out", alone[0])


def _unlimited(claim: Alignment) -> Iterator[Unsupported]:
    """What a cell of a row limits to one thing, where the claim limits nothing."""
    for clause, source in claim.clauses:
        if not SUBJECT.match(source.text):
            continue
        told = [term.start for term in nearest(clause, source.statements).terms]
        for only in _ONLY.finditer(source.text):
            if (
                told
                and min(told) <= only.start() <= max(told) + 20
                and ";" not in source.text[max(told) : only.start()]
            ):
                yield Unsupported("quantifier left out", only[0])


def _widened(text: str, source: Reading) -> Iterator[Unsupported]:
    """All things of a name, where the passage says so of some of them: "all Gold plans" as "all plans"."""
    said = {stem(word) for word in _WORD.findall(text.lower())}
    told = [[stem(word) for word in all_of["words"].lower().split()] for all_of in _ALL_OF.finditer(source.text)]
    for wide in _ALL_OF.finditer(text):
        noun = stem(wide["words"].split()[0].lower())
        kinds = [words[: words.index(noun)] for words in told if noun in words]
        if kinds and all(not said.issuperset(kind) and not LIGHT_STEMS.issuperset(kind) for kind in kinds):
            yield Unsupported("quantifier", wide[0])
