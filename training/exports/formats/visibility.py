"""Whether the customer ever saw a message: the one rule for notes, drafts and automatic answers.

Tools mark what is not for the customer in many ways: `public`, `is_public`, `internal`, `private`, `visibility`,
`part_type`, a tag. So it is not names of columns that are known here but the words in them and in their values. A
note that is learnt as an answer is the worst that can happen, so a mark that is not understood is an error.
"""

import re
from collections.abc import Iterator
from typing import Any, Literal

from training.exports.conversation import LeftOut, Record, Unreadable

Mark = Literal["seen", "note", "bot", "event", "blank", "unknown"]

# Stems in the name of a column, by what a yes in it means; they may be glued to others, as in "ispublic".
SEEN_NAMES = re.compile(r"publi[cksqé]|öffentlich|oeffentlich|openbaar|visib|sichtbar|shown|facing|external")
NOTE_NAMES = re.compile(
    r"internal|private|privat|privé|privad|prywatn|whisper|hidden|confidential|restricted|secret|draft|backstage|"
    r"^intern[eoa]?$|notes?$|^notiz|^notitie$|^nota$|^notatka$|^remark|^annotation|^memo$|^invisible|^unpublish|^nonpubl"
)
ONLY_FOR = frozenset("agent agents staff team admin admins operator operators".split())
BOT_NAMES = frozenset(
    "bot auto automated automatic autoreply autoresponse autoresponder isbot aigenerated".split()
)
# Columns whose value names who may see a message, or what kind of message it is.
SCOPES = re.compile(r"^(?:visibili|audience|privacy|scope|exposure|sichtbarkeit|zichtbaarheid|widoczno)")
KINDS = frozenset(
    ("type kind subtype art typ tipo parttype messagetype commenttype notetype entrytype posttype").split()
)
# "type" alone, or with one of these: "author_type" and "content_type" are kinds of something else.
MESSAGES = frozenset(
    "part message msg comment entry item note event post reply activity record row interaction action thread".split()
)
# What a kind or scope can say.
SEEN_VALUES = frozenset(
    (
        "public publicly visible shown external published comment comments reply replies message messages "
        "msg chat email mail e text incoming outgoing inbound outbound customer customers client clients "
        "user users requester everyone everybody all anyone open close reopen snooze answer question "
        "response web sms voice call phone whatsapp facebook instagram twitter image file attachment sent "
        "received description conversation part first input output html plain rich article to only öffentlich "
        "publico público pubblico publique openbaar publiczny"
    ).split()
)
NOTE_VALUES = frozenset(
    (
        "note notes private internal whisper hidden confidential restricted secret draft sidenote intern "
        "interne interno interna privat privé privee privada privado privato privata prywatny notiz notitie "
        "nota notatka remark annotation memo invisible unpublished nonpublic"
    ).split()
)
STAFF = frozenset(
    ("agent agents staff team admin admins operator support colleagues employees backoffice").split()
)
BOTS = frozenset("bot automated automatic auto autoreply autoresponse trigger".split())
EVENTS = frozenset("system event activity log assignment status".split())
# What may stand in any column, and means a note wherever it stands.
PHRASES = frozenset(
    (
        "note|private note|internal note|internal|internal comment|private comment|private|whisper|"
        "staff only|agent only|internal only|team only|agents only|not public|interne notiz|notiz|"
        "note interne|nota interna|nota privada"
    ).split("|")
)
YES = frozenset("true t yes y 1 1.0 on x ja oui si sí sim tak wahr vrai ✓".split())
NO = frozenset("false f no n 0 0.0 off nein non não nao nie falsch faux".split())
BLANK = frozenset(("", "none", "null", "nan", "n/a", "-"))
# What a person wrote or is called; nothing in it is a mark.
NO_MARKS = frozenset(
    ("text content body value message msg utterance subject title name id url role description").split()
)
ABOUT = frozenset("id ids at by count date time name email url text body author".split())
_WORD = re.compile(r"[^\W_]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
# Where no field says so, the writer may have.
_SAYS_SO = re.compile(
    r"^\W{0,3}(?:(?:strictly )?(?:internal|private|confidential|staff)(?: use)?(?: only)?"
    r"(?: note| comment| remark)?|(?:internal|private) (?:note|comment)[^:\n]{0,30}|interne notiz|note interne|nota interna|"
    r"note to (?:self|team|colleagues))\W{0,2}[:\]–—-]",
    re.IGNORECASE,
)


def left_out_of(
    record: Record, place: str, *, is_customer: bool, text: str, typed: bool = False
) -> LeftOut | None:
    """Why a message is not learnt from, by its own fields; None where the customer saw it.

    `typed`: the format reads the kinds of its messages itself. Raises Unreadable, naming the field under `place`,
    where a mark is of a value that says neither yes nor no.
    """
    found: set[Mark] = set()
    for name, value, mark in _marks(record, typed=typed):
        if mark == "unknown" or (mark == "blank" and not is_customer):
            raise Unreadable(f"{place}{name}: {value!r:.60} does not say whether the customer saw it")
        found.add(mark)
    if "note" in found or (not is_customer and _SAYS_SO.match(text)):
        return "private note"
    if "event" in found:
        return "event"
    return "bot answer" if "bot" in found and not is_customer else None


def _marks(record: Record, *, typed: bool, depth: int = 0) -> Iterator[tuple[str, Any, Mark]]:
    """Every field that says something of this, with what it says."""
    for name, value in record.items():
        words = _words(str(name))
        if isinstance(value, dict):
            if depth < 2 and not {"author", "sender", "user", "from"} & {*words}:
                # Of objects inside, nobody says that their types are those of messages.
                yield from _marks(value, typed=True, depth=depth + 1)
        elif isinstance(value, list):
            if any(isinstance(item, str) and " ".join(_words(item)) in PHRASES for item in value):
                yield name, value, "note"
        elif mark := _mark(words, value, typed=typed):
            yield name, value, mark


def _mark(words: list[str], value: Any, *, typed: bool) -> Mark | None:
    """What a field says; None where it says nothing of this."""
    known = {*words}
    in_words = " ".join(_words(value)) if isinstance(value, str) else ""
    if not words or (len(words) == 1 and words[0] in NO_MARKS):
        return None
    if any(map(SCOPES.search, words)):
        return _by_value(value, staff="note")
    if words[-1] in KINDS and (len(words) == 1 or known & MESSAGES):
        if typed:
            return "note" if in_words in PHRASES else None
        mark = _by_value(value, staff="seen")
        return None if mark == "blank" else mark
    if len(words) > 1 and words[-1] in ABOUT:
        return None
    is_note = any(map(NOTE_NAMES.search, words)) or ("only" in known and known & ONLY_FOR)
    is_seen = any(map(SEEN_NAMES.search, words))
    if is_note or is_seen:
        if is_seen and not is_note and {"not", "non"} & known:
            is_note = True
        # "public_note" is a mark of the public.
        note_first = bool(is_note) and not (
            is_seen and {"public", "publicly"} & known and not {"not", "non"} & known
        )
        # An empty cell under "internal" is a no; one that is missing says nothing.
        is_no = note_first and (typed or value is not None)
        return _by_yes(value, yes="note" if note_first else "seen", blank=None if is_no else "blank")
    if known & BOT_NAMES and (known & {"is", "by", "from", "response", "reply"} or len(words) == 1):
        return "bot" if str(value).strip().lower() in YES else None
    return "note" if in_words in PHRASES else None


def _by_yes(value: Any, *, yes: Mark, blank: Mark | None) -> Mark | None:
    """What a yes or no says, where a yes says `yes`; or a word in its place."""
    word = str(value).strip().lower()
    if value is None or word in BLANK:
        return blank
    if word in YES:
        return yes
    if word in NO:
        return "note" if yes == "seen" else "seen"
    return _by_value(value, staff="note")


def _by_value(value: Any, *, staff: Mark) -> Mark:
    """What words such as "internal note" or "public" say; `staff` is what the staff's names say here."""
    if value is None or str(value).strip().lower() in BLANK:
        return "blank"
    words = {*_words(value)} if isinstance(value, str) else set()
    if words & NOTE_VALUES or ({"not", "non"} & words and words & SEEN_VALUES):
        return "note"
    named: tuple[tuple[frozenset[str], Mark], ...] = ((EVENTS, "event"), (BOTS, "bot"), (STAFF, staff))
    for names, mark in named:
        if words & names and words <= names | SEEN_VALUES | STAFF:
            return mark
    return "seen" if words and words <= SEEN_VALUES else "unknown"


def _words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(_CAMEL.sub(" ", text))]
