"""Words for comparing two clauses: their stems, which of them deny, and which are each other's opposites."""

import re
from collections.abc import Set
from functools import lru_cache

_WORD = re.compile(r"[a-z][a-z'&]*")
_EMPTY = frozenset(
    "a an the and or but so as at by for from in into of on onto to with without within up down out off over under is "
    "always are was were be been being am do does did done has have had having will would can could may might must should "
    "shall not no never nor neither none nothing cannot n't it its it's this that these those there here they them "
    "their we us our you your yours he she his her him i me my mine who whom whose which what when where why how if "
    "unless then than too also just only very more most much many any some all each every both few other another such "
    "same own about after before again once until till while during because through between against per via yes ok "
    "okay day week month year hour minute business calendar dollar euro pound percent please sure get gets got let lets one".split()
)
# "No later than" limits and denies nothing; "no problem" is a courtesy.
_NO_DENIAL = re.compile(
    r"\b(?:no|not) (?:later|more|less|longer|fewer|earlier|sooner|older|younger|bigger|larger|heavier) than\b|\bnot only\b"
    r"|\b(?:no|not a) (?:problem|worries|trouble|matter)\b|\bwhy not\b|\bif not\b|\bwhether or not\b|\bno one but\b"
    r"|\bdon't (?:hesitate|worry)\b|\bno\. \d|\b(?:no|without) (?:extra |additional |further |any )?(?:charges?|costs?|fees?|price)\b|\bcosts? nothing\b"
)
_ANSWER = re.compile(r"^(?:yes|no|nope|yep|sure|sorry|unfortunately|hi|hello)\b[,.!:;]?\s*", re.IGNORECASE)
_DENIAL = re.compile(
    r"\b(?:not|no|never|cannot|without|neither|nor|none|nothing|nobody|unable|unless|except|rather than|instead of|excluding|excluded?|"
    r"excludes|refused?|refuses|forbidden|prohibited|impossible|fails?)\b|n't\b"
)
_PAIRS = (
    "before after", "earlier later", "include exclude", "accept reject", "accept decline", "left right", "accept refuse",
    "allow forbid", "allow prohibit", "online store", "online offline", "domestic international",
    "inside outside", "minimum maximum", "least most", "more less", "more fewer", "over under", "above below",
    "first last", "earliest latest", "increase decrease", "raise lower", "buyer seller", "sender recipient",
    "adult child", "always never", "required optional", "full partial", "weekday weekend", "morning evening",
    "new used", "open closed", "open close", "start end", "begin end", "front back", "monthly yearly",
    "monthly annual", "daily weekly", "business personal", "private business", "credit debit", "cash card",
    "arrival departure", "arrive depart", "pickup delivery", "checked carry", "win lose", "keep lose",
    "valid expired", "longer shorter", "higher lower", "cheaper dearer", "early late", "single return",
    "member guest", "clean dirty", "dry wet", "hot cold", "large small", "heavy light", "gain lose", "left right",
)  # fmt: skip
# What ties a condition or a limit to what comes after it, and what it is the opposite of.
_LINKS = {
    "before": r"(?:no|not) (?:later|longer) than|before|until|till|by|within|prior to|in advance of",
    "after": r"after|since|from|once|later than|following",
    "least": r"(?:no|not) (?:less|fewer|earlier|sooner) than|at least|minimum(?: of)?|more than|longer than|older than|over|above|exceed(?:s|ing)?",
    "most": r"(?:no|not) (?:more|older) than|at most|up to|maximum(?: of)?|less than|fewer than|shorter than|younger than|under|below",
    "if": r"if|when|provided(?: that)?|as long as|only with|where",
    "unless": r"unless|except (?:if|when|where)|even if|if not|not if",
    "with": r"with|including|includes?",
    "without": r"without|excluding|excludes?|except|but not",
}
AGAINST = {
    "before": "after",
    "after": "before",
    "least": "most",
    "most": "least",
    "if": "unless",
    "unless": "if",
    "with": "without",
    "without": "with",
}
_LINK = re.compile("|".join(rf"(?P<{name}>\b(?:{words})\b)" for name, words in _LINKS.items()))
_TIED = re.compile(r"[a-z][a-z'&]*|\d+(?:\.\d+)?")
# Forms that no ending shows.
_IRREGULAR = dict(
    pair.split(":")
    for pair in (
        "paid:pay sent:send bought:buy sold:sell lost:lose kept:keep left:leave held:hold gone:go went:go goes:go given:give "
        "gave:give taken:take took:take made:make found:find told:tell came:come written:write wrote:write brought:bring "
        "spent:spend begun:begin began:begin chosen:choose chose:choose lent:lend broken:break broke:break shown:show "
        "known:know drawn:draw driven:drive flown:fly met:meet won:win caught:catch built:build dealt:deal felt:feel "
        "ran:run seen:see saw:see worn:wear heard:hear people:person children:child thrown:throw stolen:steal stood:stand "
        "said:say fitted:fit women:woman men:man halves:half theatre:theater centre:center litre:liter metre:meter "
        "metres:meter litres:liter mum:mother cancelled:cancel canceled:cancel cancelling:cancel cancellation:cancel "
        "travelled:travel traveller:traveler arrival:arrive delivery:deliver deliveries:deliver departure:depart renewal:renew removal:remove "
        "withdrawal:withdraw approval:approve refusal:refuse failure:fail payment:pay payments:pay bookings:book booking:book "
        "registration:register membership:member entrance:enter entry:enter choice:choose replacement:replace loss:lose"
    ).split()
)
OPPOSITES: dict[str, set[str]] = {}
_DENIES = frozenset(
    "not no without cannot never can't isn't aren't hasn't haven't don't doesn't didn't won't wasn't weren't n't".split()
)


