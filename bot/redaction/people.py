"""Names after the words that introduce them, and dates of birth."""

import re
from collections.abc import Iterator

from bot.redaction.span import Span

_PART = r"(?:(?:[Dd]e|[Vv]an|[Vv]on|[Dd]er|[Dd]el|[Dd]ella|[Dd]i|[Dd]a|[Dd]os|[Ll]a|[Ll]e|[Aa]l|[Bb]in|[Bb]int|[Ee]l|[Tt]en|[Tt]er|[Yy]|[Oo])[ -]|[Oo]['’]|[Mm]a?c|[Dd]['’])?"
_CAPITALISED = rf"{_PART}[^\W\d_a-zß-öø-ÿ][^\W\d_]*(?:[-'’][^\W\d_]+)*"
_FULL = rf"(?:[^\W\d_a-z]\. )?{_CAPITALISED}(?:(?: [^\W\d_a-z]\.)?[ \t]{_CAPITALISED}){{0,3}}"
_LOWER = r"[^\W\d_]+(?:[-'’][^\W\d_]+)*"
_TITLE = (
    r"(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Sir|Herr|Herrn|Frau|Monsieur|Madame|Mme|Señor|Señora|Sr|Sra|Signor|Signora)"
)
# The name itself is in any case: people type their own in lower case.
_ANY_CASE = re.compile(
    r"\b(?:(?:my|his|her|the|their|(?:husband|wife|partner|customer|recipient|account holder|cardholder|full|first|last|legal|maiden)(?:'s)?) "
    r"(?:(?:full|first|last|legal|real|middle|maiden|sur)[ -]?)?names?(?:['’]?s| is| was|:| on (?:the|my) (?:order|account|card|booking|ticket|parcel|invoice)(?: is| was|:))|"
    r"(?:customer|recipient|cardholder|full|first|last|account|contact) ?name ?:|^name ?:|"
    r"(?:under|in) the name(?: of)?|name on (?:the |my )?(?:order|account|card|booking|reservation|ticket|parcel|invoice)(?: is| was|:)|"
    r"goes by|i am called|i'm called|i['’]?m(?= [^\W\d_]+ [^\W\d_]+ ?,)|ich heiße|mein name ist|je m['’]appelle|mon nom est|me llamo|mi nombre es|mi chiamo|meu nome é|ik heet)"
    rf"\s+(?:{_TITLE}\.? )?(?P<name>{_LOWER}(?:[ \t]{_LOWER}){{0,3}})",
    re.IGNORECASE | re.MULTILINE,
)
_CUED = re.compile(
    r"(?:\b(?i:i am|i['’]m|im|this is|it['’]s|call me|ask for|asked for|speak (?:to|with)|spoke (?:to|with)(?: some)?|speaking (?:to|with)|"
    r"talked (?:to|with)|talk to|talking to|chatted with|signed (?:for )?by|accepted by|received by|attn:?|attention:?|c/o|care of|"
    r"addressed to|made out to|registered to|belongs to|sold to|bill(?:ed)? to|on behalf of|"
    r"my (?:wife|husband|son|daughter|brother|sister|partner|friend|neighbou?r|colleague|boss|mother|father|mom|dad|mum|roommate|"
    r"assistant|girlfriend|boyfriend|cousin|uncle|aunt|name),?|agent|advisor|representative|rep|colleague|manager|named|called|"
    r"hi|hello|hey|dear|good (?:morning|afternoon|evening)|hallo|bonjour|hola|liebe|lieber|sehr geehrte[r]?|cher|chère|"
    r"estimad[oa]|ciao|olá|ola|thanks|thank you|thx|cheers|welcome|sorry|hier ist|hier spricht|ici|soy|c['’]est|sono)"
    rf"(?:,)?[ \t]+)(?:{_TITLE}\.?[ \t]+)?(?P<name>{_FULL})"
)
_TITLED = re.compile(rf"\b(?:{_TITLE})\.?[ \t]+(?P<name>{_FULL})")
_HERE = re.compile(
    rf"(?:^|(?<=[.!?,\n] ))(?P<name>{_FULL})(?=[ \t](?:here\b|speaking\b|again here\b|from (?:the )?[A-Z]))",
    re.MULTILINE,
)
_SIGN_OFF = re.compile(
    r"(?i:\b(?:thanks|thank you|thx|cheers|regards|best|wishes|sincerely|yours|faithfully|greetings|love|grüße|gruß|grüßen|cordialement|"
    r"merci|bien à vous|saludos|gracias|un saludo|danke|tia|ty|respectfully)\b)[,!.]*[ \t]*(?:\n\s*|[ \t]*[-–—~][ \t]*)"
    rf"[-–—~]?[ \t]*(?P<name>{_FULL})[ \t]*\.?(?=\n|$)"
)
_DASHED = re.compile(rf"(?:\n|[.!?][ \t]+)[-–—~][ \t]*(?P<name>{_FULL})[ \t]*\.?$")
_ALONE = re.compile(rf"\n(?P<name>{_FULL})[ \t]*$")
_SENT = re.compile(
    rf"\b(?i:deliver(?:ed)?|ship(?:ped)?|sent?) to[ \t]+(?P<name>{_CAPITALISED}[ \t]{_CAPITALISED})(?=,)"
)
_FORM = re.compile(
    rf"\b(?i:name(?: on (?:the )?\w+)?|gift for|present for|verify|attn)[: ]+(?:{_TITLE.upper()}\.? )?(?P<name>{_FULL})"
)
_CLOSING_COMMA = re.compile(
    rf"(?i:\b(?:thanks|thank you|cheers|regards|best|best wishes|sincerely)),[ \t]+(?P<name>{_FULL})[ \t]*\.?$"
)
# Keys of a broken line of JSON.
_KEYED = re.compile(
    r'"(?:name|first_?name|last_?name|full_?name|display_?name|customer_?name|user_?name)"\s*:\s*"(?P<name>[^"\n]{2,60})',
    re.IGNORECASE,
)
# A capital letter after "I'm" or "Hi" is not always a name.
_NO_NAME = frozenset(
    "i a an the all any anyone someone everyone everybody team there folks guys support customer service sir madam maam ma'am both "
    "again and but or so if is it its it's that this these those what when where which who why how not no yes yeah ok okay please "
    "sorry thanks thank you your yours we our us they them he she his her my me mine in on at to for from of by with about after "
    "before since still just only also too very really quite already almost always never now then here today tomorrow yesterday "
    "tonight later soon monday tuesday wednesday thursday friday saturday sunday january february march april may june july august "
    "september october november december spring summer fall autumn winter christmas easter thanksgiving happy glad sad mad angry "
    "upset furious frustrated confused disappointed interested looking trying waiting having going getting using wondering "
    "writing calling asking hoping planning moving returning great good fine nice awesome amazing perfect terrible awful "
    "ridiculous unacceptable wrong right true false new old american canadian british english french german spanish italian mexican "
    "dutch swiss austrian australian indian chinese japanese irish scottish european brazilian polish swedish norwegian danish us "
    "usa uk eu gps iphone android mac windows google apple paypal visa mastercard amex dhl ups usps fedex amazon email chat bot "
    "human agent agents person people someone somebody help anyway everything nothing something mr mrs ms dr home work school "
    "north south east west upper lower size medium small large black blue green red white shipping returns order orders refund "
    "sales billing accounts warehouse manager supervisor have has had do does did can could will would should may might be been am "
    "are was were un une le la les der die das ein eine el los las uno una kunde team kundenservice sure certainly moment hold wait hmm um well course martens bronner pepper out maybe muscle".split()
)
_MONTH = (
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec|january|february|march|april|june|july|august|september|october|"
    r"november|december|januar|jänner|februar|märz|mai|juni|juli|oktober|dezember|janvier|février|mars|avril|juin|juillet|août|"
    r"septembre|octobre|novembre|décembre|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre)"
)
_DATE = (
    rf"(?:(?:the )?\d{{1,2}}(?:st|nd|rd|th|er)?\.?(?: of| de)?[ -]{_MONTH}\.?(?:,| de)?[ -]+(?:\d{{4}}|'?\d\d)|{_MONTH}\.? \d{{1,2}}(?:st|nd|rd|th)?,? (?:\d{{4}}|'\d\d)|"
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/. ]\d{1,2}[-/. ](?:\d{4}|\d{2})|\d{8}(?!\d)|\d{1,2}\. ?\d{1,2}\. ?\d{4})"
)
_BORN = re.compile(
    r"\b(?:born|birth ?date|date of birth|day of birth|d\.?o\.?b\.?|b-?day|birthday|geboren|nací(?: el)?|geburtsdatum|geburtstag|geb\.|née?|"
    r"date de naissance|nacid[oa]|fecha de nacimiento|nascid[oa]|data di nascita|nat[oa] il)(?![^\W\d_])"
    rf"(?P<between>[^\d\n]{{0,30}}?)(?P<date>(?<![\w$€£]){_DATE})",
    re.IGNORECASE,
)


