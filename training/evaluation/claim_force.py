"""How far a sentence goes: for certain or perhaps, for everybody or for some, under which conditions, and what it denies."""

import re
from collections.abc import Iterator, Set
from typing import Literal

from training.evaluation.claim_synonyms import COURTESY, widened
from training.evaluation.claim_words import content

Force = Literal["certainty", "who", "condition", "negation"]

_HEDGE = re.compile(
    r"\b(?:(?:may|might|could)(?! (?:not|no)\b| \d)|(?:usual|normal|general|typical|most|occasional|possib|probab)ly|often|sometimes"
    r"|likely|in most cases|as a rule|mostly)\b"
)
_OPEN = re.compile(
    r"\b(?:may|might|could|can|possibl[ey]|perhaps|probably|likely|able to|sometimes|occasionally|chance)\b"
)
_WILL = re.compile(r"\b(?:will|is|are|you) (?:sure|certain|get)\b|\bwill\b|'ll\b")
_SURE = re.compile(
    r"\b(?:always|guaranteed?|definitely|certainly|surely|sure to|in any case|in every case|for certain|without fail|automatically|never|invariably)\b"
)
_ALL = re.compile(
    r"\b(?:all(?! your| you| my| that| it| we| in\b| right)|every|any|anybody|anyone|everybody|everyone|whoever|whether|regardless|no matter|always|in any case|in every case)\b"
)
_SOME_ALL = re.compile(_ALL.pattern + r"|\b(?:each|both|per|either|whichever|throughout|no|never|not)\b|n't\b")
_NOT_ALL = re.compile(
    r"\b(?:not all|not every|in all|at all|any (?:time|more|longer|further|other|questions?|extra|difference|ordinary)|all (?:day|year)|all the|after all|(?:that's|are|is|it's) all|every (?:day|week|month|year)|all in all)\b"
)
_ONLY = re.compile(r"\b(?:only|solely|exclusively|nobody but|no one but|nothing but|nowhere but)\b")
_LIMITED = re.compile(
    r"\b(?:only|solely|exclusively|just|except|unless|other than|but not|no other|nobody|nothing|not|cannot|never|no|limited|until|n't|sole)\b|n't\b"
)
_IF = re.compile(
    r"\b(?:only (?:if|when|for|with|on|after|during|in|once)|provided|as long as|so long as|on condition|unless|except(?: (?:if|when|for|on))?|if|when|whenever|where|once|until|while|without|in case)\b"
)
_HARD_IF = re.compile(
    r"\b(?:provided|as long as|so long as|on condition|only (?:if|when|after|during|once|with)|unless)\b"
)
_EXCEPT = re.compile(r"\b(?:only|unless|except|once|as long as|even)\b")
# What a passage says only so far: the words after it are the condition.
_BOUND = re.compile(
    r"\b(?:only (?:if|when|for|with|on|after|during|in|once)|provided(?: that)?|as long as|so long as|unless|except(?: (?:if|when|for|on))?)\b"
    r"(?P<rest>[^,;.:()]*)"
)
_DENIAL = re.compile(r"\b(?:not|no|never|cannot|neither|nor|none|nothing|nobody)\b|n't\b")
_LIMITS = re.compile(
    r"\b(?:no|not) (?:more|less|later|longer|earlier|older|younger|sooner|fewer|bigger|larger|heavier) than\b|\bno (?:more|later)\b|\bif not\b|\bwhether or not\b|\bnot only\b"
    r"|\b(?:no|without) (?:any |extra |additional |further )*(?:charge|cost|fee|price|problem|worries)s?\b"
)
_SCOPE_ENDS = re.compile(
    r"[,;:.()]|\b(?:and|but|if|unless|when|until|because|before|after|while|since|so|as|than|who|which|that|though|although|or)\b"
)

# Of what a passage says perhaps, the share that a clause must say to say it for certain, and where it promises.
SAID, PROMISED = 0.5, 0.3
# Of what is denied, the share that the other one says.
DENIED = 0.6


# Who is meant whatever the words around it.
EVERY = re.compile(r"\b(?:every|any|anybody|anyone|everybody|everyone|whoever)\b|^all\b")
# A bound that a figure has: before it, and after it.
_BOUNDS = {
    "least": re.compile(
        r"\b(?:at least|minimum of|no (?:less|fewer) than|more than|over|above|from)(?: \w+)? $|^[^,.;]{0,14}\bor (?:more|over|older|above)\b"
    ),
    "most": re.compile(
        r"\b(?:at most|up to|maximum of|(?:no|not) more than|less than|fewer than|under|below)(?: \w+)? $|^[^,.;]{0,14}\bor (?:less|fewer|under|below|younger)\b"
    ),
}
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_PAID = re.compile(r"\b(?:for a (?:small )?(?:fee|charge)|at a (?:fee|charge|cost)|(?:not|n't) free)\b|n't free\b")
_FREE = re.compile(r"\bfree\b|\bno (?:extra )?(?:charge|cost|fee)\b")


