"""Payment cards and bank accounts, by their check digits."""

import re
from collections.abc import Iterator

from stdnum import iban, luhn
from stdnum.exceptions import ValidationError

from bot.redaction.span import Span

_DIGITS = re.compile(r"(?<![\w.])\d(?:[ \n.\u2011\u2013-]{0,2}\d){12,18}(?![\w])")
# Issuer prefixes with their lengths: Visa, Mastercard, Amex, Diners, Discover, JCB, UnionPay, Maestro.
_ISSUED = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|"
    r"3(?:0[0-5]|[68]\d)\d{11}|6(?:011|5\d\d|4[4-9]\d)\d{12}|35\d{14}|62\d{14,17}|(?:50|5[6-8]|6[37])\d{10,17}"
)
_CARD_CUE = re.compile(r"(?<!gift )\bcard(?: (?:number|no|nr|is|was))*[\s:#.]*$", re.IGNORECASE)
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?(?!\w)", re.IGNORECASE)


def cards(text: str) -> Iterator[Span]:
    """Numbers that an issuer gives out and that pass the Luhn check (ISO/IEC 7812)."""
    for found in _DIGITS.finditer(text):
        digits = re.sub(r"\D", "", found.group())
        # A card with a slip in it is still nearly a card.
        named = _CARD_CUE.search(text[max(0, found.start() - 40) : found.start()])
        if _ISSUED.fullmatch(digits) and (named or luhn.is_valid(digits)):
            yield Span("CARD", found.start(), found.end())


def ibans(text: str) -> Iterator[Span]:
    """International bank account numbers (ISO 13616); the longest that is valid."""
    for found in _IBAN.finditer(text):
        parts = re.split(r"( )", found.group())
        for count in range(len(parts), 0, -1):
            written = "".join(parts[:count])
            if _valid_iban(written.upper()):
                yield Span("IBAN", found.start(), found.start() + len(written))
                break


def _valid_iban(number: str) -> bool:
    try:
        # Length, structure and check digits; not whether the bank in it exists.
        iban.validate(number, check_country=False)
    except ValidationError:
        return False
    return True
