"""What opens a door: tokens in links, passwords, PINs and one-time codes."""

import re
from collections.abc import Iterator

from bot.redaction.span import Span

_URL = re.compile(
    r"\b(?:https?://|www\.)[^\s<>\"')\]]+|(?<![\w.-])[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}[/?][^\s<>\"')\]]+|(?<!\S)[/;][a-z]+[/=][^\s<>\"')\]]+",
    re.IGNORECASE,
)
_PARAMETER = re.compile(r"(?<=[?&#;])([\w.\[\]-]+)=([^&#\s]+)")
_SECRET_KEY = re.compile(
    r"tok|key|sig|auth|sess|sid\b|jwt|otp|secret|pass|pwd|hash|code|reset|magic|nonce|invite|verif|confirm|credential|access|"
    r"respondent|user|^(?:t|k|s|h|c|tk|st|hmac|ticket|uid|guid|e|u|x-amz-.*)$",
    re.IGNORECASE,
)
_SECRET_PATH = re.compile(
    r"/(?:reset|reset-password|password|invite|invites|invitation|magic|magic-link|magiclink|login|signin|verify|verification|"
    r"confirm|activate|unsubscribe|auth|token|session|s|share|shared|access|download|claim|track|t|l|u)/([\w~.=-]{8,})",
    re.IGNORECASE,
)
_LONG = re.compile(r"(?<=[/=])[\w~=-]{16,}")
_JWT = re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]+)?")
_USER_INFO = re.compile(r"(?<=://)([^/\s:@]+:[^/\s@]+)@")

_SECRET_WORDS = (
    r"pass ?words?", r"pass ?codes?", r"pass ?phrase", r"pass(?= (?:is|was|on|for)\b|:| \S*[\d$!@#%&*])", r"pwd", r"pw",
    r"pins?(?: (?:code|number))?", r"otp", r"one[- ]time (?:pass ?code|password|code|pin)", r"cvv2?", r"cvc2?", r"csc",
    r"(?:verification|security|login|log-?in|sign-?in|access|auth|authentication|2fa|two[- ]factor|sms|mfa|unlock|reset|"
    r"recovery|backup|door|gate|confirmation) (?:codes?|pin|key|answer)",
    r"ssn", r"social security(?: number)?", r"passwort", r"kennwort", r"(?:bestätigungs|sicherheits)code", r"contraseña", r"clave", r"mot de passe", r"senha",
    r"code (?:de )?(?:sécurité|vérification|secret)", r"código (?:de )?(?:seguridad|verificación)",
)  # fmt: skip
_CUE = re.compile(rf"(?<![\w-])(?:{'|'.join(_SECRET_WORDS)})(?![\w-])", re.IGNORECASE)
# "the code is 482913", which is no secret after "promo" or "zip".
_CODE = re.compile(r"(?:(?<![\w-])(?P<before>[\w-]{1,30}) )?\bcode\b(?=[^\d\n]{0,40}\d)", re.IGNORECASE)
_REVERSED = re.compile(
    rf"(?<![\w-])(?P<value>\d{{3}}[- ]?\d{{3}}|\d{{4,8}})(?= (?:is|was) (?:my|your|the) (?:{'|'.join(_SECRET_WORDS)}|code)\b)"
    rf"|(?<![^\s\"'])(?P<set>[^\s\"']{{6,64}})[\"']? as (?:my |the |a )?(?:new |old )?(?:password|passcode|pin)\b",
    re.IGNORECASE,
)
_API_KEY = re.compile(
    r"\b(?:sk|pk|rk|ghp|gho|xox[abp]|AKIA|AIza)[-_]?(?=[\w-]*\d)[\w-]{16,100}|\bgh[po]_\w{16,100}"
)
_NEXT = re.compile(
    r"[\"']?[ \t]*(?P<mark>[:=]|->|[-\u2013](?= ))?[ \t]*[\"'\u201c\u2018`\u00ab#]?(?P<word>[^\s\"'\u201d\u2019`\u00bb]+)"
)
_GROUPS = re.compile(r"\d{2,4}(?:[ -]\d{2,4}){1,2}(?![\w-])")
_EQUALS = frozenset("is was are were ist lautet es est says é".split())
_FILLER = frozenset(
    "a again and app be came card code codes customer door driver email first for from gate got i in it just keypad last mail me my "
    "new now number of old on one or phone received right sent set shows sms still text that the they this to trailcam used using "
    "you your account login site website but wants next never works neither old".split()
)
_NOT_CODES = frozenset(
    "promo promotion promotional discount coupon voucher gift zip postal post area country product color colour error style bar qr "
    "size status offer referral sale store item dress building tracking".split()
)
# What follows "my password is" when no password follows.
_PLAIN = frozenset(
    "a an and any d.o.b anymore as at because been but by can can't cannot changed correct didn't do does doesn't don't each either "
    "ended ends every everywhere expire expired expires fails field for from gone had has hasn't have help i i'm if immediately in "
    "incorrect invalid is isn't it it's its just keeps last link lost manager my never new no none not now of ok okay old on only "
    "or page please policy protected protection refused rejected required requirements reset resets right same sent set short so "
    "still stopped strong than that the them then there they this to too twice under unknown updated via was wasn't weak what when "
    "where which while will with without won't working works worked wrong you your".split()
)


