"""Ways to reach or recognise a person: e-mail, phone, IP address."""

import ipaddress
import re
from collections.abc import Iterator

import phonenumbers

from bot.redaction.span import Span

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+%'-]{0,63}[\w+]@(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,}", re.UNICODE)
_SPELLED_EMAIL = re.compile(
    r"(?<![\w.-])(?:[\w.-]{1,63} (?:dot|underscore|dash) ){0,3}[\w.-]{1,63} ?(?:\(at\)|\[at\]|(?<= )at(?= )) ?[\w-]+(?: ?(?:\(dot\)|\[dot\]|(?<= )dot(?= )) ?[\w-]+)+",
    re.IGNORECASE,
)
# Digits in groups, as numbers are written; what it is, phonenumbers and the words before it decide.
_DIGITS = re.compile(
    r"(?<![\w.,/$€£#-])(?:\+|\(\+?)?\d(?:[\d ./()-]|\u00a0|\u2011){5,21}\d(?![\w%]|[.,]\d|-[^\W\d_])"
)
# A number that is glued to the word before it.
_GLUED = re.compile(
    r"(?<!\w)(?P<word>[^\W\d_]{2,})(?P<number>\+?\d(?:[\d ./()-]|\u00a0|\u2011){5,21}\d)(?![\w%]|[.,]\d|-[^\W\d_])"
)
_GLUED_CUE = re.compile(
    r"(?:phone|mobile?|telefon|tel|cell|fax|handy|whats ?app|call|ring|text|sms|number|nummer)$", re.IGNORECASE
)
_EXTENSION = re.compile(r",? ?(?:ext\.?|extension|x)\s?\d{1,6}\b", re.IGNORECASE)
_PHONE_CUE = re.compile(
    r"(?:\b(?:tel|ph|phone|telephone|mobile|cell|cellphone|call|calls|ring|text|txt|sms|whatsapp|whats ?app|signal|"
    r"fax|cb|office|reach|reached|callback|dial|landline|contact|handy|handynummer|telefon|telefonnummer|rufnummer|anrufen|"
    r"erreichen|erreichbar|portable|téléphone|numéro|appelez|joindre|teléfono|telefono|móvil|celular|llámame|llamarme|"
    r"numero|ligar)\b|☎|📞)[^\d\n]{0,40}$",
    re.IGNORECASE,
)
_NUMBER_CUE = re.compile(
    r"\b(?:my|new|old|his|her|our|home|work|daytime|the) (?:number|no|nr|digits)\b[^\d\n]{0,24}$", re.I
)
_OTHER_CUE = re.compile(
    r"\b(?:orders?|tracking|track|parcel|package|shipment|invoice|receipt|ref|reference|case|ticket|serial|s/?n|sku|model|item|part|"
    r"ean|upc|isbn(?:-1[03])?|asin|product|account|membership|(?:customer|member)(?= (?:number|no|id))|gift card|card|po|imei|rma|claim|policy|barcode|"
    r"confirmation|auth|authorization|bestellung|bestellnummer|auftrag|commande|colis|pedido|booking|reservation|lot|batch|style)"
    r"(?: (?:number|no|nr|num|code|id|is|was|de|nummer))*\.?[\s:#]*$",
    re.IGNORECASE,
)
_AMERICAN = re.compile(r"(?:\+?1[-. ]?)?(?:\(\d{3}\)\s?|\d{3}[-. /])\d{3}[-. ]\d{4}")
_AMERICAN_AREA = re.compile(r"(?:\+?1[-. ]?)?\(\d{3}\) ?\d{3}[-. ]\d{4}")
_LOCAL = re.compile(r"555[- .]?01\d\d")
# Countries whose numbers are tried when a number has no country code.
REGIONS = (
    "US",
    "GB",
    "DE",
    "FR",
    "ES",
    "IT",
    "NL",
    "AU",
    "IN",
    "BR",
    "JP",
    "MX",
    "CH",
    "AT",
    "BE",
    "SE",
    "PL",
    "IE",
    "NZ",
    "ZA",
)
_IPV4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)")
_IPV6 = re.compile(r"(?<![\w:.])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![\w:])", re.IGNORECASE)
_VERSION_CUE = re.compile(
    r"(?:\b(?:version|app|update(?:d)?(?: to)?|push|section|chapter|installer|driver|firmware|build|release|update|software|os|v)\b|\bv)[\s:]*$",
    re.IGNORECASE,
)


_DISGUISED_EMAIL = re.compile(
    r"(?<![\w.-])[\w.+-]{1,63} ?(?:\(at\)|\[at\]|&#64;|\uff20|(?<= )@(?= )) ?[\w-]{1,63}(?: ?\. ?[\w-]{2,63}){1,6}",
    re.IGNORECASE,
)


def emails(text: str) -> Iterator[Span]:
    """Addresses, and those spelled out with "at" and "dot"."""
    for pattern in (_EMAIL, _SPELLED_EMAIL, _DISGUISED_EMAIL):
        for found in pattern.finditer(text):
            yield Span("EMAIL", found.start(), found.end())


def phones(text: str) -> Iterator[Span]:
    """Phone numbers of any country, by libphonenumber's rules and by the words before them.

    Digits with no country code are a number when they are written as one or when words such as "call me on" come
    before; after words such as "order" or "tracking" they are not.
    """
    for found in _DIGITS.finditer(text):
        written = found.group()
        before = text[max(0, found.start() - 60) : found.start()]
        if _is_phone(written, before):
            extension = _EXTENSION.match(text, found.end())
            yield Span("PHONE", found.start(), extension.end() if extension else found.end())
    for found in _GLUED.finditer(text):
        word, written = found["word"], found["number"]
        is_named = _GLUED_CUE.search(word) and _is_phone(written, "phone ")
        if is_named or (_AMERICAN.fullmatch(written) and not _OTHER_CUE.search(word)):
            yield Span("PHONE", found.start("number"), found.end("number"))


def _is_phone(written: str, before: str) -> bool:
    digits = re.sub(r"\D", "", written)
    if not 7 <= len(digits) <= 16:
        return False
    cued = bool(_PHONE_CUE.search(before) or _NUMBER_CUE.search(before))
    if _AMERICAN_AREA.fullmatch(written):
        return True
    if not cued and _OTHER_CUE.search(before):
        return False
    if written.lstrip("(").startswith("+") or (digits.startswith("00") and len(digits) >= 11):
        return _possible("+" + digits.removeprefix("00"), None)
    if _AMERICAN.fullmatch(written) or _LOCAL.fullmatch(written):
        return True
    separated = digits != written
    if cued:
        return any(_possible(digits, region) for region in REGIONS)
    return (
        separated
        and digits.startswith("0")
        and len(digits) >= 9
        and any(_valid(digits, region) for region in REGIONS)
    )


def _possible(number: str, region: str | None) -> bool:
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(number, region))
    except phonenumbers.NumberParseException:
        return False


def _valid(number: str, region: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(number, region))
    except phonenumbers.NumberParseException:
        return False


def ip_addresses(text: str) -> Iterator[Span]:
    """IPv4 and IPv6, but no version numbers: those with a word for it, and their neighbours of the same series."""
    found = [match for pattern in (_IPV4, _IPV6) for match in pattern.finditer(text)]
    versions = {match for match in found if _VERSION_CUE.search(text[max(0, match.start() - 20) : match.start()])}
    series = {match.group().partition(".")[0] for match in versions}
    for match in found:
        if match in versions or match.group().partition(".")[0] in series:
            continue
        try:
            ipaddress.ip_address(match.group())
        except ValueError:
            continue
        yield Span("IP", match.start(), match.end())
