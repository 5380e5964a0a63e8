"""Street addresses as they are written in a dozen countries."""

import re
from collections.abc import Iterator

from bot.redaction.span import Span


def _any(words: str) -> str:
    return f"(?:{'|'.join(words.split())})"


# What is counted or measured is no street: "3 person tent on Main Street".
_STOP = _any(
    "in on at the for of to and or is are was by from with my your our this that it an? days? weeks? months? years? hours? minutes? "
    "person people pairs? items? orders? stars? dollars? bucks percent miles? inch inches feet foot ft oz lbs? kg x am pm more times "
    "pieces way one over under im i'm"
)
_NAME = rf"(?:(?!{_STOP}\b)[^\W\d_][\w'’.-]*|\d{{1,3}}(?:st|nd|rd|th))"
_STREET = _any(
    "street str st avenue ave av road rd boulevard blvd lane ln drive dr court ct place pl square sq terrace ter way highway hwy "
    "parkway pkwy circle cir trail trl crescent cres close gardens grove mews row walk alley loop quay hill rise parade esplanade "
    "turnpike pike ridge path crossing plaza broadway mall view park wharf green bend steps"
)
_UNIT = r"(?:,? ?(?:(?:apartment|apt|unit|suite|ste|flat|floor|fl|room|rm|building|bldg|lot|level)\.? ?#?[\w-]{1,5}|#\s?\w{1,5})(?!\w))"
_DIRECTION = r"(?:(?:north|south|east|west|n|s|e|w|ne|nw|se|sw)\.? )"
_POSTCODE = (
    r"(?:(?:[A-Z]{2}|[A-Za-z]{4,14}(?: [A-Z][a-z]+)?),? \d{5}(?:-\d{4})?|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|"
    r"(?:[A-Z]{2},? )?[A-Z]\d[A-Z] ?\d[A-Z]\d|(?:NSW|VIC|QLD|WA|SA|TAS|ACT|NT),? \d{4}|\d{4,6})"
)
_CITY = r"[^\W\d_][\w'’.-]*(?: [^\W\d_][\w'’.-]*){0,3}"
_REST = (
    rf"(?:,? +(?:{_CITY},? ){{0,2}}{_POSTCODE}(?![\w-])|, {_CITY},? (?:[A-Z]{{2}}|VIC|NSW|QLD)(?!\w)"
    rf"|, [A-Z][\w'’.-]*(?: [A-Z][\w'’.-]*){{0,2}}(?:, [A-Z]{{2}}\b)?)"
)
# 1502 Larch Hill Road, Apt 7, Duluth, MN 55811
_ENGLISH = re.compile(
    r"(?<![\w$€£#.,-])(?:(?:flat|apt|apartment|unit|suite) ?\w{1,5}[,/]? )?"
    rf"\d{{1,6}}(?:[/-]\d{{1,4}})?[a-z]?,? {_DIRECTION}?(?:{_NAME} ){{0,3}}?"
    rf"(?:{_NAME} {_STREET}|(?:avenue|highway|county road|route|broadway) ?\w+)(?! {_STREET}\b)(?:\.(?! *[A-Z][a-z]+ [a-z])|(?!\w))"
    rf"(?: (?:north|south|east|west|[nsew]|[ns][ew])(?!\w))?{_UNIT}?{_REST}?{_UNIT}?",
    re.IGNORECASE,
)
_PO_BOX = re.compile(rf"\bP\.? ?O\.? ?Box \d{{1,6}}{_REST}?", re.IGNORECASE)
_POSTCODE_TOWN = (
    r"(?:,? +(?:[A-Z]{1,2}-)?\d{4,5}(?:[ -]?(?:[A-Z]{2}|\d{3}))? [^\W\d_][\w'’-]*"
    r"(?: (?:am |an der |sur |de |la |le )?[^\W\d_a-z][\w'’-]*){0,2})"
)
_GERMANIC_STREET = _any(r"straße strasse str\. gasse chaussee gracht straat gatan vägen backen gade veien gata")
# These end other words, too: only as part of a capitalised one.
_GERMANIC_NAME = _any("weg allee platz ring damm ufer laan plein vej")
# Lindenstraße 12, 10969 Berlin
_GERMANIC = re.compile(
    rf"\b(?:(?:[^\W\d_]+[ -]){{0,2}}[^\W\d_]*{_GERMANIC_STREET}|"
    rf"(?-i:(?:[A-ZÄÖÜ][^\W\d_]+[ -]){{0,2}}[A-ZÄÖÜ][^\W\d_]*{_GERMANIC_NAME})|"
    r"(?-i:(?:[Aa]m|[Aa]n der|[Aa]uf der|[Ii]m|[Ii]n der|[Uu]nter den|[Zz]um|[Zz]ur) [A-ZÄÖÜ][a-zäöüß]+))"
    rf" \d{{1,4}} ?[a-z]?(?![\w%€]){_POSTCODE_TOWN}?",
    re.IGNORECASE,
)
_ROMANCE_STREET = _any(
    r"calle c/ avenida avda\.? paseo plaza carrer via viale corso piazza rua travessa praça largo alameda carrera ulica ul\."
)
# Calle Mayor 5, 28013 Madrid
_ROMANCE = re.compile(
    rf"(?<!\w){_ROMANCE_STREET} (?:[^\W\d_][\w'’.-]*[ ,]+){{1,5}}?(?:n[º°o.]{{0,2}} ?)?\d{{1,5}}[a-z]?(?!\w)"
    rf"(?:,? (?:\d{{1,2}}[º°ª](?: ?[A-Z])?|piso \d+|apto\.? ?\d+)(?!\d))?{_POSTCODE_TOWN}?",
    re.IGNORECASE,
)
# 12 rue de la Paix, 75002 Paris
_FRENCH = re.compile(
    r"(?<![\w$€£#.,])\d{1,4} ?(?:bis|ter|[a-z])?,? "
    r"(?:rue|avenue|av\.|boulevard|bd\.?|chemin|impasse|allée|quai|place|route|cours|passage) "
    r"(?:(?:de la|de l['’]|du|des|de|d['’]|la|le|les|l['’]) ?)?[^\W\d_][\w'’-]*"
    rf"(?: (?:de |du |des |la )?[^\W\d_a-z][\w'’-]*){{0,3}}{_POSTCODE_TOWN}?",
    re.IGNORECASE,
)
# Capitalised words and house numbers, in parts between commas, that end in a postcode with its town.
_CAPITAL = r"[^\W\d_a-zß-ÿ][\w'’.-]*"
_PARTICLE = _any(
    r"de del della da das do dos dei des du di la le les of the an am der den von van and y bis ter ul\. rue avenue boulevard "
    r"chemin allée quai place calle avenida paseo plaza via viale corso piazza rua praça ap\.? apt\.? unit flat suite room"
)
_PIECE = rf"(?:{_CAPITAL}|{_PARTICLE}(?!\w)|#?(?:[A-Z]-?)?\d{{1,5}}(?:[-/]\d{{1,4}}){{0,2}}[a-zA-Z]?(?!\w))"
_PART = rf"{_PIECE}(?: {_PIECE}){{0,6}}"
_TOWN = rf"{_CAPITAL}(?: (?:am |an der |sur |de |la |le )?{_CAPITAL}){{0,2}}"
_ANY_POSTCODE = (
    r"(?:[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d|[A-Z]\d{2} [A-Z\d]{4}|\d{3} \d{2}|\d{3}-\d{4}|"
    r"\d{5}-\d{3,4}|\d{2}-\d{3}|\d{4} ?[A-Z]{2}|\d{4,6})(?![\w-])"
)
_ANCHORED = re.compile(
    rf"(?<![\w#-])(?P<street>(?:{_PART}, ){{1,4}}?(?:{_PART},? )?)"
    rf"(?:{_TOWN}(?: -)?,? (?:[A-Z]{{2}},? )?{_ANY_POSTCODE}|[A-Z]{{2}},? {_ANY_POSTCODE}|"
    rf"{_ANY_POSTCODE} {_TOWN}(?:,? [A-Z]{{2}}\b)?)"
)
_HOUSE_NAME = re.compile(
    r"^(?:The|Villa|Casa|Haus|Château)\b|\b(?:House|Cottage|Farm|Lodge|Towers?|Court|Hall|Barn|Mill|Forge)$"
)


def addresses(text: str) -> Iterator[Span]:
    """House number and street, with unit, city and postcode where they follow; post-office boxes."""
    for found in _ANCHORED.finditer(text):
        parts = found.group("street").split(", ")
        # What stands before the first house number is a person or a firm, unless it names a house.
        while len(parts) > 1 and not re.search(r"\d", parts[0]) and not _HOUSE_NAME.search(parts[0]):
            parts.pop(0)
        street = ", ".join(parts)
        if re.search(r"\d", street):
            yield Span("ADDRESS", found.end("street") - len(street), found.end())
    for pattern in (_ENGLISH, _PO_BOX, _GERMANIC, _ROMANCE, _FRENCH):
        for found in pattern.finditer(text):
            yield Span("ADDRESS", found.start(), found.start() + len(found.group().rstrip(" ,.")))