def unbounded(answer: str, there: str) -> Iterator[str]:
    """The figures whose bound is the opposite of the one that the passage gives, and what is paid that is free there."""
    theirs = {} if len(_DENIAL.findall(answer)) != len(_DENIAL.findall(there)) else _bounds(there)
    for number, bounds in _bounds(answer).items():
        if bounds and theirs.get(number) and not bounds & theirs[number]:
            yield number
    if (paid := _PAID.search(answer)) and _FREE.search(there) and not _PAID.search(there):
        yield paid.group()


def _bounds(text: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for number in _NUMBER.finditer(text):
        sides = (text[: number.start()][-24:], text[number.end() :])
        kinds = {
            kind
            for kind, pattern in _BOUNDS.items()
            if re.search(pattern.pattern.split("|^")[0], sides[0]) or pattern.match(sides[1])
        }
        found.setdefault(number.group(), set()).update(kinds)
    return found


def overstated(answer: str, there: str) -> Iterator[tuple[Force, str]]:
    """Where a clause goes further than the sentence of a passage that it rests on; both in the one spelling."""
    said = widened(set(content(answer)))
    if not _OPEN.search(answer) and not _HEDGE.search(answer):
        for hedge in _HEDGE.finditer(there):
            begins = max((one.end() for one in _SCOPE_ENDS.finditer(there[: hedge.start()])), default=0)
            ends = _SCOPE_ENDS.search(there, hedge.end())
            words = content(there[begins : ends.start() if ends else None]) - COURTESY
            enough = PROMISED if _WILL.search(answer) else SAID
            if len(words & said) >= enough * len(words) and words & said:
                yield "certainty", hedge.group()
                break
    if (sure := _SURE.search(answer)) and not _SURE.search(there) and not _ALL.search(there):
        yield "certainty", sure.group()
    every = _ALL.search(_NOT_ALL.sub(" ", answer))
    if every and not _SOME_ALL.search(_NOT_ALL.sub(" ", there)):
        yield "who", every.group()
    if (only := _ONLY.search(answer)) and not _LIMITED.search(there):
        yield "who", only.group()
    if (hard := _HARD_IF.search(answer)) and not _IF.search(there) and not _ONLY.search(there):
        yield "condition", hard.group()


def dropped(answer: Set[str], there: str) -> Iterator[str]:
    """The conditions of a sentence of which an answer says nothing; `answer` are its words."""
    wide = widened(set(answer))
    for bound in _BOUND.finditer(there):
        words = content(bound["rest"]) - COURTESY
        if words and not words & wide:
            yield bound.group()


def turned(answer: str, there: str) -> Iterator[str]:
    """What one of the two sentences denies and the other affirms."""
    ours, theirs = _denied(answer), _denied(there)
    if len(content(answer) & content(there)) < 2 or _words(ours) & _words(theirs):
        return
    if _EXCEPT.search(there) and (_EXCEPT.search(answer) or "except" in there or "unless" in there):
        # "Not unless" and "only if" are the same.
        return
    for denied, own, other in ((ours, answer, there), (theirs, there, answer)):
        for words in denied:
            if words & _affirmed(own):
                continue
            if words and len(words & content(other)) >= DENIED * len(words):
                yield " ".join(sorted(words))


def _affirmed(text: str) -> frozenset[str]:
    """The words that stand in no denial."""
    rest = _DENIAL.sub("#", _LIMITS.sub(" ", text))
    return content(
        " ".join(
            re.sub(rf"^.*?(?={_SCOPE_ENDS.pattern}|$)", "", part) if place else part
            for place, part in enumerate(rest.split("#"))
        )
    )


def _words(denied: list[frozenset[str]]) -> frozenset[str]:
    return frozenset[str]().union(*denied)


def _denied(text: str) -> list[frozenset[str]]:
    """The words that each denial of a text is about."""
    text = _LIMITS.sub(" ", text)
    found = []
    for denial in _DENIAL.finditer(text):
        rest = text[denial.end() :]
        end = _SCOPE_ENDS.search(rest)
        words = content(rest[: end.start()] if end else rest)
        found.append(words - COURTESY or words)
    return found
