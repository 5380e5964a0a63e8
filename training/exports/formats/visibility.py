"""Whether the customer ever saw a message: the one rule for notes, drafts and automatic answers.

Tools mark what is not for the customer in many ways: `public`, `is_public`, `internal`, `private`, `visibility`,
`part_type`, a tag. So it is not names of columns that are known here but the words in them and in their values. A
note that is learnt as an answer is the worst that can happen, so a mark that is not understood is an error.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Literal

from training.exports.conversation import ExportedMessage, LeftOut, Record, Unreadable
from training.exports.formats import mark_words as words_for
from training.exports.formats.bots import by_machine
from training.exports.formats.mark_words import BLANK, NO, YES, words_of

Mark = Literal["seen", "note", "bot", "event", "blank", "unknown"]

BOTS = frozenset("bot automated automatic auto autoreply autoresponse trigger".split())
EVENTS = frozenset("system event activity log assignment status".split())
# What a person wrote or is called; nothing in it is a mark, unless all of it is.
NO_MARKS = frozenset(
    "text content body value message msg utterance subject title url description summary email".split()
)
NAMES = frozenset(
    (
        "name id role author sender from speaker agent user nick intent topic product department company city"
    ).split()
)
ABOUT = frozenset("id ids at by count date time name email url text body author number".split())
TAGS = frozenset("tag tags label labels flag flags".split())
# Inside of these stand other things than the message: files, articles, people.
ELSEWHERE = frozenset(
    "attachment attachments files images content parts articles tool_calls author sender user from".split()
)
# What may stand beside a word for what never came to the customer, or beside "for customers".
WEAK = frozenset(
    "is was the message msg delivery send email le la les der die das den el los il de status state".split()
)
LONGEST = 40
DEEPEST = 4
# Where no field says so, the writer may have.
_SAYS_SO = re.compile(
    r"^\W{0,3}(?:(?:strictly )?(?:internal|private|confidential|staff)(?: use)?(?: only)?"
    r"(?: note| comment| remark)?|(?:internal|private) (?:note|comment)[^:\n]{0,30}|note to (?:self|team|colleagues)|"
    r"intern(?:e[rs]?)?(?: (?:notiz|info|hinweis|kommentar|anmerkung|vermerk|notitie|opmerking))?|"
    r"(?:note|commentaire|remarque) interne|(?:nota|comentario|commento|comentário) intern[oa]|notatka wewnętrzna)"
    r"\W{0,2}[:\]–—-]",
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
    for name, value, mark in _marks(record, (), typed=typed):
        if mark == "unknown" or (mark == "blank" and not is_customer):
            raise Unreadable(f"{place}{name}: {value!r:.60} does not say whether the customer saw it")
        found.add(mark)
    if "note" in found or (not is_customer and _SAYS_SO.match(text)):
        return "private note"
    if "event" in found:
        return "event"
    return "bot answer" if not is_customer and ("bot" in found or by_machine(record)) else None


def refuse_private(record: Record, *dialogue: str) -> None:
    """Raises Unreadable where a whole row is marked as not for customers; `dialogue` are fields of its messages."""
    fields = {name: value for name, value in record.items() if name not in (*dialogue, "category")}
    if left_out_of(fields, "", is_customer=False, text="", typed=True) == "private note":
        raise Unreadable("the row is marked as private: nothing in it was for a customer")


def refuse_flipped(messages: Sequence[ExportedMessage]) -> None:
    """Raises Unreadable where the customer's messages are marked and no answer is: then the mark is misread."""
    marked = {message.role == "user" for message in messages if message.left_out == "private note"}
    if marked == {True}:
        raise Unreadable(
            "only the customer's own messages are marked as private, so the mark means something else"
        )


