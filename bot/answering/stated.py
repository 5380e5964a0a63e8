"""Which amounts of a message are stated as the shop's: "your free returns for 365 days", "since you close at 8".

The words around an amount tell. The customer's own ("I bought it 40 days ago", "my order of $45") and what is only
asked ("is it 30 days?") state nothing. In doubt an amount is the customer's: to correct what nobody said is
worse than to say nothing.
"""

import re
from collections.abc import Sequence

from bot.prompting.amounts import Amount

# What shops have rules about: an amount beside one of these is the rule's.
_RULE = (
    r"(?:fee|charge|surcharge|fine|deposit|discount|reduction|limit|maximum|max|minimum|min|cap|allowance|"
    r"warrant(?:y|ies)|guarantees?|deadline|window|period|policy|notice|returns?|refunds?|exchanges?|cancellation|"
    r"trial|delivery|shipping|post(?:age)?|cover|insurance|price match|rule|term|promise|turnaround|membership|"
    r"price|rate|session|bonus|voucher|code)"
)
# What a shop does by rule.
_DOES = (
    r"(?:give|offer|have|got|allow|accept|take|charge|close|shut|open|deliver|ship|keep|hold|let|refund|guarantee|"
    r"promise|say|said|state|advertise|cover|pay|do|need|want|require|reply|answer|send|process|repair|match|ask|add|"
    r"knock|wait|are open|are closed)"
)
_YOURS = r"\b(?:your|ur|my free|our free|the free)"
_LASTING = r"(?:for|within|until|till|up to)"
_WORD = r"[\w'$%-]+"


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