def url_tokens(text: str) -> Iterator[Span]:
    """Secret values in links: parameters, long path segments, signed links, user:password@."""
    for url in _URL.finditer(text):
        address = url.group().rstrip(".,;:!?")
        for found in _PARAMETER.finditer(address):
            value = found.group(2)
            if (_SECRET_KEY.search(found.group(1)) and _mixed(value, 6)) or _mixed(value, 20):
                yield Span("URL_TOKEN", url.start() + found.start(2), url.start() + found.end(2))
        for found in _SECRET_PATH.finditer(address):
            if _mixed(found.group(1), 8):
                yield Span("URL_TOKEN", url.start() + found.start(1), url.start() + found.end(1))
        for found in _LONG.finditer(address):
            if _mixed(found.group(), 16) and not re.search(r"[a-z]{4,}-[a-z]{3,}", found.group()):
                yield Span("URL_TOKEN", url.start() + found.start(), url.start() + found.end())
        for found in _USER_INFO.finditer(address):
            yield Span("URL_TOKEN", url.start() + found.start(1), url.start() + found.end(1))
    for found in _JWT.finditer(text):
        yield Span("URL_TOKEN", found.start(), found.end())


def _mixed(value: str, length: int) -> bool:
    """Long enough, with digits: no word and no product's name."""
    return len(value) >= length and any(mark.isdigit() for mark in value) and not re.fullmatch(r"\d{1,7}", value)


def secrets(text: str) -> Iterator[Span]:
    """Passwords, PINs, card check numbers and one-time codes, by the words that announce them."""
    for cue in _CUE.finditer(text):
        yield from _announced(text, cue.end(), digits_only=False)
    for cue in _CODE.finditer(text):
        if (cue.group("before") or "").lower() not in _NOT_CODES:
            yield from _announced(text, cue.end(), digits_only=True)
    for found in _API_KEY.finditer(text):
        yield Span("SECRET", found.start(), found.end())
    for found in _REVERSED.finditer(text):
        group = "value" if found.group("value") else "set"
        yield Span("SECRET", found.start(group), found.end(group))


def _announced(text: str, at: int, *, digits_only: bool) -> Iterator[Span]:
    """The secret that follows a cue, past a few words such as "for the app is"; two where "and" joins them."""
    told = found_one = False
    for _ in range(8):
        following = _NEXT.match(text, at)
        if following is None:
            return
        word = following.group("word").rstrip(".,;:!?)")
        at = following.end()
        told = told or bool(following.group("mark")) or word.lower() in _EQUALS
        groups = _GROUPS.match(text, following.start("word"))
        value = groups.group() if groups else word
        if _is_secret(value, told=told and not found_one and word.lower() not in _EQUALS, digits_only=digits_only):
            yield Span("SECRET", following.start("word"), following.start("word") + len(value))
            found_one, at = True, following.start("word") + len(value)
        elif word.lower() not in _FILLER | _EQUALS:
            return
        told = told or following.group("word").endswith((":", "="))


def _is_secret(value: str, *, told: bool, digits_only: bool) -> bool:
    if re.match(r"(?:https?:|www\.|\[)", value, re.IGNORECASE):
        return False
    if re.fullmatch(r"\d(?:[ -]?\d){2,8}", value):
        return told or not digits_only
    if digits_only:
        return False
    inner = re.search(r"\w[$!@#%&*?_]\w|\w[$!#%&*]$", value)
    mixed = re.search(r"\d", value) and re.search(r"[^\W\d]", value) and len(value) >= 5
    return bool(mixed or inner) or (told and len(value) >= 4 and value.lower() not in _PLAIN | _FILLER)