def _marks(record: Record, path: tuple[str, ...], *, typed: bool) -> Iterator[tuple[str, Any, Mark]]:
    """Every field that says something of this, with what it says; `path` is the words of what it lies in."""
    # {"key": "internal", "value": true}
    key = next((name for name in ("key", "name") if "value" in record and isinstance(record.get(name), str)), "")
    for name, value in record.items():
        words = words_of(record[key] if key and name == "value" else str(name))
        if key and name == key:
            continue
        for inner in _single(value, {*path, *words}):
            if isinstance(inner, dict):
                if len(path) < DEEPEST and not ELSEWHERE & {*words, str(name)}:
                    # Of objects inside, nobody says that their types are those of messages.
                    yield from _marks(inner, (*path, *words), typed=True)
            elif mark := _mark(words, inner, path, typed=typed):
                yield name, inner, mark


def _single(value: Any, around: set[str]) -> list[Any]:
    """The values of a field one by one: of a list, or of tags in one cell. Who may see it is one value."""
    if isinstance(value, list):
        is_said = bool(value) and all(isinstance(one, str) for one in value)
        return [" ".join(value)] if is_said and _is_scope(around) else value
    return re.split("[,;|]", value) if isinstance(value, str) and around & TAGS else [value]


def _mark(words: list[str], value: Any, path: tuple[str, ...], *, typed: bool) -> Mark | None:
    """What a field says; None where it says nothing of this."""
    if not words or (len(words) == 1 and words[0] in NO_MARKS) or (words == ["role"] and not path):
        return None
    around = {*path, *words}
    if _is_scope(around) and words[-1] not in ABOUT and (_is_said(value) or not _meaning(words, around)):
        return _by_value(value, staff="note")
    if _is_kind(words) and not path:
        if typed:
            return "note" if _in_words(value) == "note" else None
        mark = _by_value(value, staff="seen")
        return None if mark == "blank" else mark
    if len(words) > 1 and words[-1] in ABOUT:
        return None
    if words == ["is", "reply"]:
        return "unknown" if str(value).strip().lower() in NO else None
    if meaning := _meaning(words, around):
        # An empty cell under "internal" is a no; one that is missing says nothing.
        is_no = meaning == "note" and (typed or value is not None)
        return _by_yes(value, yes=meaning, blank=None if is_no else "blank")
    return _by_cell(words, value, around)


def _is_scope(words: set[str]) -> bool:
    """Whether a field names who may see a message."""
    return any(map(words_for.SCOPE.search, words)) or {"visible", "to"} <= words


def _is_kind(words: list[str]) -> bool:
    """Whether a field says what kind of message it is: "type", "comment_type", "Kommentartyp", "type de message"."""
    if any(map(words_for.MESSAGE_KIND.search, words)):
        return True
    first_or_last = any(words_for.KIND.search(word) for word in (words[0], words[-1]))
    return first_or_last and (len(words) == 1 or any(map(words_for.MESSAGE.search, words)))


def _meaning(words: Sequence[str], around: set[str]) -> Mark | None:
    """What a yes under a name means; "unknown" where it means nothing for certain, None where it is no mark."""
    known = {*words}
    hidden = [word for word in words if words_for.PRIVATE.search(word)]
    public = [word for word in words if word not in hidden and words_for.PUBLIC.search(word)]
    noted = [word for word in words if words_for.NOTES.search(word)]
    customer, staff = any(map(words_for.CUSTOMER.search, words)), any(map(words_for.STAFF.search, words))
    is_not, is_only = bool(known & words_for.NOT), bool(known & words_for.ONLY)
    if staff and is_only:
        return "seen" if is_not else "note"
    gone = {*filter(words_for.GONE.search, words)}
    if gone and known <= {*WEAK, *words_for.NOT, *gone}:
        return "seen" if is_not else "note"
    reaches = (
        customer and any(map(words_for.REACHES.search, around)) and not known & {"last", "first", "read", "by"}
    )
    for_customer = customer and bool(known & words_for.FOR)
    for_customer &= known <= {*WEAK, *words_for.FOR, *words_for.NOT, *filter(words_for.CUSTOMER.search, words)}
    if words_for.CONSUMER.search(" ".join(words)):
        return None
    if hidden:
        # "hidden from staff" says nothing of the customer.
        return "unknown" if staff and "from" in known else "seen" if is_not else "note"
    if public or reaches or for_customer:
        if staff and not customer and not noted:
            return "unknown"
        return "note" if is_not else "seen"
    if noted:
        return "seen" if is_not else "note"
    return "unknown" if words in (["staff"], ["mitarbeiter"]) else None