# The shop's by the words before: "your 14 days", "your free returns for 365 days", but not "at your desk 4 days".
_BY_WHOSE = _any(
    rf"{_YOURS}[ -]$",
    rf"(?<!at )(?<!in )(?<!with )(?<!to )(?<!from )(?<!by ){_YOURS}\b"
    rf"(?:[ -](?!(?:had|has|have|been|took|kept|him|her|it|me|my|we|i|you)\b){_WORD}){{1,4}}[ -]$",
)
_BY_WORDS_BEFORE = _any(
    r"\b(?:you|u) (?:\w+ ){1,6}(?:within|up to|at most|no more than) $",
    rf"(?<!\bi )(?<!\bwe )\bcan (?:always |also |still )?(?:be |go |come |get )?\w+(?: \w+){{0,2}} {_LASTING} $",
    rf"\b(?:refundable|returnable|exchangeable|valid|good|free|covered|insured)(?: \w+){{0,2}} "
    rf"(?:{_LASTING}|from|above|over) $",
    r"\b(?:which|that|plan|cover|card|tier|level|members?|membership|seniors?|students?|children|kids|everybody|"
    r"everyone|customers?) (?:gives?|pays?|costs?|covers?|includes?|gets?|takes?|lasts?) (?:\w+ )?$",
    rf"\b{_RULE}(?: \w+)?(?: (?:is|are|was|of|costs?|within|takes?|lasts?|runs?|up to|at|valid|until|till)){{1,3}}"
    r"(?: (?:only|just|always|about|a|the|up to)){0,2} $",
)
_BY_WHAT_YOU_DO = _any(
    r"\b(?:you|u|ya|the shop|the store|the desk)(?: \w+ly| all| guys| do| will| would| only| always| still)* "
    rf"{_DOES}\b[^.;?!]{{0,40}}$"
)
# "I have 60 days to send it back", "there are five years on those".
_HAVE = _any(
    r"\b(?:i|we|you|one|customers?|people|everybody|everyone) (?:\w+ )?(?:have|has|had|got|get)(?: got)?"
    r"(?: a| the| full| whole| up| about| around| at least)* $",
    r"\bthere(?: is| are|'s|s)? (?:\w+ )?$",
)
_TO_DO = _any(r"^(?: (?:days|time))? (?:to|for|on|in which to|off|until|till|back)\b")
# The shop's by the words behind: "two years guarantee", "50 canisters is your limit", "55 and over".
_BY_WORDS_BEHIND = _any(
    rf"^[ -](?:(?!ago\b|old\b|of\b)[\w'-]+[ -]){{0,2}}{_RULE}\b",
    r"^[^.;,?!]{0,25}\b(?:is|are|was|being)(?: \w+)? (?:your|the|what you|how you)\b",
    r"^(?:[ -][\w'-]+){0,3} (?:are|is) (?:allowed|free|included|permitted|covered|okay|ok|fine)\b",
    r"^(?: years?)? (?:(?:and|or) (?:over|under|older|younger|above|up|more)|plus)\b|^\+",
    r"(?:, ?| )(?:right|correct|yes|yeah|innit|isn't it|aren't you|don't you)\W*$",
)
_OFF = _any(r"^ off\b")
_WITH_YOU = _any(r"^ (?:with you|at yours|in your (?:shop|store))\b")
# "It says", "I was told", "on your site".
_REPORTED = _any(
    r"(?:it|site|page|website|mail|email|letter|ad|advert|leaflet|poster|sign|policy|article|app|colleague|agent|guy|"
    r"lady|somebody|someone|they|you|which) (?:\w+ )?(?:say|says|said|states?|stated|told|promised|advertised?)\b",
    r"\bi (?:\w+ )?(?:read|heard|know|knew|was told|am told|were told|understand|understood|thought)\b",
    r"\b(?:was|been|were) (?:\w+ )?(?:told|promised|quoted)\b",
    r"according to|supposed to|as advertised|on your (?:site|page|website|app)",
)
_OWN_BEHIND = _any(
    r"^(?: (?:days?|hours?|and a half|or so|or more))*[ -](?:ago|old|away|already|early|late|later|earlier|now|"
    r"since|pregnant|overdue|from (?:now|today|then)|to go|back(?! (?:from|to|by))|in a row|today|gone|left|more|"
    r"less|cheaper)\b"
)
_OWN_BEFORE = _any(
    r"(?:\b(?:for|in|over|within|during) (?:the |these |my )?(?:last|past)|\bbeen(?: \w+){0,2}|\baged?|\bage of|"
    r"\b(?:i|we|he|she)(?:'m|'re|'s)?(?: (?:am|is|are|only|just))?|"
    r"\b(?:bought|buy|buying|paid|paying|spent|spend|ordered|order(?: of| for| over)?|worth|owe|owed|owing|"
    r"total(?:s|ling)?|weighs?|weighing|comes? to|earn|make|waited|waiting|wait|after|another|lost|won|booked|"
    r"staying|stay|arrived|came|used|wore|worn|kept|had it|need|want|wants|around|about|turned|turning|number|"
    r"room|size|no|nr|in|on the|next|every|billed|charged me|charged|took|put|deducted)"
    r"(?: (?:me|us|them|it|only|just|about|around|up|for|the|a|an|my|some|roughly|like|nearly|almost|over)){0,3})"
    r" ?$"
)
_IT_IS_NOW = _any(r"\bit(?: is|'s|s)? $")
_ASKS = _any(
    r"^\W*(?:(?:and|also|so|but|or|ok|well|then|please|pls|hi|hello|hey|um)\b\W*)*"
    r"(?:how (?:many|much|long|soon|far|early|late|often)|is|are|was|do|does|did|can|could|"
    r"will|would|may|might|should|has|have|if|unless|suppose|what if|how about|what about)\b"
)
_BRACKETS = re.compile(r"[()\[\]]")
_CLAUSE = re.compile(
    r"[;:()]|,(?!\d)| [-–—] |\b(?:and|but|so|because|since|cos|as|that|while|if|when)\b", re.IGNORECASE
)


def is_stated(amount: Amount, text: str) -> bool:
    """Whether the words around an amount of a sentence make it a rule of the shop."""
    before, behind = text[: amount.start], text[amount.end :]
    clause = _CLAUSE.split(before)[-1]
    if _OWN_BEHIND.search(behind) or _OWN_BEFORE.search(clause):
        return False
    if _BY_WHOSE.search(clause):
        return True
    if amount.unit == "clock" and _IT_IS_NOW.search(clause):
        return False
    if _REPORTED.search(f"{_BRACKETS.split(before)[-1]}#{_BRACKETS.split(behind)[0]}"):
        return True
    if _ASKS.match(before) or _ASKS.match(clause):
        return False
    # Sizes and weights are mostly those of the customer's own things.
    own = amount.unit in ("size", "weight")
    return bool(
        _BY_WORDS_BEFORE.search(clause)
        or _BY_WORDS_BEHIND.search(behind)
        or (_BY_WHAT_YOU_DO.search(clause) and not own)
        or (_HAVE.search(clause) and _TO_DO.search(behind))
        or (_WITH_YOU.search(behind) and (amount.is_money or amount.unit == "number"))
        or (_OFF.search(behind) and not own and amount.unit not in ("time", "clock"))
    )


def stated(amounts: Sequence[Amount], text: str) -> list[Amount]:
    """The amounts of a sentence that it states as the shop's."""
    return [amount for amount in amounts if is_stated(amount, text)]
