"""Words around an answer: what is a courtesy, and what doesn't fit, doubt or an apology before good news."""

import re

from bot.answering.picking import stems

# "I'm not sure which of these you mean, but I can tell you that ..."
_DOUBT = re.compile(
    r"^(?:I'm|I am|We're|We are) (?:not (?:quite |entirely )?sure|unsure)\b[^.,;:]*"
    r"(?:[.;:]|, but(?: I can (?:tell you|say)(?: that)?)?|$)[ ]*",
    re.IGNORECASE,
)
_APOLOGY = re.compile(
    r"^(?:(?:I'm|I am) (?:so |very )?(?:sorry|afraid)(?: that)?|sorry|unfortunately),? +"
    r"(?!(?:to|for|about|but|if|we|you|not|so)\b)",
    re.IGNORECASE,
)
# "Yes, ..." and "I'm afraid not: ...", and the words by which what follows denies.
_POLAR = re.compile(
    r"^(?:(?P<yes>yes|sure|of course|certainly|absolutely)|(?P<no>no|i'm afraid not|unfortunately not))"
    r"(?:[,:.!;]| -) +",
    re.IGNORECASE,
)
_DENIES = re.compile(r"\b(?:no|not|never|none|nobody|nothing|neither|nor|cannot)\b|n't\b", re.IGNORECASE)
_ONLY = re.compile(r"\bonly\b", re.IGNORECASE)
_TURNS = re.compile(r"\b(?:but|unless|except)\b", re.IGNORECASE)
_ASKS_WHETHER = re.compile(
    r"(?:^|[.!?,;] *)(?:(?:and|so|hi|hello|hey|ok|also|but)\b[ ,]*)*"
    r"(?:is|are|can|could|do|does|did|will|would|may|am|have|has|should)\b"
    r"|\b(?:is|are|can|could|do|does|did|will|would|may|am|have|has|should) "
    r"(?:i|you|u|we|they|it|there|the|my|your|a|an|any|this|that|these|those)\b",
    re.IGNORECASE,
)
# "No printer is needed": what is not asked of the customer is good.
_SPARED = re.compile(
    r"\bno (?:[\w-]+ ){0,2}(?:is|are) (?:needed|required|necessary)\b|\bneeds? no (?!longer)"
    r"|\b(?:there(?:'s| is| are)|with) no (?:extra |cancellation |booking |set-?up )?(?:fees?|charges?|costs?)\b"
    r"|\bcosts? (?:you )?nothing\b"
    r"|\bwithout (?:an? |any |extra )*(?:fees?|charges?|costs?)\b",
    re.IGNORECASE,
)
_BAD = re.compile(
    r"\b(?:no|not|never|none|only|unless|except|lost|late|cannot|expires?|charged?|costs?|but|longer|until)\b|n't\b",
    re.IGNORECASE,
)

# A courtesy says one of these and no more; "I'd say it's one of them" and "it's not harmful" are claims.
_COURTEOUS = re.compile(
    r"(?:oh,? )?(?:"
    r"(?:(?:I'm|I am|we're|we are) )?(?:so |very |really )?(?:sorry|glad|happy|pleased)"
    r"(?: (?:to (?:hear|help)|about|for)\b[^,;:]*)?|my apologies|apologies\b[^,;:]*|we apologi[sz]e\b[^,;:]*|"
    r"thanks?(?: you)?\b[^,;:]*|(?:you are|you're) (?:very |most )?welcome|(?:I|we) hope [^,;:]*|"
    r"(?:please )?(?:let (?:me|us) know|feel free to ask|reach out)\b[^,;:]*|"
    r"let me (?:check|look|see|help)\b[^,;:]*|"
    r"(?:I|we) (?:can|will|would be happy to|am happy to|are happy to) help(?: you)?(?: with (?:that|this))?|"
    r"(?:hello|hi|hey|good (?:morning|afternoon|evening|day))\b[^,;:]*|welcome\b[^,;:]*|of course|sure|no problem|"
    r"great (?:question|choice)|congratulations\b[^,;:]*|enjoy\b[^,;:]*|"
    r"have a (?:good|great|nice|lovely)\b[^,;:]*|"
    r"take care|(?:good)?bye|happy (?:trails|hiking|camping|to help)\b[^,;:]*"
    r")[.! ]*",
    re.IGNORECASE,
)
_DENIED = re.compile(r"\b(?:not|no|never|cannot|only|must)\b|n't\b", re.IGNORECASE)

# "If you cancels": what was said of a customer is said to one.
_VERBS = "cancel|pay|book|return|order|arrive|leave|call|send|need|want|use|bring|ask|get|move"
_TO_YOU = re.compile(
    rf"((?:^|, |\b(?:if|when|once|unless|until|where|after|before|because|that|and) )you (?:{_VERBS}))s\b",
    re.IGNORECASE,
)


def is_courteous(sentence: str) -> bool:
    """Whether a sentence is a courtesy, and claims nothing."""
    return _COURTEOUS.fullmatch(sentence.strip()) is not None and not _DENIED.search(sentence)


def fitting(sentence: str) -> str:
    """A sentence of an answer without doubt, apologies for good news and "you pays"; "" where nothing is left."""
    left = _TO_YOU.sub(r"\1", _DOUBT.sub("", sentence))
    if apology := _APOLOGY.match(left):
        news = left[apology.end() :]
        if not _BAD.search(_SPARED.sub("", news)):
            left = news
    return left[:1].upper() + left[1:] if left != sentence else sentence


def answering(sentence: str, asked: str) -> str:
    """A sentence without a yes or no that its own words, or the question's, do not bear out.

    "No, points expire after a year": nothing is denied. "Yes, returns are free", where the question was whether
    they must be paid: it names most of what was asked, or says neither.
    """
    polar = _POLAR.match(sentence)
    if polar is None:
        return sentence
    news = sentence[polar.end() :]
    denied = _DENIES.search(_TURNS.split(news)[0]) is not None
    meant = denied or _ONLY.search(news) is not None if polar["no"] else not denied
    named = stems(asked)
    told = len(named & stems(news)) * 2 > len(named)
    if meant and told and _ASKS_WHETHER.search(asked) and not _DENIES.search(asked):
        return sentence
    return news[:1].upper() + news[1:]