def _by_yes(value: Any, *, yes: Mark, blank: Mark | None) -> Mark | None:
    """What a yes or no says, where a yes says `yes`; or a word in its place."""
    word = str(value).strip().lower()
    if yes == "unknown":
        # A column that only may be a mark: "staff" also says who wrote it.
        return "unknown" if word in YES else None
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
    words = {*words_of(value)} if isinstance(value, str) else set()
    hidden = any(word for word in words if words_for.PRIVATE.search(word) or words_for.NOTES.search(word))
    plain = {word for word in words if _is_plain(word)}
    if hidden or (words_for.NOT & words and plain - words_for.NOT):
        return "note"
    named: tuple[tuple[set[str], Mark], ...] = (
        (words & EVENTS, "event"),
        (words & BOTS, "bot"),
        ({word for word in words if words_for.STAFF.search(word)}, staff),
    )
    for found, mark in named:
        is_shared = mark == "note" and any(map(words_for.CUSTOMER.search, words))
        if (
            found
            and not is_shared
            and all(word in found | plain or words_for.STAFF.search(word) for word in words)
        ):
            return mark
    return "seen" if words and all(word in plain or words_for.STAFF.search(word) for word in words) else "unknown"


def _is_said(value: Any) -> bool:
    """Whether a value is words and neither yes nor no."""
    return isinstance(value, str) and value.strip().lower() not in YES | NO | BLANK


def _is_plain(word: str) -> bool:
    """Whether a word of a value says of a message that it is one, or for customers."""
    if word in words_for.PLAIN or words_for.CUSTOMER.search(word):
        return True
    return bool(words_for.PUBLIC.search(word)) and not words_for.PRIVATE.search(word)


def _by_cell(words: Sequence[str], value: Any, around: set[str]) -> Mark | None:
    """What a short cell under any other name says: "Internal Notes", "internal,urgent", "draft"."""
    if not isinstance(value, str) or len(value) > LONGEST or "@" in value or "://" in value:
        return None
    if "channel" in around and value.strip().lower() in ("analysis", "commentary"):
        # Source: https://cookbook.openai.com/articles/openai-harmony, what is not for the user.
        return "note"
    if {"status", "state"} & {*words} and {*words} <= WEAK and any(map(words_for.GONE.search, words_of(value))):
        return "note"
    mark = _in_words(value)
    if any(map(words_for.CUSTOMER.search, words)) and not any(map(words_for.NOTES.search, words_of(value))):
        # "customer_type: private" says who buys.
        return None
    return None if mark == "unknown" and NAMES & {*words} else mark


def _in_words(value: Any) -> Mark | None:
    """Whether a value is the mark of a note: all its words are of one, or "unknown" where only some are."""
    words = words_of(value) if isinstance(value, str) else []
    hidden = [word for word in words if words_for.PRIVATE.search(word)]
    noted = [word for word in words if words_for.NOTES.search(word)]
    staff = [word for word in words if words_for.STAFF.search(word)]
    if words_for.CONSUMER.search(" ".join(words)):
        return None
    is_not = bool(words_for.NOT & {*words})
    known = {*hidden, *noted, *staff, *words_for.PLAIN, *words_for.NOT, *words_for.ONLY, *words_for.FOR}
    is_certain = all(word in known or _is_plain(word) for word in words)
    if is_not and is_certain and any(map(words_for.PUBLIC.search, words)):
        return "note"
    if staff and words_for.ONLY & {*words} and is_certain:
        return "note"
    if (hidden or noted) and not any(
        word for word in words if words_for.PUBLIC.search(word) and word not in hidden
    ):
        if is_certain and not is_not:
            return "note"
        return "unknown" if hidden else None
    return None
