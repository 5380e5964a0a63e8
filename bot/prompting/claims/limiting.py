"""What limits a sentence: its conditions and exceptions, and of whom, where and when it holds."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bot.prompting.claims.terms import FREE, LIGHT_STEMS, Term, stem
from bot.prompting.claims.values import Value

# What a table's row is about.
SUBJECT = re.compile(r"^[^;]{1,80}? - ")
STATEMENT = re.compile(r";|, (?:but|and|or|while|whereas)\b| - ", re.IGNORECASE)
_STRONG = r"unless|except|only|until|until then"
_WEAK = r"if|when|whenever|where|whose|once|who|that"
_CONDITION = re.compile(rf"\b(?P<marker>{_STRONG}|{_WEAK})\b", re.IGNORECASE)
_OR_IF = re.compile(r",? or (?:if|when|unless)\b", re.IGNORECASE)
# "In stores only, and": what stands before it is limited, back to the word that leads in to it.
_TRAILING = re.compile(r"\W*(?:$|and\b|but\b|or\b|[,;.)])", re.IGNORECASE)
_LEADS_IN = re.compile(
    r"\b(?:in|at|on|by|for|from|to|with|through|via|during|between|under|within)\b", re.IGNORECASE
)
_CLAUSE_END = re.compile(r"[,;:()]| - |\bbut\b|\bin which case\b|$", re.IGNORECASE)
_ASIDE = re.compile(r", (?:who|which|where|in which)\b", re.IGNORECASE)
_BUT = re.compile(r", but (?!only\b|if\b|when\b|unless\b)(?P<rest>[^;,.()]+)", re.IGNORECASE)
# "All branches except the airport are closed": the exception ends where what is said of the others begins.
_AMID = re.compile(r"except (?!if|when|where|that|for)", re.IGNORECASE)
_VERB = re.compile(
    r"\b(?:is|are|was|were|can|must|will|do|does|has|have|costs?|pays?|gets?|takes?|needs?|"
    r"keeps?|loses?|lose|receives?|works?|ends?|counts?)\b",
    re.IGNORECASE,
)

# "For stays that include …, a booking": a list goes on behind its commas up to its last part.
_PIECE = r"(?! (?:you|we|it|they|there|the|an?|this|your|our|any|each|every|no)\b)[^,;:()]{1,40}"
_LEADING = re.compile(
    r"(?:for|in|at|on|with|within|without|during|after|before|from|until|between|among|under|over|inside|outside|"
    rf"by)\b[^,;:()]{{2,120}}(?:,(?:{_PIECE},)*{_PIECE}\b(?:or|and)\b[^,;:()]{{1,60}})?(?=,)",
    re.IGNORECASE,
)
# "Free for members", "free inside the country": nothing is said of all others.
_FREE_FOR = re.compile(
    r"\bfree (?P<scope>(?:for|in|inside|at|on|within|until|during|from|by|to|with)\b[^,;:()]{2,80}?)"
    r"(?=[,;:().]|$| and (?!for)| but\b)",
    re.IGNORECASE,
)
PERSON = (
    "members?|customers?|clients?|guests?|visitors?|travell?ers?|passengers?|residents?|tenants?|owners?|holders?|"
    "users?|students?|pupils?|learners?|participants?|patients?|drivers?|buyers?|sellers?|subscribers?|people|"
    "persons?|adults?|children|child|employees?|applicants?|parents?|players?|admins?"
)
_SOME = re.compile(
    rf"(?:^|[;,] (?:and |but )?)(?:an? |all |every |each )?(?P<who>[^,;:()]{{2,60}}? (?:{PERSON})|(?:{PERSON}) "
    rf"(?:with|without|under|over|aged|of|from|in|on|below|above)\b[^,;:()]{{2,60}}?) "
    r"(?=(?:can|must|gets?|pays?|receives?|have|has|keeps?|earns?|are|is|do|does|need|needs)\b)",
    re.IGNORECASE,
)
_WHO = re.compile(rf"\b(?:{PERSON}) (?P<who>(?:who|whose)\b[^,;:().]{{2,80}})", re.IGNORECASE)
_SOME_END = re.compile(r"[,;:()]|\b(?:and|but)\b", re.IGNORECASE)
_LISTED = re.compile(r",|\b(?:and|or)\b", re.IGNORECASE)
# "In total", but "in exceptional cases".
_VAGUE = LIGHT_STEMS - {stem("exceptional")}
_ANY_PERSON = re.compile(rf"{PERSON}|person|people", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part:
    """Words and figures of a part of a sentence."""

    terms: tuple[Term, ...]
    values: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Condition:
    """What limits a sentence: the marker, the words and figures of its clause, and the statements limited.

    `parts` are those of a list in it: each is one by itself.
    """

    marker: str
    terms: tuple[Term, ...]
    values: tuple[Value, ...]
    start: int
    end: int
    limited: tuple[Part, ...]
    parts: tuple[Part, ...]

    @property
    def strong(self) -> bool:
        """Whether the sentence says something else without it, whatever it is about."""
        return re.fullmatch(_STRONG, self.marker) is not None

    @property
    def excepts(self) -> bool:
        """Whether the sentence says nothing, or the opposite, of what the condition names."""
        return self.marker in ("except", "unless", "but")


@dataclass(frozen=True, slots=True)
class Scope:
    """Of whom, where or when a sentence holds: each part of a list by itself, and each statement that it limits.

    With `free` it is said of what is free, and nothing is said of all others.
    """

    parts: tuple[Part, ...]
    start: int
    end: int
    limited: tuple[Part, ...]
    free: bool = False


def conditions_in(text: str, found: Sequence[Value], said: Sequence[Term]) -> tuple[Condition, ...]:
    """The conditions of a sentence, whose values are blanked out of `text`."""
    conditions = []
    row = SUBJECT.match(text)
    ends = _ends(text)
    for match in _CONDITION.finditer(text):
        end = _CLAUSE_END.search(text, match.end())
        stop = end.start() if end else len(text)
        marker = match["marker"].lower()
        before = text[: match.start()].rstrip()
        if before.endswith((" or", "(")) or before.count("(") > before.count(")"):
            # One of several, or of what stands in brackets.
            continue
        if marker == "until" and any(match.end() <= v.start <= match.end() + 12 for v in found):
            # The bound of a figure is the figure's.
            continue
        if marker in ("who", "that"):
            bounds = (v for v in found if match.end() <= v.start <= match.end() + 40 and (v.bound or v.side))
            limit = next(bounds, None)
            if not limit or limit.end > stop:
                continue
            stop = limit.end
        if before.lower().endswith("except") or (marker in ("where", "whose") and before.endswith(",")):
            # "Except where" is one; what follows a comma only tells more.
            continue
        if before.lower().endswith("even") or _OR_IF.match(text, stop):
            continue
        if row and not re.fullmatch(_STRONG, marker):
            # The head of a column.
            continue
        amid = _AMID.match(text, match.start()) and not before.endswith(",")
        if amid and (verb := _VERB.search(text, match.end(), stop)):
            stop = verb.start()
        inside = _within(said, match.end(), stop)
        if marker == "only" and (not inside or _TRAILING.match(text, match.end())):
            inside = _trailed(text, said, match.start())
        within = _among(found, match.end(), stop)
        if inside or within:
            first = max(end for end in ends if end <= match.start())
            last = min(end for end in ends if end >= min(stop, len(text)))
            if _ASIDE.match(text, stop):
                last = stop
            limited = tuple(term for term in _within(said, first, last) if not match.start() <= term.start < stop)
            parts = tuple(_parts(text, (match.end(), stop), found, said))
            conditions.append(Condition(marker, inside, within, match.start(), stop, (Part(limited),), parts))
    return tuple(conditions)


def exceptions_in(conditions: Sequence[Condition], text: str, said: Sequence[Term]) -> Iterator[Condition]:
    """What a sentence takes out of its rule, as a condition or behind it: "…, but members pay nothing"."""
    yield from (condition for condition in conditions if condition.excepts)
    for but in _BUT.finditer(text):
        inside = _within(said, *but.span("rest"))
        if any(term.denied or term.stem == FREE for term in inside):
            first = max(end for end in _ends(text) if end < but.start())
            if rule := _within(said, first, but.start()):
                yield Condition("but", inside, (), but.start(), but.end(), (Part(rule),), (Part(inside),))


def scopes_in(text: str, found: Sequence[Value], said: Sequence[Term]) -> tuple[Scope, ...]:
    """Of whom, where and when a sentence holds, where it says so before all else or behind what is free."""
    if SUBJECT.match(text):
        return ()
    scopes = []
    if leading := _LEADING.match(text):
        # What stands first limits all that follows.
        statements = pairwise(end for end in (leading.end(), *_ends(text)) if end >= leading.end())
        limited = [Part(_within(said, *statement)) for statement in statements]
        scopes.append(_scope(text, leading.span(), found, said, limited))
    for free in _FREE_FOR.finditer(text):
        before = Part(_within(said, max(end for end in _ends(text) if end <= free.start()), free.start("scope")))
        scopes.append(_scope(text, free.span("scope"), found, said, [before], free=True))
    for who in _WHO.finditer(text):
        start = max(end for end in _ends(text) if end <= who.start())
        if _VERB.search(text, start, who.start()):
            scopes.append(_scope(text, who.span("who"), found, said, [Part(_within(said, start, who.start()))]))
    for some in _SOME.finditer(text):
        end = _SOME_END.search(text, some.end())
        span = (some.end(), end.start() if end else len(text))
        rule = Part(_within(said, *span), _among(found, *span))
        scopes.append(_scope(text, some.span("who"), found, said, [rule]))
    return tuple(scope for scope in scopes if scope.parts and scope.limited)


def _scope(
    text: str,
    span: tuple[int, int],
    found: Sequence[Value],
    said: Sequence[Term],
    limited: Iterable[Part],
    *,
    free: bool = False,
) -> Scope:
    parts = [
        Part(
            tuple(t for t in part.terms if t.stem not in _VAGUE and not _ANY_PERSON.fullmatch(t.word)), part.values
        )
        for part in _parts(text, span, found, said)
    ]
    return Scope(
        tuple(part for part in parts if part.terms or part.values),
        *span,
        tuple(part for part in limited if part.terms),
        free,
    )


def _parts(text: str, span: tuple[int, int], found: Sequence[Value], said: Sequence[Term]) -> Iterator[Part]:
    """Each part of a list."""
    cuts = [span[0], *(joint.start() for joint in _LISTED.finditer(text, *span)), span[1]]
    for part in pairwise(cuts):
        terms, values = _within(said, *part), _among(found, *part)
        if terms or values:
            yield Part(terms, values)


def _ends(text: str) -> list[int]:
    return [0, *(end.start() for end in STATEMENT.finditer(text)), len(text)]


def _within(said: Iterable[Term], start: int, end: int) -> tuple[Term, ...]:
    return tuple(term for term in said if start <= term.start < end)


def _among(found: Iterable[Value], start: int, end: int) -> tuple[Value, ...]:
    return tuple(value for value in found if start <= value.start < end)


def _trailed(text: str, said: Sequence[Term], place: int) -> tuple[Term, ...]:
    """What an "only" that ends a clause limits: "stores" of "in stores only", "member" of "the member only"."""
    start = max((lead.end() for lead in _LEADS_IN.finditer(text, 0, place)), default=0)
    return _within(said, start, place)[-2:] or _within(said, 0, place)[-1:]