def stem(word: str) -> str:
    """A word without its ending, roughly: enough for "returned" to be "return"."""
    word = word.removesuffix("'s").strip("'")
    word = _IRREGULAR.get(word, word)
    for ending in (
        "ations",
        "ation",
        "ings",
        "ing",
        "edly",
        "ied",
        "ies",
        "ers",
        "ed",
        "es",
        "er",
        "ly",
        "s",
        "e",
    ):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word.removesuffix(ending)
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeiouls":
        word = word[:-1]
    return word[:-1] + "i" if word.endswith("y") and len(word) > 3 else word


for _pair in _PAIRS:
    _one, _other = (stem(word) for word in _pair.split())
    OPPOSITES.setdefault(_one, set()).add(_other)
    OPPOSITES.setdefault(_other, set()).add(_one)


@lru_cache(maxsize=20_000)
def content(text: str) -> frozenset[str]:
    """The stems of the words that carry meaning; `text` is in the one spelling."""
    return frozenset(stem(word) for word in _WORD.findall(text) if word not in _EMPTY)


@lru_cache(maxsize=20_000)
def every(text: str) -> frozenset[str]:
    """All words, and their stems."""
    words = _WORD.findall(text)
    return frozenset({*words, *(stem(word) for word in words)})


def denials(text: str) -> int:
    """How often a clause denies; two of them are none."""
    text = _NO_DENIAL.sub(" ", _ANSWER.sub("", text))
    return len(_DENIAL.findall(text))


def links(text: str) -> set[tuple[str, str]]:
    """What each tie of a text leads to: its kind, and the figure or the word with a meaning that comes next."""
    found = set()
    for match in _LINK.finditer(text):
        for word in _TIED.findall(text[match.end() : match.end() + 60])[:6]:
            if word[0].isdigit() or word not in _EMPTY:
                found.add((str(match.lastgroup), stem(word)))
                break
    return found


def opposed(ours: Set[str], theirs: Set[str]) -> str | None:
    """A word of ours whose opposite stands in its place in theirs."""
    denied = _DENIES & (ours | theirs)
    for word in sorted(ours - theirs):
        against = set(OPPOSITES.get(word, ()))
        if not denied:
            # "Unpaid" is "not paid".
            against |= {f"un{word}", f"non{word}", f"in{word}"}
            against |= {
                word.removeprefix(prefix)
                for prefix in ("un", "non", "in")
                if word.startswith(prefix) and len(word) > 5
            }
        if against & (theirs - ours):
            return word
    return None
