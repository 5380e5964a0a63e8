"""Personal data out of a conversation, with placeholders that keep who is who."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from bot.dialogue import Dialogue
from bot.redaction.contacts import emails, ip_addresses, phones
from bot.redaction.credentials import secrets, url_tokens
from bot.redaction.payment import cards, ibans
from bot.redaction.people import birth_dates, names
from bot.redaction.places import addresses
from bot.redaction.span import KINDS, Finder, Kind, Span
from bot.shop.profile import Shop

FINDERS: tuple[Finder, ...] = (
    url_tokens,
    emails,
    ibans,
    cards,
    ip_addresses,
    secrets,
    birth_dates,
    phones,
    addresses,
    names,
)
_PLACEHOLDER = re.compile(rf"\[(?:{'|'.join(KINDS)})_\d+\]")


# A question to which the next message is the bare answer, and the words that would have introduced it.
_QUESTIONS: tuple[tuple[re.Pattern[str], str, Finder, int], ...] = (
    (re.compile(r"\bnames?\b|who am i (?:speaking|chatting|talking)", re.IGNORECASE), "my name is ", names, 4),
    (re.compile(r"\bdate of birth|\bdob\b|\bbirth ?day|\bborn\b", re.IGNORECASE), "born ", birth_dates, 12),
    (re.compile(r"\bpass ?(?:word|code)|\bpin\b|\bcode\b", re.IGNORECASE), "password: ", secrets, 2),
    (
        re.compile(r"\bphone|\bnumber\b.{0,30}\breach|\bcall you\b|\bmobile\b", re.IGNORECASE),
        "phone: ",
        phones,
        12,
    ),
)


def find(text: str, *, keep: frozenset[str] = frozenset(), asked: str = "") -> list[Span]:
    """Personal data in a text, in order, without overlaps.

    `keep`: contact details that are the shop's own. `asked`: the message before, which may ask for what the text
    gives without further words ("And your date of birth?").
    """
    taken = [Span("NAME", *found.span()) for found in _PLACEHOLDER.finditer(text)]
    placeholders = len(taken)
    found = [span for finder in FINDERS for span in finder(text)]
    if "?" in asked or "please" in asked.casefold() or "may i" in asked.casefold():
        found += _answers(asked, text)
    for span in sorted(found, key=lambda span: (KINDS.index(span.kind), span.start - span.end, span.start)):
        free = all(span.end <= other.start or span.start >= other.end for other in taken)
        if free and _identity(span.kind, text[span.start : span.end]) not in keep:
            taken.append(span)
    return sorted(taken[placeholders:], key=lambda span: span.start)


def _answers(asked: str, text: str) -> Iterator[Span]:
    for question, cue, finder, most_words in _QUESTIONS:
        if not question.search(asked):
            continue
        for line in re.finditer(r"[^\n]+", text):
            if len(line.group().split()) <= most_words:
                shift = line.start() - len(cue)
                for span in finder(cue + line.group()):
                    if span.start >= len(cue):
                        yield Span(span.kind, span.start + shift, span.end + shift)


def contact_details(texts: Iterable[str]) -> frozenset[str]:
    """The e-mail addresses and phone numbers of a help centre: the shop's own, which answers may name."""
    return frozenset(
        _identity(span.kind, text[span.start : span.end])
        for text in texts
        for finder in (emails, phones)
        for span in finder(text)
    )


def own_contacts(shop: Shop, articles: Iterable[str]) -> frozenset[str]:
    """The contact details of a shop's profile and of the texts of its help centre."""
    return contact_details([*shop.contacts.known, *articles])


class Redactor:
    """Redacts conversations one after another; `counts` says how many placeholders of each kind it has put."""

    def __init__(self, *, keep_names: bool = False, keep: frozenset[str] = frozenset()) -> None:
        self.keep_names, self.keep = keep_names, keep
        self.counts: Counter[Kind] = Counter()

    def redact(self, texts: Sequence[str], people: Sequence[str] = ()) -> list[str]:
        """The texts of one conversation with placeholders such as [EMAIL_1]; the same value has the same number.

        `people` are names that the export itself gives. A name that was introduced is redacted wherever it
        stands in the conversation, and its parts too.
        """
        found = [
            find(text, keep=self.keep, asked=texts[place - 1] if place else "") for place, text in enumerate(texts)
        ]
        if self.keep_names:
            found = [[span for span in spans if span.kind != "NAME"] for spans in found]
        else:
            introduced = [
                text[span.start : span.end]
                for text, spans in zip(texts, found, strict=True)
                for span in spans
                if span.kind == "NAME"
            ]
            known = _mentions([*people, *introduced])
            found = [_with_mentions(text, spans, known) for text, spans in zip(texts, found, strict=True)]
        numbers: dict[tuple[Kind, str], int] = {}
        return [self._replace(text, spans, numbers) for text, spans in zip(texts, found, strict=True)]

    def dialogue(self, dialogue: Dialogue) -> Dialogue:
        """A dialogue without personal data."""
        texts = self.redact([turn.text for turn in dialogue.turns])
        turns = (replace(turn, text=text) for turn, text in zip(dialogue.turns, texts, strict=True))
        return replace(dialogue, turns=tuple(turns))

    def _replace(self, text: str, spans: list[Span], numbers: dict[tuple[Kind, str], int]) -> str:
        parts, end = [], 0
        for span in spans:
            number = _number(numbers, span.kind, _identity(span.kind, text[span.start : span.end]))
            parts += [text[end : span.start], f"[{span.kind}_{number}]"]
            end = span.end
            self.counts[span.kind] += 1
        return "".join([*parts, text[end:]])


def _identity(kind: Kind, written: str) -> str:
    """What makes two spellings the same thing."""
    plain = unicodedata.normalize("NFKC", written).casefold()
    if kind in ("PHONE", "CARD"):
        return re.sub(r"\D", "", plain).removeprefix("00").lstrip("01")
    if kind == "NAME":
        return " ".join(plain.replace(".", " ").split())
    return re.sub(r"[\s,]+", "", plain)


def _number(numbers: dict[tuple[Kind, str], int], kind: Kind, identity: str) -> int:
    if kind == "NAME" and (kind, identity) not in numbers:
        # "Ana" is who "Ana Ruiz" was.
        words = set(identity.split())
        for (other, known), number in list(numbers.items()):
            if other == "NAME" and (words <= set(known.split()) or set(known.split()) <= words):
                numbers[kind, identity] = number
                break
    return numbers.setdefault(
        (kind, identity), 1 + max((number for (other, _), number in numbers.items() if other == kind), default=0)
    )


def _mentions(people: Iterable[str]) -> re.Pattern[str] | None:
    """Finds the names again, and their parts of three letters or more where they are capitalised."""
    known: set[str] = set()
    for name in people:
        words = name.split()
        if re.search(r"[^\W\d_]{2}", name):
            known |= {name.strip(), name.strip().title()}
            known.update(part.title() for word in words if len(part := word.strip(".,")) >= 3 and part.isalpha())
    ordered = sorted(known, key=lambda name: (-len(name), name))
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, ordered))})(?!\w)") if ordered else None


def _with_mentions(text: str, spans: list[Span], known: re.Pattern[str] | None) -> list[Span]:
    if known is None:
        return spans
    taken = [*spans, *(Span("NAME", *found.span()) for found in _PLACEHOLDER.finditer(text))]
    more = [
        Span("NAME", *found.span())
        for found in known.finditer(text)
        if all(found.end() <= other.start or found.start() >= other.end for other in taken)
    ]
    return sorted([*spans, *more], key=lambda span: span.start)
