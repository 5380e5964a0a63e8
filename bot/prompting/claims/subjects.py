"""Check of subjects: what a sentence says of one thing is not said of another that it names.

"The rate is included" of "Breakfast is included in the Open rate".
"""

import re
from collections.abc import Iterator

from bot.prompting.claims.alignment import Alignment
from bot.prompting.claims.found import Unsupported
from bot.prompting.claims.reading import words_of
from bot.prompting.claims.terms import LIGHT_STEMS, stem

_SUBJECT = re.compile(
    r"^(?:(?:yes|no|ok|good news)[,:] )?(?:(?:the|a|an|our|your|all|every|each|any) )?"
    r"(?P<subject>[a-z][a-z' -]{1,40}?) "
    r"(?:is|are|was|were|has|have|costs?|can|may|must|will|needs?|includes?|covers?|gets?|takes?|runs?|lasts?|ends?)\b",
    re.IGNORECASE,
)
_ONESELF = re.compile(
    r"^(?:(?:yes|no|ok|sure|good news|of course)[,:] )?"
    r"I(?:'ll|'ve| can| could| will| must| may| have| need| am allowed)"
    r"(?: (?:also|then|always|only|to))*"
    r" (?!(?:help|tell|see|say|confirm|check|look|understand|explain|ask|pass|put|suggest|recommend|assure|"
    r"imagine|just|be|give you|offer you|show|point|only|let you|find|answer|found|looked|checked|read|"
    r"not|no)\b)[a-z]+",
    re.IGNORECASE,
)
_NOBODY = frozenset(
    map(stem, ("you", "we", "they", "it", "this", "that", "there", "he", "she", "i", "which", "what"))
)


def subjects_of(claim: Alignment) -> Iterator[Unsupported]:
    """The claim's subject, where the passage has it elsewhere and the claim lacks the subject of its sentence.

    What the bot says of itself stands in no article: "I can forbid delivery to neighbors".
    """
    if oneself := _ONESELF.search(claim.claim.text):
        yield Unsupported("subject", oneself[0])
        return
    if not (own := _subject(claim.claim.text)):
        return
    for source in claim.rests_on[:1]:
        told = _subject(source.text)
        words = words_of(told)
        said = claim.claim.words | claim.topic.words if len(told) > 1 else claim.claim.words
        if (
            told
            and all(one in source.words and one not in words for one in own)
            and not any(one in said for one in told)
        ):
            yield Unsupported("subject", " ".join(sorted(own)))


def _subject(text: str) -> frozenset[str]:
    found = _SUBJECT.match(text)
    if not found:
        return frozenset()
    stems = frozenset(stem(word) for word in re.findall(r"[a-z'-]+", found["subject"].lower()))
    return frozenset() if stems & _NOBODY else stems - LIGHT_STEMS
