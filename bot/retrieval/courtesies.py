"""What a message asks: greetings, thanks and signatures around it are left out of a search."""

import re

# A greeting with the name or the people that it is for.
_GREETING = "".join(
    [
        r"(?:hi+|hiya|he+y+|hello+|howdy|yo|good (?:morning|afternoon|evening|day)|morning|greetings|dear)",
        r"(?:[ ,]+(?:there|all|everyone|folks|team|guys|sir(?: or madam)?|madam|again|bot|support|customer (?:service|care)))*",
    ]
)
_THANKS = "".join(
    [
        r"(?:(?:ok|okay|great|perfect|cool|super|brilliant|awesome|nice|alright|right|lovely|no|many|and)[ ,]+)*",
        r"(?:thanks|thx|thanx|thank (?:you|u)|cheers|ty|tysm|much appreciated)",
        r"(?: (?:so much|very much|a lot|a bunch|again|mate|man|in advance|for (?:the|your|that|this)(?: \w+){0,3}",
        r"|for (?:helping|getting back|explaining|answering)(?: \w+){0,3}))*",
    ]
)
_FIRST = re.compile(rf"^\s*(?:{_GREETING}|{_THANKS})\s*(?:[,.!:;)\n]+|-\s|$)\s*", re.IGNORECASE)
# A greeting runs on into the question without a mark.
_RUNNING_ON = re.compile(
    rf"^\s*{_GREETING}\s+(?=(?:i|i'm|im|we|my|our|can|could|do|does|did|is|are|was|will|would|how|what|when|where|who|why"
    r"|which|may|any|have|has|there's|just|quick|need|please|pls)\b)",
    re.IGNORECASE,
)
_THEN = re.compile(rf"^\s*{_THANKS}\s*,?\s+(?=(?:but|and|also|one more|now)\b)", re.IGNORECASE)
_LAST = re.compile(rf"(?:(?<=[.!?\n])|\s-|,)\s*{_THANKS}[\s.!,:)]*$", re.IGNORECASE)
_SIGNATURE = re.compile(
    r"(?:(?<=[.!?\n])|^)\s*(?i:(?:(?:kind|best|warm|many) )?(?:regards|wishes|sincerely|yours(?: \w+)?|cheers|br|rgds|best))\s*,?"
    r"\s*(?:\n\s*)?(?:[A-Z][\w.'-]*\s*){0,4}$|\n\s*[-–—]+\s*[A-Z][\w.' -]{1,40}$|(?<=[.!?])\s+[-–—]\s*[A-Z][\w.'-]*\s*$",
)
_JOINED = re.compile(r"^\s*(?:and|but|also|so|then)\b[\s,]*", re.IGNORECASE)


def without_courtesies(text: str) -> str:
    """What is left of a message without its greetings, thanks and signature; "" where it is nothing else."""
    left = text.replace("\u2019", "'").strip()
    while True:
        before = left
        for pattern in (_FIRST, _RUNNING_ON, _THEN, _LAST):
            left = pattern.sub("", left, count=1).strip()
        left = signed(left)
        if left == before:
            break
    return left if left == text.strip() else _JOINED.sub("", left) or left


def signed(text: str) -> str:
    """A message without the name that ends it."""
    shorter = _SIGNATURE.sub("", text).strip()
    return shorter if shorter else text