def names(text: str) -> Iterator[Span]:
    """People's names after a cue ("my name is", "Hi ...,", a sign-off, a title), without the title."""
    for keyed in _KEYED.finditer(text):
        yield Span("NAME", keyed.start("name"), keyed.end("name"))
    for pattern in (_ANY_CASE, _CUED, _TITLED, _HERE, _SIGN_OFF, _DASHED, _CLOSING_COMMA, _ALONE, _SENT, _FORM):
        at = 0
        while found := pattern.search(text, at):
            words = _leading_name(found.group("name"), any_case=pattern is _ANY_CASE)
            if words:
                yield Span("NAME", found.start("name"), found.start("name") + len(words))
            # What is no name may be a cue itself: "Hi, I'm Ana".
            at = max(found.start("name") + len(words), found.start() + 1)


def _leading_name(written: str, *, any_case: bool) -> str:
    """The words from the first that can be a name; "" where even the first cannot."""
    parts = re.split(r"([ \t]+)", written)
    end = 0
    for place in range(0, len(parts), 2):
        # "I'm" is I, "That's" is that.
        word = re.split("['’]", parts[place].strip(".").lower())[0]
        shouted = not any_case and place == 0 and parts[place].isupper() and len(parts[place]) > 3
        if word in _NO_NAME or (shouted and not written.isupper()):
            break
        if any_case and (word in _AFTER_A_NAME or (len(word) < 2 and place + 2 >= len(parts))):
            break
        end = place + 1
    return "".join(parts[:end])


# Words that end a name typed in lower case.
_AFTER_A_NAME = frozenset(
    "account and no number order my want wants need needs got get bought ordered order placed live lives tried try love like know think say said see printed "
    "spelled misspelled missing different something written correct incorrect changed engraved embroidered as because than with "
    "without under over into onto up down out off more less one two three like via per each every".split()
)


def birth_dates(text: str) -> Iterator[Span]:
    """Dates that the words before call a date of birth."""
    for found in _BORN.finditer(text):
        yield Span("DOB", found.start("date"), found.end("date"))
