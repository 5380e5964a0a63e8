"""The questions in one message, each with what it needs to be searched by itself."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.retrieval.courtesies import without_courtesies
from bot.retrieval.sentences import content_words, split_sentences

_WHAT = (
    r"(?:(?:by|until|till|from|since|for) (?:when|how long|what)|how|hows|how's|what|whats|what's|when|where|"
    r"which|who|whose|why)"
)
_VERBS = (
    r"(?:is|are|was|were|do|does|did|can|could|will|would|should|am|may|have|has|isn't|aren't|don't|doesn't|can't)"
)
# Whom or what a question of yes or no is about: "would like to borrow one" is none.
_SOMEBODY = (
    r"(?:i|you|u|ya|he|she|it|we|they|there|this|that|these|those|the|a|an|my|your|our|his|her|its|their|one|any|some|"
    r"anyone|anybody|someone|somebody|everyone|people|kids|children|dogs|pets|students|members)"
)
_ASKS = rf"(?:{_WHAT}\b|{_VERBS} {_SOMEBODY}\b)"
_ASKS_SURELY = (
    rf"(?:{_WHAT} (?:{_VERBS}|long|much|many|far|soon|often|late|early)\b|what's|how's|whats\b|"
    rf"{_VERBS} (?:i|you|u|we|they|there)\b)"
)
# Where a second question begins inside a sentence: "… and how long does it take", "…, what's the longest".
_SECOND = re.compile(
    rf"\s*[,;–-]?\s+(?:and|also|plus|oh and|n|&)\s+(?=(?:(?:also|then|so|if not)\s+)?{_ASKS})"
    rf"|\s*,\s+(?=(?:so\s+)?{_ASKS_SURELY})"
    rf"|\s*(?<=\w):\s+(?={_ASKS})",
    re.IGNORECASE,
)
_QUESTION_ENDS = re.compile(r"(?<=[?])\s+")
_LEADING = re.compile(
    r"^(?:(?:and|also|plus|oh|so|but|hi|hello|hey|ok|well|then|second|secondly|first|n|&)\b[\s,:.]*)+",
    re.IGNORECASE,
)
_REQUEST = r"(?:give|tell|send|show) (?:me|us)\b"
_QUESTION = re.compile(rf"^(?:{_ASKS}|{_REQUEST})", re.IGNORECASE)
# With a question mark behind it, anything may follow the verb: "do large labels cost anything, and …?"
_QUESTION_MARKED = re.compile(rf"^(?:{_WHAT}|{_VERBS})\b", re.IGNORECASE)
# Behind what is told first: "army vet, how much do I get off", "if I come by when is it ready".
_INNER = re.compile(
    rf"\s(?:{_WHAT} (?:long |much |many |far |soon |often |late |early |old |big )?{_VERBS} {_SOMEBODY}"
    rf"|{_VERBS} (?:i|you|u|we|they|there|she|he))\b",
    re.IGNORECASE,
)
# What begins as a question and tells something: "when I borrowed it, …".
_TELLS = re.compile(
    r"^(?:when(?:ever)?|where|what|which|who|why|how) (?:i|we|he|she|they|you|it|my|our|the|your)\b(?!.*\?)"
    r"|^(?:which|who|what a|what if|even if)\b(?!.*\?)",
    re.IGNORECASE,
)
# What asks for no more than the question before it.
_NO_MORE = re.compile(
    r"^(?:"
    + "|".join(
        [
            r"(?:is|would|will) (?:that|this|it) (?:be )?"
            r"(?:ok|okay|fine|possible|alright|allowed|a problem|right|true|correct)",
            r"(?:that|this|it)(?:'s| is) (?:ok|okay|fine|right|alright).*",
            r"(?:can|could|would|will) (?:you|u|anyone|somebody|someone) (?:please |pls )?(?:help|advise|tell me|"
            r"explain|check|confirm|answer (?:a|my|his|her|this|the) question)(?: me)?"
            r"(?: (?:with|on) (?:that|this|it))?",
            r"what (?:now|next|can i do|should i do|do i do|gives)(?: now)?",
            r"(?:why|how)(?: (?:is|does|do|can) (?:that|this|it|i)(?: be| work| possible| happen)*)?",
            r"how come|how much(?: is (?:it|that))?|please advise|any ideas?|what do you think|do you know",
            r"am i right",
            r"is (?:that|it) so",
        ]
    )
    + r")(?: (?:please|pls|then|exactly|though))*$",
    re.IGNORECASE,
)
# "Ok, and the other one", "what about Sundays", "so if I'm late": what goes on where the last message ended.
_CARRIES_ON = re.compile(
    r"^\W*(?:(?:ok(?:ay)?|ah|oh|right|great|nice|brilliant|perfect|thanks|cheers|fine|hm+|well|lovely|yes|no)\b\W*)*"
    r"(?:and|but|or|so|what about|how about|what if|even if|also|then|n|with)\b",
    re.IGNORECASE,
)
_PRONOUN = re.compile(
    r"\b(?:it|its|that|this|those|these|they|them|one|ones|there|same|other|another|either|both)\b", re.IGNORECASE
)
_ABOUT_IT = re.compile(r"\b(?:it|its|that|this|those|these|they|them)\b", re.IGNORECASE)
# In a name that is said back there is nothing that a reader could take for the shop's own word.
_UNSPEAKABLE = re.compile(r"[\d<>\[\](){}*_`|@#\\/\"“”«»$£€%:\n]")


@dataclass(frozen=True, slots=True)
class Part:
    """One question of a message: as it is searched, after what was said before it, and the question alone."""

    text: str
    asked: str


def parts_of(message: str, *, most: int = 3, least_words: int = 2) -> tuple[Part, ...]:
    """The questions of a message, each after what was said before the first one; the whole where there is one.

    What has fewer than `least_words` words with a meaning, or only asks again, is no question by itself. One that
    is about the question before it ("and how long does that take?") is searched with it.
    """
    cut = list(_pieces(message))
    pieces = [piece for piece, _ in cut]
    asked = [place for place, (piece, marked) in enumerate(cut) if _asks(piece, least_words, marked=marked)]
    if not 2 <= len(asked) <= most:
        return (Part(message, message),)
    before = " ".join(pieces[: asked[0]])
    parts: list[Part] = []
    for begin, end in zip(asked, [*asked[1:], len(pieces)], strict=True):
        about = parts[-1].asked if parts and _is_about(pieces[begin]) else ""
        # "And" and "also" join it to what it is searched without.
        asked_alone = _LEADING.sub("", pieces[begin])
        texts = [before, about, asked_alone, *pieces[begin + 1 : end]]
        parts.append(Part(" ".join(filter(None, texts)), asked_alone))
    return tuple(parts)


def leans(message: str, *, few_words: int, pronoun_words: int) -> bool:
    """Whether a message is hardly understood without the one before: it is short, goes on, or begins with "it"."""
    left = without_courtesies(message) or message
    if len(words_with_meaning(left)) < few_words or _CARRIES_ON.match(message):
        return True
    return _PRONOUN.search(" ".join(left.split()[:pronoun_words])) is not None


def _is_about(question: str, *, few_words: int = 2) -> bool:
    """Whether a question is about the one before it in its message: "and how long does that take?"."""
    return (
        _ABOUT_IT.search(question) is not None and len(words_with_meaning(_LEADING.sub("", question))) <= few_words
    )


def _pieces(message: str) -> Iterator[tuple[str, bool]]:
    """The sentences, cut where a second question begins, and whether they end with a question mark."""
    # People write on in small letters behind a question mark.
    for sentence in (one for whole in split_sentences(message) for one in _QUESTION_ENDS.split(whole)):
        begin, marked = 0, sentence.rstrip().endswith("?")
        for joint in _SECOND.finditer(sentence):
            # "When you get it, do you ring?" is one question: what stands before the joint asks nothing by itself.
            piece = sentence[begin : joint.start()].strip()
            if _is_question(piece, marked=marked):
                yield piece, marked
                begin = joint.end()
        if rest := sentence[begin:].strip():
            yield rest, marked


def _asks(piece: str, least_words: int, *, marked: bool) -> bool:
    bare = _LEADING.sub("", piece)
    if _NO_MORE.match(bare.strip(" .?!")) or len(words_with_meaning(bare)) < least_words:
        return False
    return piece.rstrip().endswith("?") or _is_question(piece, marked=marked)


def _is_question(piece: str, *, marked: bool) -> bool:
    bare = _LEADING.sub("", piece)
    if _TELLS.match(bare):
        return False
    begins = _QUESTION_MARKED if marked else _QUESTION
    return begins.match(bare) is not None or _INNER.search(bare) is not None


def words_with_meaning(text: str) -> list[str]:
    """The content words; the s of "what's" is none."""
    return [word for word in content_words(text) if len(word) > 1]


def named(asked: str, *, most_words: int = 12) -> str:
    """A question as it is said back, in the customer's words ("what does it cost"); "" where it should not be."""
    bare = _LEADING.sub("", without_courtesies(asked)).partition("?")[0]
    if not _QUESTION.match(bare) and (inner := _INNER.search(bare)):
        # "I'm in a hurry, how many days do I have": all of the clause, where it has a beginning.
        comma = bare.rfind(",", 0, inner.start())
        clause = bare[comma + 1 :] if comma >= 0 else ""
        bare = clause if 0 < len(clause.split()) <= most_words else bare[inner.start() :]
    bare = _LEADING.sub("", bare.strip(" .!,;…-–"))
    words = bare.split()
    if not words or _UNSPEAKABLE.search(bare):
        return ""
    return " ".join(words[:most_words]) + ("…" if len(words) > most_words else "")
