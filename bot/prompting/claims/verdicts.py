"""Check of verdicts: whether the customer is in time, covered or right is said only where the passage says so."""

import re
from collections.abc import Iterator

from bot.prompting.claims.alignment import Alignment
from bot.prompting.claims.found import Unsupported
from bot.prompting.claims.terms import stem

_VERDICT = re.compile(
    r"\b(?:you|you will|you would|you should|that|it|this|everything|your [\w-]+)"
    r"(?:'re|'s|'ll be|'d be| are| is| were| was| be)? "
    r"(?:(?:still|already|all|just|quite|not|probably|certainly|definitely|absolutely|well|totally|in fact) )*"
    r"(?P<verdict>in (?:good )?time|on time|too late|too early|early enough|"
    r"within (?:the|your) (?:time|limit|window|deadline|period)|eligible|ineligible|entitled|covered|safe|fine|"
    r"okay|ok|good(?: to go)?|set|lucky|in luck|out of luck|right|wrong|correct|mistaken|no problem)\b"
    r"(?! (?:as|of|about|where|here|now|away)\b)",
    re.IGNORECASE,
)

_BECAUSE = re.compile(r",? because\b", re.IGNORECASE)
_MUST = re.compile(
    r"\b(?:must|ha(?:ve|s) to|need(?:s|ed)?|only|required?|never|not|no|unless|except|ask|please)\b|n't\b|cannot",
    re.IGNORECASE,
)


def verdicts_of(claim: Alignment) -> Iterator[Unsupported]:
    """What a claim says of the customer's own case in words that its passage lacks: "you're still in time"."""
    for found in _VERDICT.finditer(claim.claim.text):
        if not all(stem(word) in claim.known or word in claim.text for word in found["verdict"].lower().split()):
            yield Unsupported("verdict", found[0])
    # A reason why something must be is none why it can be.
    if (reason := _BECAUSE.search(claim.claim.text)) and not _MUST.search(claim.claim.text[: reason.start()]):
        for source in claim.rests_on:
            told = _BECAUSE.search(source.text)
            if told and (must := _MUST.search(source.text[: told.start()])):
                yield Unsupported("obligation left out", must[0])
